//! Disputes: what was taken back, what the merchant says to it, and how it ends.
//!
//! The issuer of the simulated network reads evidence for its magic words and nothing else; what says
//! neither stays with it, as the issuer of a real one takes months.

use std::sync::atomic::Ordering;

use farthing_core::money::Money;
use farthing_core::time::TimestampMs;
use rusqlite::{OptionalExtension as _, Row, named_params};

use crate::answer::Refusal;
use crate::call::{AnswerCall, DisputeAnswer, Reference};
use crate::notice::{DisputeName, DisputeStage, NoticeKind};
use crate::simulator::book::rows;
use crate::simulator::book::{Book, BookError};

/// Evidence that wins.
const WINNING: &str = "winning_evidence";
/// Evidence that loses.
const LOSING: &str = "losing_evidence";
/// Evidence to which the issuer answers with a chargeback.
const ESCALATING: &str = "escalate_inquiry_evidence";

/// A dispute as its row keeps it.
struct Dispute {
    name: DisputeName,
    stage: DisputeStage,
    open: bool,
}

impl Book {
    /// How much of what is asked can still be disputed, with what was given back or taken back
    /// already left out; nothing where no funds are left.
    pub(super) fn disputable(
        &self,
        authorization: Reference,
        asked: Money,
    ) -> Result<Option<Money>, BookError> {
        let entry = self.find(authorization)?.ok_or(BookError::Corrupt { column: "subject" })?;
        let left = entry.captured - entry.refunded - self.taken_back(authorization)?;
        let minor = asked.minor().min(left);
        if minor <= 0 { Ok(None) } else { rows::money(minor, asked.currency()).map(Some) }
    }

    /// What chargebacks took back of a charge and did not return, in minor units.
    pub(super) fn taken_back(&self, authorization: Reference) -> Result<i64, BookError> {
        let mut statement = self.connection.prepare_cached(
            "select coalesce(sum(amount), 0) from dispute
             where authorization = ?1 and stage = 'chargeback' and state <> 'won'",
        )?;
        Ok(statement.query_row([authorization.0], |row| row.get(0))?)
    }

    /// Makes true what a notice says of a dispute, once it has its number.
    pub(super) fn effect(
        &self,
        kind: &NoticeKind,
        (number, at): (i64, TimestampMs),
    ) -> Result<(), BookError> {
        match kind {
            NoticeKind::Disputed { authorization, amount, stage, .. } => {
                self.connection
                    .prepare_cached(
                        "insert into dispute
                           (number, opened_ms, authorization, amount, currency, stage, state)
                         values (:number, :at, :authorization, :amount, :currency, :stage, 'open')",
                    )?
                    .execute(named_params! {
                        ":number": number,
                        ":at": at.ms(),
                        ":authorization": authorization.0,
                        ":amount": amount.minor(),
                        ":currency": amount.currency().code(),
                        ":stage": stage_name(*stage),
                    })?;
            }
            NoticeKind::DisputeEscalated(dispute) => {
                let sql = "update dispute set stage = 'chargeback' where number = ?1";
                self.connection.prepare_cached(sql)?.execute([own_number(dispute)])?;
            }
            NoticeKind::DisputeClosed { dispute, won } => {
                let sql = "update dispute set state = ?2 where number = ?1";
                let state = if *won { "won" } else { "lost" };
                self.connection.prepare_cached(sql)?.execute((own_number(dispute), state))?;
            }
            NoticeKind::RefundSucceeded { .. }
            | NoticeKind::RefundFailed { .. }
            | NoticeKind::PaymentSettled { .. }
            | NoticeKind::PaymentFailed { .. }
            | NoticeKind::PayoutPaid { .. }
            | NoticeKind::PayoutFailed { .. }
            | NoticeKind::FraudWarning { .. } => {}
        }
        self.newest.fetch_max(rows::count(number, "id")?, Ordering::Relaxed);
        Ok(())
    }

    /// Takes what a merchant says. To a dispute that is over nothing more is said.
    pub(super) fn answer(
        &self,
        call: &AnswerCall,
        now: TimestampMs,
    ) -> Result<Result<(), Refusal>, BookError> {
        let number = i64::try_from(call.dispute).unwrap_or(i64::MAX);
        let Some(dispute) = self.dispute(number)? else {
            return Ok(Err(Refusal::UnknownReference));
        };
        if let Some(news) = self.reaction(&dispute, &call.answer)?
            && dispute.open
        {
            let now = self.on_its_clock(dispute.name.authorization, now)?;
            self.schedule(news, now)?;
        }
        Ok(Ok(()))
    }

    /// What the issuer does about an answer.
    fn reaction(
        &self,
        dispute: &Dispute,
        answer: &DisputeAnswer,
    ) -> Result<Option<NoticeKind>, BookError> {
        let name = dispute.name;
        let closed = |won| Some(NoticeKind::DisputeClosed { dispute: name, won });
        Ok(match (answer, dispute.stage) {
            (DisputeAnswer::Accept, _) => closed(false),
            (DisputeAnswer::Contest { text }, _) if text.contains(WINNING) => closed(true),
            (DisputeAnswer::Contest { text }, _) if text.contains(LOSING) => closed(false),
            (DisputeAnswer::Contest { text }, DisputeStage::Inquiry)
                if text.contains(ESCALATING) =>
            {
                // What was given back in the meantime cannot be taken back as well.
                let whole = self.disputable(name.authorization, name.amount)? == Some(name.amount);
                if whole { Some(NoticeKind::DisputeEscalated(name)) } else { closed(false) }
            }
            (DisputeAnswer::Contest { .. }, _) => None,
        })
    }

    fn dispute(&self, number: i64) -> Result<Option<Dispute>, BookError> {
        let mut statement = self.connection.prepare_cached(
            "select number, opened_ms, authorization, amount, currency, stage, state
             from dispute where number = ?1",
        )?;
        statement.query_row([number], |row| Ok(read(row))).optional()?.transpose()
    }
}

fn read(row: &Row<'_>) -> Result<Dispute, BookError> {
    let name = DisputeName {
        number: rows::count(row.get(0)?, "number")?,
        opened: TimestampMs::from_ms(row.get(1)?),
        authorization: Reference(row.get(2)?),
        amount: rows::money(row.get(3)?, rows::currency(&row.get::<_, String>(4)?)?)?,
    };
    let stage = if row.get::<_, String>(5)? == stage_name(DisputeStage::Inquiry) {
        DisputeStage::Inquiry
    } else {
        DisputeStage::Chargeback
    };
    Ok(Dispute { name, stage, open: row.get::<_, String>(6)? == "open" })
}

fn stage_name(stage: DisputeStage) -> &'static str {
    match stage {
        DisputeStage::Inquiry => "inquiry",
        DisputeStage::Chargeback => "chargeback",
    }
}

fn own_number(dispute: &DisputeName) -> i64 {
    i64::try_from(dispute.number).unwrap_or(i64::MAX)
}
