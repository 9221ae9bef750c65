//! Payouts: taken at once, at the bank on their day, unless the account is one of those that fail.
//!
//! Of an account the book keeps which test account it is and the last four characters of its number.

use farthing_core::money::Money;
use farthing_core::time::TimestampMs;
use rusqlite::{OptionalExtension as _, named_params};
use serde_json::{Value, json};

use crate::answer::Refusal;
use crate::call::{Direction, PayoutCall, Reference};
use crate::notice::{NoticeKind, PayoutFailure};
use crate::simulator::book::rows;
use crate::simulator::book::{Book, BookError};
use crate::wire;

/// How long after its arrival a payout comes back that does.
const RETURNS_AFTER_MS: i64 = 2 * 24 * 60 * 60 * 1_000;

/// What an account does with what is sent to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    Keeps,
    Fails(PayoutFailure),
    Returns(PayoutFailure),
}

/// A test account: its number, its label in the book, and what it does.
struct TestAccount(&'static str, &'static str, Then);

/// The documented ones, and last one of our own: it takes what comes, and gives it back.
static ACCOUNTS: [TestAccount; 7] = [
    TestAccount("000123456789", "ok", Then::Keeps),
    TestAccount("000111111116", "no_account", Then::Fails(PayoutFailure::NoAccount)),
    TestAccount("000111111113", "account_closed", Then::Fails(PayoutFailure::AccountClosed)),
    TestAccount(
        "000222222227",
        "insufficient_funds",
        Then::Fails(PayoutFailure::InsufficientFunds),
    ),
    TestAccount(
        "000333333335",
        "debit_not_authorized",
        Then::Fails(PayoutFailure::DebitNotAuthorized),
    ),
    TestAccount("000444444440", "invalid_currency", Then::Fails(PayoutFailure::InvalidCurrency)),
    TestAccount("000555555559", "returns", Then::Returns(PayoutFailure::AccountClosed)),
];

/// The label of every other account, which keeps what is sent to it.
const OTHER: &str = "other";

/// A payout as the book sees it: owned, and without the account's number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paying {
    pub(crate) reference: Reference,
    amount: Money,
    back: bool,
    account: &'static str,
    last4: String,
    arrival: TimestampMs,
}

impl Paying {
    /// Looks at a call and keeps what may be kept.
    pub fn look(call: &PayoutCall<'_>) -> Self {
        let number = call.account.number;
        let known = ACCOUNTS.iter().find(|account| account.0 == number);
        let tail = number.as_bytes().last_chunk::<4>().map_or(&[][..], |tail| tail.as_slice());
        Self {
            reference: call.reference,
            amount: call.amount,
            back: call.direction == Direction::Back,
            account: known.map_or(OTHER, |account| account.1),
            last4: String::from_utf8_lossy(tail).into_owned(),
            arrival: call.arrival,
        }
    }

    /// For another process.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "reference": self.reference.to_string(),
            "amount": wire::write_money(self.amount),
            "back": self.back,
            "account": self.account,
            "last4": self.last4,
            "arrival": self.arrival.ms(),
        })
    }

    /// Reads what [`to_json`](Self::to_json) wrote.
    pub(crate) fn from_json(value: &Value) -> Option<Self> {
        let label = value["account"].as_str()?;
        let known = ACCOUNTS.iter().find(|account| account.1 == label);
        Some(Self {
            reference: wire::reference(&value["reference"])?,
            amount: wire::money(&value["amount"])?,
            back: value["back"].as_bool()?,
            account: known.map_or(OTHER, |account| account.1),
            last4: value["last4"].as_str()?.to_owned(),
            arrival: TimestampMs::from_ms(value["arrival"].as_i64()?),
        })
    }

    /// What the network will tell of it, and when.
    fn news(&self) -> Vec<(NoticeKind, TimestampMs)> {
        let known = ACCOUNTS.iter().find(|account| account.1 == self.account);
        let (payout, amount) = (self.reference, self.amount);
        let paid = (NoticeKind::PayoutPaid { payout, amount }, self.arrival);
        let failed = |reason, at| (NoticeKind::PayoutFailed { payout, amount, reason }, at);
        match known.map_or(Then::Keeps, |account| account.2) {
            Then::Keeps => vec![paid],
            Then::Fails(reason) => vec![failed(reason, self.arrival)],
            // Nothing can be taken back from there: it comes back by itself.
            Then::Returns(reason) if self.back => vec![failed(reason, self.arrival)],
            Then::Returns(reason) => {
                vec![paid, failed(reason, self.arrival.plus_ms(RETURNS_AFTER_MS))]
            }
        }
    }
}

impl Book {
    /// Takes a payout, or says again that it has. Another one under the same name is refused.
    pub(super) fn pay(
        &self,
        paying: &Paying,
        now: TimestampMs,
    ) -> Result<Result<(), Refusal>, BookError> {
        if let Some(same) = self.known_payout(paying)? {
            let sql = "update payout set repeats = repeats + 1 where reference = ?1";
            self.connection.prepare_cached(sql)?.execute([paying.reference.0])?;
            return Ok(if same { Ok(()) } else { Err(Refusal::ReferenceReused) });
        }
        if paying.amount.is_zero() {
            return Ok(Err(Refusal::ZeroAmount));
        }
        let now = self.on_its_clock(paying.reference, now)?;
        self.connection
            .prepare_cached(
                "insert into payout
                   (reference, amount, currency, back, account, last4, arrival_ms, state, created_ms)
                 values (:reference, :amount, :currency, :back, :account, :last4, :arrival,
                   'pending', :now)",
            )?
            .execute(named_params! {
                ":reference": paying.reference.0,
                ":amount": paying.amount.minor(),
                ":currency": paying.amount.currency().code(),
                ":back": paying.back,
                ":account": paying.account,
                ":last4": paying.last4,
                ":arrival": paying.arrival.ms(),
                ":now": now.ms(),
            })?;
        for (kind, at) in paying.news() {
            self.schedule_at(kind, at)?;
        }
        Ok(Ok(()))
    }

    /// Makes true what a notice says of a payout.
    pub(super) fn end_payout(&self, payout: Reference, state: &str) -> Result<(), BookError> {
        let sql = "update payout set state = ?2 where reference = ?1";
        let changed = self.connection.prepare_cached(sql)?.execute((payout.0, state))?;
        if changed == 1 { Ok(()) } else { Err(BookError::Corrupt { column: "subject" }) }
    }

    /// Whether a payout is known under this name, and then whether it is the same.
    fn known_payout(&self, paying: &Paying) -> Result<Option<bool>, BookError> {
        let mut statement = self.connection.prepare_cached(
            "select amount, currency, back, account, last4, arrival_ms
             from payout where reference = ?1",
        )?;
        let known = statement.query_row([paying.reference.0], |row| {
            let amount: (i64, String) = (row.get(0)?, row.get(1)?);
            let account: (String, String) = (row.get(3)?, row.get(4)?);
            Ok((amount, row.get::<_, bool>(2)?, account, row.get::<_, i64>(5)?))
        });
        let Some(((minor, currency), back, (account, last4), arrival)) = known.optional()? else {
            return Ok(None);
        };
        let amount = rows::money(minor, rows::currency(&currency)?)?;
        let now = (amount, back, account.as_str(), last4.as_str(), arrival);
        let asked = (
            paying.amount,
            paying.back,
            paying.account,
            paying.last4.as_str(),
            paying.arrival.ms(),
        );
        Ok(Some(now == asked))
    }
}
