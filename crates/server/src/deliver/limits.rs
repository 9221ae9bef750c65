//! Bounds of the sender, each with the reason for its number.

/// Tries in the air that have not become slow: a few thousand a second at loopback speed, and as
/// many open sockets as any default allows.
pub(super) const YOUNG_MAX: usize = 512;
/// Tries in the air in all, slow ones included.
pub(super) const FLYING_MAX: usize = 4_096;
/// Of these, tries to endpoints that failed last time: half, so that a crowd of broken endpoints
/// always leaves room for the healthy.
pub(super) const SUSPECTS_MAX: usize = 2_048;
/// After so long a try no longer counts as young: healthy endpoints answer within this.
pub(super) const SLOW_MS: i64 = 1_000;
/// Tries in the air to one endpoint, once it has shown that it answers.
pub(super) const LANE_FLYING_MAX: usize = 16;
/// Deliveries held for one endpoint for each try it may have in the air: enough that the next one
/// is at hand when one is done.
pub(super) const LANE_HELD: usize = 4;
/// Deliveries held and not slow, in all: what a scan may have to read again.
pub(super) const HELD_MAX: usize = 2_048;
/// New deliveries of one scan.
pub(super) const SCAN_ROWS: usize = 512;
/// Endpoints whose record of health is kept while nothing is due to them.
pub(super) const LANES_MAX: usize = 65_536;
/// Between two scans at least, so that a burst of commits shares one.
pub(super) const SCAN_GAP_MS: i64 = 5;
/// Between two scans at most: retries become due without a commit.
pub(super) const SCAN_IDLE_MS: i64 = 1_000;
/// After the store has failed.
pub(super) const STORE_PAUSE_MS: i64 = 1_000;
/// Result commands on their way to the store at one time.
pub(super) const RECORDS_MAX: usize = 4;
/// Of an answer's body, so much is read and thrown away, to use the connection again.
pub(super) const DRAIN_BYTES: usize = 64 * 1_024;
/// Endpoints that were cut and are read for at one time.
pub(super) const REFILLS: usize = 64;
/// How much later than its moment says a delivery may be committed and still be found by the next
/// reading: a queue before the writer, and a busy database.
pub(super) const LATE_MS: i64 = 500;
/// Between two readings from the very beginning at least, for what was later than that.
pub(super) const SWEEP_MS: i64 = 5_000;
/// So many times as long as the last such reading took: of a long backlog a twentieth of one reader.
pub(super) const SWEEP_SHARE: i64 = 20;
