//! Every bound of the store, with the reason for its number.

/// Commands that may wait for the writer: at 5,000 a second less than a second of work, so whoever
/// is queued is answered before a client's patience ends.
pub const QUEUE_COMMANDS: usize = 4_096;
/// Commands that may wait for the writer to be idle: the machinery's own, one at a time.
pub const IDLE_COMMANDS: usize = 64;
/// Batches after which one of them is taken although the writer is not idle: a second or so of a
/// writer that never rests, so that what is to be deleted does not grow for ever.
pub const IDLE_PATIENCE: u32 = 256;
/// Reads that may wait for a reader; the same reasoning.
pub const QUEUE_READS: usize = 4_096;
/// Reader threads, each with its own connection: reads are short and mostly in the page cache, and
/// more threads than a small machine's cores would only take time from the writer.
pub const READERS: usize = 4;
/// Rounds of follow-up keys after the first within one snapshot: the four levels of an expansion,
/// and for the last of them its own card or body.
pub const FOLLOW_UPS: usize = 6;
/// Prepared statements kept per connection: four for each table, the pages and the scans.
pub const STATEMENTS: usize = 128;
/// How long a connection waits for another process's lock. Nobody else writes, so only a checkpoint
/// by a reader or a backup can hold it.
pub const BUSY_TIMEOUT_MS: u64 = 5_000;
/// Page cache of the writer, in KiB: the upper levels of every tree at ten million payments.
pub const WRITER_CACHE_KIB: i64 = 65_536;
/// Page cache of each reader, in KiB; they also share the mapped file.
pub const READER_CACHE_KIB: i64 = 16_384;
/// Bytes of the file that connections map instead of reading.
pub const MMAP_BYTES: i64 = 1_073_741_824;
/// Pages of write-ahead log after which it is folded into the file: 16 MiB, large enough that hot
/// pages are folded once for many commits.
pub const CHECKPOINT_PAGES: i64 = 4_096;
/// The longest stored body, unpacked: a request is at most 1 MiB, and an answer holds it about once.
pub const BODY_BYTES: usize = 4_194_304;
/// Lanes of the PostgreSQL engine: each has a thread and a connection, and serves the merchants whose
/// numbers fall to it. While one lane waits for its commit, the others decide.
pub const LANES: usize = 4;
/// How long one round of statements may take on PostgreSQL: a lock is waited for at most a second (the
/// trail's five), and a host that says nothing for so long is taken for lost.
pub const ROUND_MS: u64 = 20_000;
/// Rows of a table read at a time where all are read: some hundred KB.
pub const ROWS_AT_ONCE: usize = 1_000;
/// How often a batch is tried that somebody else was in the way of.
pub const BATCH_TRIES: usize = 5;
/// How often a merchant whose rows somebody holds is looked at again: a round trip, which waits for
/// nobody.
pub const HELD_LOOK_MS: u64 = 50;
/// How long a command that has begun nothing waits for such a merchant: less than a client's patience.
/// What finishes something already begun waits for as long as it takes.
pub const HELD_PATIENCE_MS: u64 = 5_000;
