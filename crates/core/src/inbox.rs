//! The inbox at the edge, as pure rules: what an arriving event is called (`head`), when it is its
//! turn among the events of its object and whether one before it is missing (`line`), and what
//! follows from the answer of whoever it was handed to (`trial`).
//!
//! Whoever stores the events makes each of these steps durable before acting on it. An event's
//! identity decides whether it is new; no rule is needed for that but the unique index it has.

pub use self::head::{Before, EventHead, InboxError, read_event};
pub use self::identity::{Identity, Incoming, identify};
pub use self::line::{Gap, Line, Mark, Patience, Place, Step, Waiting, next};
pub use self::trial::{Answer, Outcome, REFUSALS_MAX, after_try, answer};

mod head;
mod identity;
mod line;
mod moment;
mod trial;

/// Which of so many shards a name belongs to: FNV-1a of 32 bits, modulo their number.
pub fn shard(name: &str, shards: u32) -> u32 {
    let hash = name
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    hash.checked_rem(shards).unwrap_or(0)
}
