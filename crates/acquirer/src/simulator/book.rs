//! The network's own book: what it did under each reference, in its own SQLite file.
//!
//! It is an independent witness. It knows nothing of ours but references and amounts, keeps its own
//! limits (no more captured than authorized, no more refunded than captured), and never holds a card
//! number: a card is the label of a test card and its last four digits.
//!
//! Everything here is synchronous and takes its time as an argument, so that a simulation can drive
//! it step by step. [`Book::run`] does any number of requests in one commit.

mod copy;
mod dispute;
pub(crate) mod feed;
pub(crate) mod payout;
pub(crate) mod rows;
mod rules;
mod schema;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use farthing_core::currency::Currency;
use farthing_core::money::{Money, SignedMoney};
use farthing_core::time::TimestampMs;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use self::schema::{CLOCK, DISPUTES, PAYOUTS, SCHEMA, VERSION};
use crate::answer::{Answer, LookupAnswer, Refusal, Reversed};
use crate::call::{AnswerCall, Reference};
use crate::notice::Notice;
use crate::simulator::operation::Operation;

pub use payout::Paying;
pub use rows::{Entry, Kind, State};

/// How long a reader or writer waits for the other before it gives up.
const BUSY_WAIT: Duration = Duration::from_secs(5);

/// What the network says to a call: an answer, or a refusal to do it at all.
pub type Verdict = Result<Answer, Refusal>;

/// One request to the book.
#[derive(Clone, Debug)]
pub enum Request {
    /// Do a call, or repeat what was said to it.
    Act {
        /// The call.
        operation: Operation,
        /// When it arrives.
        now: TimestampMs,
    },
    /// Refuse a call, and keep to it.
    Refuse {
        /// The call.
        operation: Operation,
        /// When it arrives.
        now: TimestampMs,
    },
    /// Say what became of a call.
    Lookup {
        /// The call's name.
        reference: Reference,
    },
    /// Take a call back, or bar it.
    Reverse {
        /// The call's name.
        reference: Reference,
        /// When the request arrives.
        now: TimestampMs,
    },
    /// Take an answer to a dispute.
    Answer {
        /// What is said, and to which.
        call: AnswerCall,
        /// When it arrives.
        now: TimestampMs,
    },
    /// Send funds to a bank, or take them back.
    Pay {
        /// What is asked.
        paying: Paying,
        /// When it arrives.
        now: TimestampMs,
    },
    /// Move the clock of some references: those whose first four bytes these are.
    SetClock {
        /// The four bytes.
        scope: [u8; 4],
        /// How far their clock is ahead of everybody's.
        offset_ms: i64,
    },
    /// Read the feed of notices.
    Notices {
        /// The number of the last one read.
        after: u64,
        /// How many at most.
        limit: usize,
        /// What is due by then is published first.
        now: TimestampMs,
    },
}

/// The reply to a [`Request`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// To [`Request::Act`] and [`Request::Refuse`].
    Verdict(Verdict),
    /// To [`Request::Lookup`].
    Lookup(LookupAnswer),
    /// To [`Request::Reverse`].
    Reversed(Reversed),
    /// To [`Request::Pay`].
    Paid(Result<(), Refusal>),
    /// To [`Request::Answer`].
    Answered(Result<(), Refusal>),
    /// To [`Request::Notices`].
    Notices(Vec<Notice>),
    /// To [`Request::SetClock`].
    ClockSet,
}

/// What the book adds up to in one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Totals {
    /// Authorized and not reversed, whatever became of it.
    pub authorized: Money,
    /// Taken and not reversed.
    pub captured: Money,
    /// Given back, pending refunds included, failed ones not.
    pub refunded: Money,
    /// Taken back by chargebacks that were not won.
    pub disputed: Money,
    /// Sent to banks and there, less what was taken back from them; what came back is not in it.
    pub paid_out: SignedMoney,
    /// Done and then reversed, movements of every kind.
    pub reversed: Money,
    /// Charges whose funds were taken.
    pub charges: u64,
    /// Arrivals of a call beyond its first, those after its reversal included.
    pub repeats: u64,
}

impl Totals {
    /// Adds those of another book, in the same currency.
    ///
    /// # Panics
    /// If the currencies differ, or a sum is past what an amount can be.
    pub fn add(&mut self, other: &Self) {
        let plus = |sum: &mut Money, more: Money| {
            *sum = sum.plus(more).expect("books of one currency add up");
        };
        plus(&mut self.authorized, other.authorized);
        plus(&mut self.captured, other.captured);
        plus(&mut self.refunded, other.refunded);
        plus(&mut self.disputed, other.disputed);
        plus(&mut self.reversed, other.reversed);
        let paid_out = self.paid_out.minor().checked_add(other.paid_out.minor());
        let paid_out =
            paid_out.and_then(|minor| SignedMoney::new(minor, self.paid_out.currency()).ok());
        self.paid_out = paid_out.expect("books of one currency add up");
        self.charges += other.charges;
        self.repeats += other.repeats;
    }
}

/// The book, open for writing. One process writes it at a time.
pub struct Book {
    connection: Connection,
    place: Place,
    notice_after_ms: i64,
    /// The number of the newest notice that was published, which is a hint only: its commit may
    /// still fail.
    newest: Arc<AtomicU64>,
}

/// Where a book is.
#[derive(Clone, Debug)]
enum Place {
    File(PathBuf),
    /// A named database in this process's memory, gone when its last connection is.
    Memory(u64),
}

impl Book {
    /// Opens the book in a file, or begins it. `notice_after_ms` is how long the network waits with
    /// its news.
    ///
    /// # Errors
    /// [`BookError`] if the file cannot be used, or is of a newer version.
    pub fn open(path: &Path, notice_after_ms: i64) -> Result<Self, BookError> {
        Self::prepare(Place::File(path.into()), notice_after_ms)
    }

    /// Begins a book in memory.
    ///
    /// # Errors
    /// [`BookError`] if SQLite cannot.
    pub fn in_memory(notice_after_ms: i64) -> Result<Self, BookError> {
        static BOOKS: AtomicU64 = AtomicU64::new(0);
        let number = BOOKS.fetch_add(1, Ordering::Relaxed);
        Self::prepare(Place::Memory(number), notice_after_ms)
    }

    /// Does requests in order, in one commit. After an error none of them was done, unless the error
    /// came from the commit itself.
    ///
    /// # Errors
    /// [`BookError`] if SQLite fails, or a stored row makes no sense.
    pub fn run(&mut self, requests: &[Request]) -> Result<Vec<Reply>, BookError> {
        self.connection.execute_batch("begin immediate")?;
        let done = requests.iter().map(|request| self.reply(request)).collect();
        let settled = match &done {
            Ok(_) => self.connection.execute_batch("commit"),
            Err(_) => self.connection.execute_batch("rollback"),
        };
        match (done, settled) {
            (Ok(replies), Ok(())) => Ok(replies),
            (Err(error), _) => Err(error),
            (Ok(_), Err(error)) => {
                // A commit that failed leaves the connection inside; nothing may be added to it.
                self.connection.execute_batch("rollback").ok();
                Err(error.into())
            }
        }
    }

    /// Where the number of the newest published notice can be read while others write.
    pub fn newest_notice(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.newest)
    }

    /// A second look at the same book, for reading only.
    ///
    /// # Errors
    /// [`BookError`] if it cannot be opened.
    pub fn view(&self) -> Result<BookView, BookError> {
        BookView::connect(&self.place)
    }

    fn reply(&self, request: &Request) -> Result<Reply, BookError> {
        Ok(match request {
            Request::Act { operation, now } => {
                let now = self.on_its_clock(operation.reference, *now)?;
                Reply::Verdict(self.act(operation, now)?)
            }
            Request::Refuse { operation, now } => Reply::Verdict(self.refuse(operation, *now)?),
            Request::Lookup { reference } => Reply::Lookup(self.lookup(*reference)?),
            Request::Reverse { reference, now } => Reply::Reversed(self.reverse(*reference, *now)?),
            Request::Answer { call, now } => Reply::Answered(self.answer(call, *now)?),
            Request::Pay { paying, now } => Reply::Paid(self.pay(paying, *now)?),
            Request::SetClock { scope, offset_ms } => {
                self.set_clock(*scope, *offset_ms)?;
                Reply::ClockSet
            }
            Request::Notices { after, limit, now } => {
                self.publish_due(*now)?;
                Reply::Notices(self.notices(*after, *limit)?)
            }
        })
    }

    fn prepare(place: Place, notice_after_ms: i64) -> Result<Self, BookError> {
        let connection = place.connect(OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        // In memory there is no log to choose; the pragma then answers `memory`.
        connection.query_row("pragma journal_mode = wal", [], |_| Ok(()))?;
        connection.execute_batch("pragma synchronous = full; begin immediate")?;
        let version: i64 = connection.query_row("pragma user_version", [], |row| row.get(0))?;
        let missing = match version {
            0 => format!("{SCHEMA} {DISPUTES} {PAYOUTS}"),
            1 => format!("{DISPUTES} {PAYOUTS}"),
            2 => PAYOUTS.to_owned(),
            VERSION => String::new(),
            version => return Err(BookError::Version { version }),
        };
        if !missing.is_empty() {
            connection.execute_batch(&format!("{missing} pragma user_version = {VERSION}"))?;
        }
        connection.execute_batch(CLOCK)?;
        connection.execute_batch("commit")?;
        connection.set_prepared_statement_cache_capacity(64);
        let newest: i64 =
            connection
                .query_row("select coalesce(max(id), 0) from notice", [], |row| row.get(0))?;
        let newest = Arc::new(AtomicU64::new(rows::count(newest, "id")?));
        Ok(Self { connection, place, notice_after_ms, newest })
    }
}

impl fmt::Debug for Book {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Book").field("place", &self.place).finish_non_exhaustive()
    }
}

/// The book, open for reading; it sees every commit, and may belong to another process.
pub struct BookView {
    connection: Connection,
}

impl BookView {
    /// Opens the book in a file.
    ///
    /// # Errors
    /// [`BookError`] if there is none.
    pub fn open(path: &Path) -> Result<Self, BookError> {
        Self::connect(&Place::File(path.into()))
    }

    /// What the book adds up to, one line per currency, in the order of their codes.
    ///
    /// # Errors
    /// [`BookError`] if SQLite fails, or a stored row makes no sense.
    pub fn totals(&self) -> Result<Vec<Totals>, BookError> {
        let mut statement = self.connection.prepare(
            // A currency of payouts alone is one that charges were converted into.
            "select held.currency,
               sum(iif(kind = 'authorize' and state in ('held', 'taken', 'released'), amount, 0)),
               coalesce(sum(captured), 0), coalesce(sum(refunded), 0),
               sum(iif(undone = 1, amount, 0)),
               count(iif(kind = 'authorize' and state = 'taken', 1, null)),
               coalesce(sum(repeats), 0),
               (select coalesce(sum(dispute.amount), 0) from dispute
                where dispute.currency = held.currency and stage = 'chargeback'
                  and dispute.state <> 'won'),
               (select coalesce(sum(iif(back = 1, -payout.amount, payout.amount)), 0) from payout
                where payout.currency = held.currency and payout.state = 'paid')
             from (select currency from entry where currency is not null
                   union select currency from payout) as held
             left join entry on entry.currency = held.currency
             group by held.currency order by held.currency",
        )?;
        let mut rows = statement.query([])?;
        let mut totals = Vec::new();
        while let Some(row) = rows.next()? {
            let currency = rows::currency(&row.get::<_, String>(0)?)?;
            let money = |column| rows::money(row.get(column)?, currency);
            let paid_out = SignedMoney::new(row.get(8)?, currency);
            totals.push(Totals {
                authorized: money(1)?,
                captured: money(2)?,
                refunded: money(3)?,
                disputed: money(7)?,
                paid_out: paid_out.map_err(|_| BookError::Corrupt { column: "amount" })?,
                reversed: money(4)?,
                charges: rows::count(row.get(5)?, "seq")?,
                repeats: rows::count(row.get(6)?, "repeats")?,
            });
        }
        Ok(totals)
    }

    /// What the book adds up to in one currency.
    ///
    /// # Errors
    /// As [`BookView::totals`].
    pub fn totals_in(&self, currency: Currency) -> Result<Totals, BookError> {
        let found =
            self.totals()?.into_iter().find(|totals| totals.captured.currency() == currency);
        let zero = Money::zero(currency);
        let (authorized, captured, refunded) = (zero, zero, zero);
        let (disputed, reversed) = (zero, zero);
        Ok(found.unwrap_or(Totals {
            authorized,
            captured,
            refunded,
            disputed,
            paid_out: SignedMoney::zero(currency),
            reversed,
            charges: 0,
            repeats: 0,
        }))
    }

    /// One entry.
    ///
    /// # Errors
    /// [`BookError`] if SQLite fails, or the stored row makes no sense.
    pub fn entry(&self, reference: Reference) -> Result<Option<Entry>, BookError> {
        rows::find(&self.connection, reference)
    }

    /// Entries in the order of their arrival, after the one whose `seq` is given (0 for all), at most
    /// `limit`.
    ///
    /// # Errors
    /// [`BookError`] if SQLite fails, or a stored row makes no sense.
    pub fn entries(&self, after: i64, limit: usize) -> Result<Vec<Entry>, BookError> {
        rows::page(&self.connection, after, limit)
    }

    fn connect(place: &Place) -> Result<Self, BookError> {
        Ok(Self { connection: place.connect(OpenFlags::SQLITE_OPEN_READ_ONLY)? })
    }
}

impl fmt::Debug for BookView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BookView")
    }
}

impl Place {
    fn connect(&self, access: OpenFlags) -> Result<Connection, BookError> {
        let create = if access.contains(OpenFlags::SQLITE_OPEN_READ_WRITE) {
            OpenFlags::SQLITE_OPEN_CREATE
        } else {
            OpenFlags::empty()
        };
        let flags = access | create | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = match self {
            Self::File(path) => Connection::open_with_flags(path, flags)?,
            Self::Memory(number) => {
                let name = format!("file:/farthing-book-{number}?vfs=memdb");
                Connection::open_with_flags(name, flags | OpenFlags::SQLITE_OPEN_URI)?
            }
        };
        connection.busy_timeout(BUSY_WAIT)?;
        // Without it a kept statement is planned again for each value of a limit.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        Ok(connection)
    }
}

/// Why the book could not be used. The outcome of a call is unknown then.
#[derive(Debug)]
pub enum BookError {
    /// SQLite failed.
    Sqlite(rusqlite::Error),
    /// A stored value makes no sense.
    Corrupt {
        /// Where it is stored.
        column: &'static str,
    },
    /// The file was written by a newer program.
    Version {
        /// The version it names.
        version: i64,
    },
    /// The thread that writes the book could not be started.
    Thread(std::io::Error),
}

impl BookError {
    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "book_unavailable",
            Self::Corrupt { .. } => "book_corrupt",
            Self::Version { .. } => "book_too_new",
            Self::Thread(_) => "book_thread",
        }
    }
}

impl From<rusqlite::Error> for BookError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl fmt::Display for BookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(error) => write!(f, "The simulator's book could not be used: {error}."),
            Self::Corrupt { column } => {
                write!(f, "The simulator's book holds a value in `{column}` that makes no sense.")
            }
            Self::Version { version } => write!(
                f,
                "The simulator's book is of version {version}; this program knows versions up to {VERSION}."
            ),
            Self::Thread(error) => {
                write!(f, "The thread that writes the simulator's book did not start: {error}.")
            }
        }
    }
}

impl std::error::Error for BookError {}
