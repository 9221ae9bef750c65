//! What the network does with a call, and with its reversal.
//!
//! The order is the same everywhere: look up the reference, decide, then write. Nothing is written
//! before everything is decided.

use farthing_core::money::Money;
use farthing_core::time::TimestampMs;

use crate::answer::{Answer, LookupAnswer, Refusal, Reversed};
use crate::call::{PayCall, Reference, Rest};
use crate::notice::{DisputeReason, DisputeStage, NoticeKind, RefundFailure};
use crate::simulator::book::rows::{self, Entry, Kind, State};
use crate::simulator::book::{Book, BookError, Verdict};
use crate::simulator::cards::{self, After, TestCard, Word};
use crate::simulator::means;
use crate::simulator::operation::{Ask, Operation, asked};

/// What a call leads to, before it is written.
struct Outcome {
    verdict: Verdict,
    state: State,
    amount: Option<Money>,
    /// The card, and its last four digits.
    card: Option<(String, String)>,
    /// The authorization it belongs to, as it will be.
    parent: Option<Entry>,
    /// What the network will tell later.
    news: Vec<NoticeKind>,
    /// What it will tell at a time of the call's own, so many milliseconds from now.
    ending: Option<(NoticeKind, i64)>,
}

impl Outcome {
    fn refused(refusal: Refusal) -> Self {
        let (state, verdict) = (State::Refused, Err(refusal));
        Self {
            verdict,
            state,
            amount: None,
            card: None,
            parent: None,
            news: Vec::new(),
            ending: None,
        }
    }

    /// Something done to an authorization.
    fn done(
        reference: Reference,
        amount: Money,
        parent: Entry,
    ) -> Result<(Self, After), BookError> {
        let card = card_of(&parent)?;
        let outcome = Self {
            verdict: Ok(Answer::Approved(cards::approval(card, reference))),
            state: State::Done,
            amount: Some(amount),
            card: parent.card.clone().zip(parent.last4.clone()),
            parent: Some(parent),
            news: Vec::new(),
            ending: None,
        };
        Ok((outcome, card.behavior.after))
    }
}

impl Book {
    /// Does a call, or says again what was said to it before.
    pub(super) fn act(
        &self,
        operation: &Operation,
        now: TimestampMs,
    ) -> Result<Verdict, BookError> {
        let reference = operation.reference;
        if let Some(entry) = self.find(reference)? {
            return self.repeat(entry, operation);
        }
        let outcome = match &operation.ask {
            Ask::Authorize { .. } => authorize(operation, now)?,
            Ask::Pay(call) => pay(call)?,
            Ask::Capture { of, amount, rest } => self.capture(reference, *of, (*amount, *rest))?,
            Ask::Increment { of, amount } => self.increment(reference, *of, *amount)?,
            Ask::Void { of } => self.void(reference, *of)?,
            Ask::Refund { of, amount } => self.give_back(reference, *of, *amount)?,
        };
        self.record(operation, outcome, now)
    }

    /// Refuses a call for no fault of its own, and keeps to it: a refusal that could turn into an
    /// effect when the call is repeated would be no answer at all.
    pub(super) fn refuse(
        &self,
        operation: &Operation,
        now: TimestampMs,
    ) -> Result<Verdict, BookError> {
        match self.find(operation.reference)? {
            Some(entry) => self.repeat(entry, operation),
            None => self.record(operation, Outcome::refused(Refusal::Overloaded), now),
        }
    }

    /// What became of a call.
    pub(super) fn lookup(&self, reference: Reference) -> Result<LookupAnswer, BookError> {
        Ok(match self.find(reference)? {
            None => LookupAnswer::NeverSeen,
            Some(entry) if entry.state == State::Reversed => LookupAnswer::Reversed,
            Some(entry) => match entry.verdict {
                Ok(answer) => LookupAnswer::Known(answer),
                Err(refusal) => LookupAnswer::Refused(refusal),
            },
        })
    }

    /// Takes a call back, or bars its reference.
    pub(super) fn reverse(
        &self,
        reference: Reference,
        now: TimestampMs,
    ) -> Result<Reversed, BookError> {
        let Some(mut entry) = self.find(reference)? else {
            Entry::barred(reference, now).insert(&self.connection)?;
            return Ok(Reversed::Barred);
        };
        let moved = match entry.state {
            State::Reversed => entry.undone,
            // Nothing moved, and now nothing will.
            State::Declined | State::Challenged | State::Refused | State::Awaited => false,
            State::Held if entry.captured == 0 => true,
            State::Taken if self.rests_alone(&entry)? => true,
            State::Done if entry.kind == Kind::Authorize => false, // A verification.
            State::Done | State::Pending if self.take_back(&entry)? => true,
            State::Held
            | State::Taken
            | State::Released
            | State::Done
            | State::Pending
            | State::Failed => {
                return Ok(Reversed::Stands(entry.verdict.expect("what moved was answered")));
            }
        };
        self.unschedule(reference)?;
        entry.state = State::Reversed;
        (entry.captured, entry.refunded, entry.undone) = (0, 0, moved);
        entry.update(&self.connection)?;
        Ok(if moved { Reversed::Undone } else { Reversed::Barred })
    }

    /// Undoes what a capture, void or refund did to its authorization. Says whether it could.
    fn take_back(&self, entry: &Entry) -> Result<bool, BookError> {
        let mut parent = self.parent(entry)?;
        match entry.kind {
            Kind::Capture
                if parent.captured - entry.minor() >= parent.refunded
                    && !rows::is_voided(&self.connection, parent.reference)?
                    && !self.announced(parent.reference)? =>
            {
                self.unschedule(parent.reference)?;
                parent.state = State::Held;
                parent.captured -= entry.minor();
            }
            Kind::Increment if parent.state == State::Held && parent.captured == 0 => {
                parent.lower(entry.minor())?;
            }
            Kind::Void if !self.announced(parent.reference)? => {
                self.unschedule(parent.reference)?;
                parent.state = State::Held;
            }
            Kind::Refund if !self.announced(entry.reference)? => {
                parent.refunded -= entry.minor();
            }
            Kind::Capture
            | Kind::Increment
            | Kind::Void
            | Kind::Refund
            | Kind::Authorize
            | Kind::Barred => return Ok(false),
        }
        parent.update(&self.connection)?;
        Ok(true)
    }

    /// Whether nothing was done to a charge, nor announced of it, since its funds were taken.
    fn rests_alone(&self, entry: &Entry) -> Result<bool, BookError> {
        let mut children = self.connection.prepare_cached(
            "select 1 from entry where parent = ?1 and state not in ('refused', 'reversed')",
        )?;
        Ok(!children.exists([entry.reference.0])? && !self.announced(entry.reference)?)
    }

    /// A call that is already known. Its arrival is counted; nothing else happens.
    fn repeat(&self, mut entry: Entry, operation: &Operation) -> Result<Verdict, BookError> {
        entry.repeats += 1;
        entry.update(&self.connection)?;
        if entry.state == State::Reversed {
            return Ok(Err(Refusal::Reversed));
        }
        Ok(if entry.asked == asked(operation) {
            entry.verdict
        } else {
            Err(Refusal::ReferenceReused)
        })
    }

    /// Writes a new entry, the change to its authorization, and the news it will make.
    fn record(
        &self,
        operation: &Operation,
        outcome: Outcome,
        now: TimestampMs,
    ) -> Result<Verdict, BookError> {
        let Outcome { verdict, state, amount, card, parent, news, ending } = outcome;
        let (card, last4) = card.unzip();
        let entry = Entry {
            seq: 0, // Given by the insert.
            reference: operation.reference,
            kind: kind(&operation.ask),
            parent: parent.as_ref().map(|parent| parent.reference),
            amount,
            captured: if state == State::Taken { amount.map_or(0, Money::minor) } else { 0 },
            state,
            refunded: 0,
            card,
            last4,
            asked: asked(operation),
            verdict,
            undone: false,
            repeats: 0,
            created: now,
        };
        entry.insert(&self.connection)?;
        if let Some(parent) = parent {
            parent.update(&self.connection)?;
        }
        for kind in news {
            self.schedule(kind, now)?;
        }
        if let Some((kind, after_ms)) = ending {
            self.schedule_after(kind, (now, after_ms))?;
        }
        Ok(entry.verdict)
    }

    fn capture(
        &self,
        reference: Reference,
        of: Reference,
        (amount, rest): (Money, Rest),
    ) -> Result<Outcome, BookError> {
        let Some(mut parent) = self.authorization(of)? else {
            return Ok(Outcome::refused(Refusal::UnknownReference));
        };
        if parent.state != State::Held {
            return Ok(Outcome::refused(Refusal::WrongState));
        }
        let left = match parent.amount {
            Some(whole) => Some(rows::money(whole.minor() - parent.captured, whole.currency())?),
            None => None,
        };
        if let Err(refusal) = within(amount, left, Refusal::AboveAuthorized) {
            return Ok(Outcome::refused(refusal));
        }
        parent.captured += amount.minor();
        if rest == Rest::Released || Some(amount) == left {
            parent.state = State::Taken;
        }
        let (authorization, state) = (parent.reference, parent.state);
        let taken = rows::money(parent.captured, amount.currency())?;
        let (mut outcome, after) = Outcome::done(reference, amount, parent)?;
        if state == State::Taken {
            outcome.news = news_of_charge(after, authorization, taken)?;
        }
        Ok(outcome)
    }

    /// The holder's bank is asked for more, and may say no.
    fn increment(
        &self,
        reference: Reference,
        of: Reference,
        amount: Money,
    ) -> Result<Outcome, BookError> {
        let Some(mut parent) = self.authorization(of)? else {
            return Ok(Outcome::refused(Refusal::UnknownReference));
        };
        let (State::Held, 0, Some(held)) = (parent.state, parent.captured, parent.amount) else {
            return Ok(Outcome::refused(Refusal::WrongState));
        };
        let more = match held.covers(amount) {
            Err(_) => return Ok(Outcome::refused(Refusal::CurrencyMismatch)),
            Ok(true) => return Ok(Outcome::refused(Refusal::NotAboveAuthorized)),
            Ok(false) => rows::money(amount.minor() - held.minor(), held.currency())?,
        };
        let card = card_of(&parent)?;
        if let Some(ground) = card.behavior.increment {
            let mut outcome = Outcome::done(reference, more, parent)?.0;
            outcome.verdict = Ok(Answer::Declined(ground.decline(card.behavior.risk)));
            outcome.state = State::Declined;
            return Ok(outcome);
        }
        parent.amount = Some(amount);
        Ok(Outcome::done(reference, more, parent)?.0)
    }

    fn void(&self, reference: Reference, of: Reference) -> Result<Outcome, BookError> {
        let Some(mut parent) = self.authorization(of)? else {
            return Ok(Outcome::refused(Refusal::UnknownReference));
        };
        let (State::Held | State::Awaited, Some(amount)) = (parent.state, parent.amount) else {
            return Ok(Outcome::refused(Refusal::WrongState));
        };
        if parent.captured == 0 {
            self.unschedule(parent.reference)?;
            parent.state = State::Released;
            return Ok(Outcome::done(reference, amount, parent)?.0);
        }
        // What other captures left: the charge is what they took.
        parent.state = State::Taken;
        let (authorization, taken) = (parent.reference, parent.captured);
        let taken = rows::money(taken, amount.currency())?;
        let left = rows::money(amount.minor() - taken.minor(), amount.currency())?;
        let (mut outcome, after) = Outcome::done(reference, left, parent)?;
        outcome.news = news_of_charge(after, authorization, taken)?;
        Ok(outcome)
    }

    fn give_back(
        &self,
        reference: Reference,
        of: Reference,
        amount: Money,
    ) -> Result<Outcome, BookError> {
        let Some(mut parent) = self.authorization(of)? else {
            return Ok(Outcome::refused(Refusal::UnknownReference));
        };
        if parent.state != State::Taken && parent.captured == 0 {
            return Ok(Outcome::refused(Refusal::WrongState));
        }
        let left = match parent.amount {
            Some(whole) => {
                let left = parent.captured - parent.refunded - self.taken_back(parent.reference)?;
                Some(rows::money(left, whole.currency())?)
            }
            None => None,
        };
        if let Err(refusal) = within(amount, left, Refusal::AboveCaptured) {
            return Ok(Outcome::refused(refusal));
        }
        parent.refunded += amount.minor();
        let (mut outcome, after) = Outcome::done(reference, amount, parent)?;
        match after {
            After::RefundPends => {
                outcome.state = State::Pending;
                if let Ok(Answer::Approved(approval)) = &mut outcome.verdict {
                    approval.refund_pending = true;
                }
                outcome.news = vec![NoticeKind::RefundSucceeded { refund: reference, amount }];
            }
            After::RefundFails => {
                let reason = RefundFailure::ExpiredOrCanceledCard;
                outcome.news = vec![NoticeKind::RefundFailed { refund: reference, amount, reason }];
            }
            After::Nothing
            | After::DisputeFraudulent
            | After::DisputeNotReceived
            | After::DebitReturned
            | After::DisputeInquiry
            | After::DisputeTwice
            | After::FraudWarning => {}
        }
        Ok(outcome)
    }

    pub(super) fn find(&self, reference: Reference) -> Result<Option<Entry>, BookError> {
        rows::find(&self.connection, reference)
    }

    /// The authorization that a reference means: its own, or that of the capture it names.
    fn authorization(&self, of: Reference) -> Result<Option<Entry>, BookError> {
        match self.find(of)? {
            Some(entry) if entry.kind == Kind::Authorize => Ok(Some(entry)),
            Some(entry) if entry.kind == Kind::Capture && entry.state == State::Done => {
                self.parent(&entry).map(Some)
            }
            Some(_) | None => Ok(None),
        }
    }

    pub(super) fn parent(&self, entry: &Entry) -> Result<Entry, BookError> {
        let parent = entry.parent.map(|parent| self.find(parent)).transpose()?.flatten();
        parent.ok_or(BookError::Corrupt { column: "parent" })
    }
}

/// Decides an authorization.
fn authorize(operation: &Operation, now: TimestampMs) -> Result<Outcome, BookError> {
    let Ask::Authorize { amount, capture, card, authentication } = &operation.ask else {
        unreachable!("called for authorizations only");
    };
    let word = cards::judge(card, amount.is_zero(), *authentication, now.year_month());
    let state = match (&word, capture) {
        (Word::Approve { .. }, _) if amount.is_zero() => State::Done,
        (Word::Approve { .. }, true) => State::Taken,
        (Word::Approve { .. }, false) => State::Held,
        (Word::Decline(_), _) => State::Declined,
        (Word::Challenge, _) => State::Challenged,
    };
    let after = card.card.map_or(After::Nothing, |card| card.behavior.after);
    let news = match state {
        State::Taken => news_of_charge(after, operation.reference, *amount)?,
        _ => Vec::new(),
    };
    Ok(Outcome {
        verdict: Ok(cards::answer(&word, card, operation.reference)),
        state,
        amount: Some(*amount),
        card: Some((card.label().to_owned(), card.last4.clone())),
        parent: None,
        news,
        ending: None,
    })
}

/// Decides a payment by a method that is no card.
fn pay(call: &PayCall) -> Result<Outcome, BookError> {
    let plan = means::plan(call);
    let after = plan.card.behavior.after;
    let news = match plan.state {
        State::Taken => news_of_charge(after, call.reference, call.amount)?,
        _ => Vec::new(),
    };
    Ok(Outcome {
        verdict: Ok(plan.answer),
        state: plan.state,
        amount: Some(call.amount),
        card: Some((plan.card.label.to_owned(), String::new())),
        parent: None,
        news,
        ending: plan.ending,
    })
}

/// What the network will tell of a charge whose funds were taken.
pub(super) fn news_of_charge(
    after: After,
    authorization: Reference,
    amount: Money,
) -> Result<Vec<NoticeKind>, BookError> {
    use DisputeReason::{DebitNotAuthorized, Fraudulent, ProductNotReceived};
    use DisputeStage::{Chargeback, Inquiry};
    let disputed =
        |amount, reason, stage| NoticeKind::Disputed { authorization, amount, reason, stage };
    Ok(match after {
        After::Nothing | After::RefundPends | After::RefundFails => Vec::new(),
        After::DisputeFraudulent => vec![disputed(amount, Fraudulent, Chargeback)],
        After::DisputeNotReceived => vec![disputed(amount, ProductNotReceived, Chargeback)],
        After::DebitReturned => vec![disputed(amount, DebitNotAuthorized, Chargeback)],
        After::DisputeInquiry => vec![disputed(amount, Fraudulent, Inquiry)],
        After::DisputeTwice => {
            let halves =
                amount.allocate(&[1, 1]).map_err(|_| BookError::Corrupt { column: "amount" })?;
            let halves = halves.into_iter().filter(|half| !half.is_zero());
            halves.map(|half| disputed(half, Fraudulent, Chargeback)).collect()
        }
        After::FraudWarning => vec![NoticeKind::FraudWarning { authorization, amount }],
    })
}

/// Whether an amount is positive and within what there is.
fn within(amount: Money, there: Option<Money>, above: Refusal) -> Result<(), Refusal> {
    if amount.is_zero() {
        return Err(Refusal::ZeroAmount);
    }
    match there.ok_or(Refusal::WrongState)?.covers(amount) {
        Err(_) => Err(Refusal::CurrencyMismatch),
        Ok(false) => Err(above),
        Ok(true) => Ok(()),
    }
}

pub(super) fn card_of(parent: &Entry) -> Result<&'static TestCard, BookError> {
    let card = parent.card.as_deref().and_then(cards::by_label);
    card.ok_or(BookError::Corrupt { column: "card" })
}

fn kind(ask: &Ask) -> Kind {
    match ask {
        Ask::Authorize { .. } | Ask::Pay(_) => Kind::Authorize,
        Ask::Capture { .. } => Kind::Capture,
        Ask::Increment { .. } => Kind::Increment,
        Ask::Void { .. } => Kind::Void,
        Ask::Refund { .. } => Kind::Refund,
    }
}
