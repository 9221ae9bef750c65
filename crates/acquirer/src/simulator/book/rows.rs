//! Entries as rows: their types, their words in SQL, and how a verdict is written down.

use farthing_core::currency::Currency;
use farthing_core::money::Money;
use farthing_core::time::TimestampMs;
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use crate::answer::{Answer, Approval, Check, Refusal, RiskLevel};
use crate::call::Reference;
use crate::simulator::book::{BookError, Verdict};
use crate::simulator::cards::{self, Ground};

/// What a call asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// To reserve funds, and perhaps to take them at once.
    Authorize,
    /// To take reserved funds.
    Capture,
    /// To reserve more; its amount is what that adds.
    Increment,
    /// To release reserved funds.
    Void,
    /// To give taken funds back.
    Refund,
    /// Nothing: the reference was reversed before any call came.
    Barred,
}

impl Kind {
    const ALL: [Self; 6] =
        [Self::Authorize, Self::Capture, Self::Increment, Self::Void, Self::Refund, Self::Barred];

    /// The word in the book.
    pub fn name(self) -> &'static str {
        match self {
            Self::Authorize => "authorize",
            Self::Capture => "capture",
            Self::Increment => "increment",
            Self::Void => "void",
            Self::Refund => "refund",
            Self::Barred => "barred",
        }
    }
}

/// What is true of an entry now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Authorization: funds are reserved, and a part of them may have been taken.
    Held,
    /// Authorization: the funds are on their way.
    Awaited,
    /// Authorization: funds were taken, and nothing is reserved any more.
    Taken,
    /// Authorization: funds were released.
    Released,
    /// Done, and nothing rests on it: a capture, a void, a refund, a verification.
    Done,
    /// Refund: taken on, not finished.
    Pending,
    /// Refund: came back. Authorization: the funds that were on their way did not come.
    Failed,
    /// Declined.
    Declined,
    /// The holder must authenticate first.
    Challenged,
    /// Refused by the acquirer.
    Refused,
    /// Reversed; a call with this reference is refused.
    Reversed,
}

impl State {
    const ALL: [Self; 11] = [
        Self::Awaited,
        Self::Held,
        Self::Taken,
        Self::Released,
        Self::Done,
        Self::Pending,
        Self::Failed,
        Self::Declined,
        Self::Challenged,
        Self::Refused,
        Self::Reversed,
    ];

    /// The word in the book.
    pub fn name(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Awaited => "awaited",
            Self::Taken => "taken",
            Self::Released => "released",
            Self::Done => "done",
            Self::Pending => "pending",
            Self::Failed => "failed",
            Self::Declined => "declined",
            Self::Challenged => "challenged",
            Self::Refused => "refused",
            Self::Reversed => "reversed",
        }
    }
}

/// What the network knows of one reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the book.
    pub seq: i64,
    /// The caller's name for it.
    pub reference: Reference,
    /// What was asked.
    pub kind: Kind,
    /// The authorization it belongs to.
    pub parent: Option<Reference>,
    /// How much was asked; none if the reference was barred before any call came.
    pub amount: Option<Money>,
    /// What is true of it now.
    pub state: State,
    /// Authorization: how much of it was taken, in minor units.
    pub captured: i64,
    /// Authorization: how much of that was given back, in minor units.
    pub refunded: i64,
    /// Which test card, or `unknown`.
    pub card: Option<String>,
    /// The last four digits of its number.
    pub last4: Option<String>,
    /// What was asked, in words.
    pub asked: String,
    /// What was answered.
    pub verdict: Verdict,
    /// Whether reversing it took something back.
    pub undone: bool,
    /// How often the call arrived again.
    pub repeats: u32,
    /// When it first arrived.
    pub created: TimestampMs,
}

const FIND: &str = "
select seq, reference, kind, parent, amount, currency, state, captured, refunded, card, last4,
  asked, verdict, undone, repeats, created_ms from entry where reference = ?1";

const PAGE: &str = "
select seq, reference, kind, parent, amount, currency, state, captured, refunded, card, last4,
  asked, verdict, undone, repeats, created_ms from entry where seq > ?1 order by seq limit ?2";

const INSERT: &str = "
insert into entry (reference, kind, parent, amount, currency, state, captured, refunded, card,
  last4, asked, verdict, undone, repeats, created_ms)
values (:reference, :kind, :parent, :amount, :currency, :state, :captured, :refunded, :card,
  :last4, :asked, :verdict, :undone, :repeats, :created_ms)";

const UPDATE: &str = "
update entry set amount = :amount, state = :state, captured = :captured, refunded = :refunded,
  undone = :undone, repeats = :repeats where seq = :seq";

/// Reads the entry of a reference.
pub(super) fn find(
    connection: &Connection,
    reference: Reference,
) -> Result<Option<Entry>, BookError> {
    let mut statement = connection.prepare_cached(FIND)?;
    let found = statement.query_row([reference.0], |row| Ok(Entry::from_row(row)));
    found.optional()?.transpose()
}

/// Whether the rest of a hold was given back to the card.
pub(super) fn is_voided(connection: &Connection, of: Reference) -> Result<bool, BookError> {
    let mut voids = connection.prepare_cached(
        "select 1 from entry where parent = ?1 and kind = 'void' and state = 'done'",
    )?;
    Ok(voids.exists([of.0])?)
}

/// Reads entries in the order of their arrival.
pub(super) fn page(
    connection: &Connection,
    after: i64,
    limit: usize,
) -> Result<Vec<Entry>, BookError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(PAGE)?;
    let mut rows = statement.query([after, limit])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        entries.push(Entry::from_row(row)?);
    }
    Ok(entries)
}

impl Entry {
    /// The entry of a reference that was reversed before any call came.
    pub(super) fn barred(reference: Reference, now: TimestampMs) -> Self {
        Self {
            seq: 0,
            reference,
            kind: Kind::Barred,
            parent: None,
            amount: None,
            state: State::Reversed,
            captured: 0,
            refunded: 0,
            card: None,
            last4: None,
            asked: String::new(),
            verdict: Err(Refusal::Reversed),
            undone: false,
            repeats: 0,
            created: now,
        }
    }

    /// Takes a raise of an authorization back.
    pub(super) fn lower(&mut self, by: i64) -> Result<(), BookError> {
        if let Some(amount) = self.amount {
            self.amount = Some(money(amount.minor() - by, amount.currency())?);
        }
        Ok(())
    }

    /// The amount as the row keeps it.
    pub(super) fn minor(&self) -> i64 {
        self.amount.map_or(0, Money::minor)
    }

    pub(super) fn insert(&self, connection: &Connection) -> Result<(), BookError> {
        connection.prepare_cached(INSERT)?.execute(named_params! {
            ":reference": self.reference.0,
            ":kind": self.kind.name(),
            ":parent": self.parent.map(|parent| parent.0),
            ":amount": self.minor(),
            ":currency": self.amount.map(|amount| amount.currency().code()),
            ":state": self.state.name(),
            ":captured": self.captured,
            ":refunded": self.refunded,
            ":card": self.card,
            ":last4": self.last4,
            ":asked": self.asked,
            ":verdict": write_verdict(&self.verdict),
            ":undone": self.undone,
            ":repeats": self.repeats,
            ":created_ms": self.created.ms(),
        })?;
        Ok(())
    }

    pub(super) fn update(&self, connection: &Connection) -> Result<(), BookError> {
        let changed = connection.prepare_cached(UPDATE)?.execute(named_params! {
            ":seq": self.seq,
            ":amount": self.minor(),
            ":state": self.state.name(),
            ":captured": self.captured,
            ":refunded": self.refunded,
            ":undone": self.undone,
            ":repeats": self.repeats,
        })?;
        assert_eq!(changed, 1, "an entry that was read is still there");
        Ok(())
    }

    fn from_row(row: &Row<'_>) -> Result<Self, BookError> {
        let word = |column: &'static str| row.get::<_, String>(column);
        let kind = word("kind")?;
        let state = word("state")?;
        let reference = Reference(row.get("reference")?);
        let card: Option<String> = row.get("card")?;
        let amount = match row.get::<_, Option<String>>("currency")? {
            Some(code) => Some(money(row.get("amount")?, currency(&code)?)?),
            None => None,
        };
        Ok(Self {
            seq: row.get("seq")?,
            reference,
            kind: named(Kind::ALL, Kind::name, &kind, "kind")?,
            parent: row.get::<_, Option<[u8; 16]>>("parent")?.map(Reference),
            amount,
            state: named(State::ALL, State::name, &state, "state")?,
            captured: row.get("captured")?,
            refunded: row.get("refunded")?,
            verdict: read_verdict(&word("verdict")?, card.as_deref(), reference)?,
            card,
            last4: row.get("last4")?,
            asked: word("asked")?,
            undone: row.get("undone")?,
            repeats: row.get("repeats")?,
            created: TimestampMs::from_ms(row.get("created_ms")?),
        })
    }
}

/// Reads a currency's code.
pub(super) fn currency(code: &str) -> Result<Currency, BookError> {
    Currency::parse(code).map_err(|_| BookError::Corrupt { column: "currency" })
}

/// Reads an amount.
pub(super) fn money(minor: i64, currency: Currency) -> Result<Money, BookError> {
    Money::new(minor, currency).map_err(|_| BookError::Corrupt { column: "amount" })
}

/// Reads a number that is never negative.
pub(super) fn count(number: i64, column: &'static str) -> Result<u64, BookError> {
    u64::try_from(number).map_err(|_| BookError::Corrupt { column })
}

/// Finds the value that a word names.
pub(super) fn named<T: Copy, const N: usize>(
    all: [T; N],
    name: impl Fn(T) -> &'static str,
    word: &str,
    column: &'static str,
) -> Result<T, BookError> {
    all.into_iter().find(|value| name(*value) == word).ok_or(BookError::Corrupt { column })
}

const CHECKS: [Check; 4] = [Check::None, Check::Pass, Check::Fail, Check::Unavailable];
const RISKS: [RiskLevel; 3] = [RiskLevel::Normal, RiskLevel::Elevated, RiskLevel::Highest];

fn check_name(check: Check) -> &'static str {
    match check {
        Check::None => "none",
        Check::Pass => "pass",
        Check::Fail => "fail",
        Check::Unavailable => "unavailable",
    }
}

fn risk_name(risk: RiskLevel) -> &'static str {
    match risk {
        RiskLevel::Normal => "normal",
        RiskLevel::Elevated => "elevated",
        RiskLevel::Highest => "highest",
    }
}

/// Writes a verdict as a few words. What follows from the reference or the card is left out.
pub(crate) fn write_verdict(verdict: &Verdict) -> String {
    match verdict {
        Ok(Answer::Approved(approval)) => format!(
            "approved {} {} {} {}",
            check_name(approval.cvc_check),
            check_name(approval.line1_check),
            check_name(approval.postal_check),
            finality(approval),
        ),
        Ok(Answer::Declined(decline)) => {
            let ground =
                Ground::ALL.into_iter().find(|ground| ground.decline(decline.risk) == *decline);
            let ground = ground.expect("every decline is made from a ground");
            format!("declined {} {}", ground.name(), risk_name(decline.risk))
        }
        Ok(Answer::ActionRequired) => "challenged".to_owned(),
        Err(refusal) => format!("refused {}", refusal.code()),
    }
}

/// The word for what is still to come.
fn finality(approval: &Approval) -> &'static str {
    match (approval.refund_pending, approval.payment_pending) {
        (true, _) => "pending",
        (false, true) => "awaited",
        (false, false) => "final",
    }
}

/// Reads what [`write_verdict`] wrote.
pub(crate) fn read_verdict(
    text: &str,
    card: Option<&str>,
    reference: Reference,
) -> Result<Verdict, BookError> {
    let corrupt = BookError::Corrupt { column: "verdict" };
    let check = |word| named(CHECKS, check_name, word, "verdict");
    let words: Vec<&str> = text.split(' ').collect();
    Ok(match words.as_slice() {
        ["approved", cvc, line1, postal, finality] => {
            let card = card.and_then(cards::by_label).ok_or(corrupt)?;
            Ok(Answer::Approved(Approval {
                cvc_check: check(cvc)?,
                line1_check: check(line1)?,
                postal_check: check(postal)?,
                refund_pending: *finality == "pending",
                payment_pending: *finality == "awaited",
                ..cards::approval(card, reference)
            }))
        }
        ["declined", ground, risk] => {
            let ground = named(Ground::ALL, Ground::name, ground, "verdict")?;
            Ok(Answer::Declined(ground.decline(named(RISKS, risk_name, risk, "verdict")?)))
        }
        ["challenged"] => Ok(Answer::ActionRequired),
        ["refused", reason] => Err(named(Refusal::ALL, Refusal::code, reason, "verdict")?),
        _ => return Err(corrupt),
    })
}
