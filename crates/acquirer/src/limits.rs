//! Bounds, each with the reason for its number.

/// Notices in one answer: a page that a commit can take in whole.
pub const NOTICES_MAX: usize = 500;

/// Calls waiting for the simulator's writer. Past it a call is refused at once, as a network under
/// load would; the number is far above what a server keeps in flight.
pub(crate) const QUEUE_MAX: usize = 65_536;

/// Calls in one commit of the book: large enough that the sync to disk is shared by all that came
/// meanwhile, small enough that a reply waits a few milliseconds at most.
pub(crate) const BATCH_MAX: usize = 1_024;

/// The longest question or answer between two processes: a page of notices takes a fifth of it.
pub(crate) const WIRE_BYTES_MAX: usize = 1 << 20;

/// The longest delay that a fault may be told to make, in milliseconds.
pub(crate) const SLOW_MS_MAX: u32 = 600_000;
