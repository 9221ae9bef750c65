//! Every bound of the domain, with the reason for its number.

/// Endpoints one tenant may have: the figure Stripe's users report for an account.
pub const ENDPOINTS_PER_TENANT: usize = 16;
/// Keys of one merchant and mode that work at one time: each script and agent with its own.
pub const KEYS_PER_TENANT: usize = 500;
/// Origins that one publishable key may be used from: a shop with its staging and preview sites.
pub const ORIGINS_PER_KEY: usize = 20;
/// Bytes of the different origins of all of a tenant's publishable keys, each with the space after it:
/// the challenge page's policy names them all, and proxies commonly keep 4 KB for all headers of an
/// answer. Some fifty origins of forty characters.
pub const ORIGINS_BYTES_PER_TENANT: usize = 2048;
/// Rounds of `wanted` before a batch is refused as a bug: attempt, intent, then its method and charge,
/// then what those point to, a charge's refunds, each of them, their lines, and where those come from.
pub const LOAD_ROUNDS: usize = 8;
/// Refunds that a charge shows of itself, the newest: as many as a page of their list has.
pub const REFUNDS_SHOWN: usize = 10;
/// Days a merchant has to answer a dispute: eight, as recorded; networks give 7 to 21.
pub const DISPUTE_DAYS: i64 = 8;
/// What is kept for a dispute, in minor units of whatever currency: as recorded, and never returned.
pub const DISPUTE_FEE_MINOR: i64 = 1_500;
/// Characters in one piece of evidence.
pub const EVIDENCE_CHARS: usize = 20_000;
/// Characters in all evidence of one dispute.
pub const EVIDENCE_CHARS_TOTAL: usize = 150_000;
/// Commands decided in one commit: large enough that a sync to disk is shared, small enough that
/// the first caller of a batch does not wait for the last one's work.
pub const BATCH_COMMANDS: usize = 256;
/// Results of deliveries, or attempts, handled by one command.
pub const RESULTS_PER_COMMAND: usize = 512;
/// How long a call to the network may take before its outcome is announced as unknown.
pub const NETWORK_TIMEOUT_MS: i64 = 10_000;
/// How long an authorization holds funds: seven days, the card networks' usual figure.
pub const AUTHORIZATION_MS: i64 = 7 * 24 * 60 * 60 * 1000;
/// How far in all a test clock may run ahead of wall time: ten years, so that every time that follows
/// from it stays well within the range of ids and columns.
pub const CLOCK_OFFSET_MAX_MS: i64 = 10 * 365 * 24 * 60 * 60 * 1000;
/// How long a kept answer is replayed at least: 24 hours after it became final.
pub const KEY_RETENTION_MS: i64 = 24 * 60 * 60 * 1000;
/// Idempotency records deleted by one command: a commit so small that whoever comes meanwhile waits
/// about as long as for one payment.
pub const PURGED_PER_COMMAND: usize = 64;
/// How long at most for an intent that is not finished: thirty days after the key was first used.
pub const KEY_RETENTION_OPEN_MS: i64 = 30 * KEY_RETENTION_MS;
/// Tries to raise what one intent holds, refused ones included: the wire's own figure.
pub const INCREMENTS_PER_INTENT: u32 = 10;
/// Confirmations of one intent before another one gives it up: nobody has so many cards for one purchase,
/// and who tries stolen ones through a page needs a new intent for every fifty. The wire leaves the figure
/// open.
pub const CONFIRMATIONS_PER_INTENT: u32 = 50;
/// How long after it began an attempt may still go to another acquirer: as long as somebody may be
/// waiting for it. What is found out later ends it.
pub const FAIL_OVER_MS: i64 = 15 * 60 * 1000;
/// Currencies that one tenant has converted: its row is written with every payment, so it stays short.
pub const QUOTES_PER_TENANT: usize = 32;
/// Captures of one charge: the wire's own figure.
pub const CAPTURES_PER_CHARGE: u32 = 50;
/// Pairs in one metadata map.
pub const METADATA_PAIRS: usize = 50;
/// Characters in a metadata key.
pub const METADATA_KEY_CHARS: usize = 40;
/// Characters in a metadata value.
pub const METADATA_VALUE_CHARS: usize = 500;
/// Rows of one page of a list.
pub const PAGE_ROWS_MAX: usize = 100;
/// Rows of a page where the caller names no limit.
pub const PAGE_ROWS_DEFAULT: usize = 10;
/// Clauses of one search.
pub const SEARCH_CLAUSES: usize = 10;
/// Characters of what is looked for inside a text, at least: fewer find nearly everything.
pub const SEARCH_PART_CHARS: usize = 3;
/// Rows that one search looks at before it gives what it has: some tens of milliseconds.
pub const SEARCH_ROWS: usize = 10_000;
/// Days from a charge until its funds are available: two, the default of the wire's model.
pub const AVAILABLE_AFTER_DAYS: u32 = 2;
/// The same at most: what pends is kept as one part for each of these days.
pub const AVAILABLE_AFTER_DAYS_MAX: u32 = 90;
/// Days until a standard payout is at the bank: it leaves on the first and arrives on the second.
pub const PAYOUT_DAYS: i64 = 2;
/// How long an instant payout takes: half an hour, what the wire promises.
pub const INSTANT_PAYOUT_MS: i64 = 30 * 60 * 1000;
/// Bank accounts one tenant may have; all of them are loaded to find the default of a currency.
pub const BANK_ACCOUNTS_PER_TENANT: usize = 50;
