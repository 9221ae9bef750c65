//! The feed of notices: scheduled, published in order with numbers that only grow, read by cursor.
//!
//! A notice gets its number when it is published, not when it is scheduled: otherwise a reader's
//! cursor could pass one that becomes due later.

use farthing_core::money::Money;
use farthing_core::time::TimestampMs;
use rusqlite::named_params;

use crate::call::Reference;
use crate::limits::NOTICES_MAX;
use crate::notice::{
    DisputeName, DisputeReason, DisputeStage, Notice, NoticeKind, PaymentFailure, PayoutFailure,
    RefundFailure,
};
use crate::simulator::book::rows::{self, State};
use crate::simulator::book::rules::{card_of, news_of_charge};
use crate::simulator::book::{Book, BookError};

/// A notice as a row keeps it.
pub(crate) struct Line {
    pub(crate) kind: String,
    pub(crate) subject: Vec<u8>,
    pub(crate) amount: i64,
    pub(crate) currency: String,
}

impl Book {
    /// Plans a notice, or publishes it at once if the network does not wait with its news.
    pub(super) fn schedule(&self, kind: NoticeKind, now: TimestampMs) -> Result<(), BookError> {
        self.schedule_after(kind, (now, self.notice_after_ms))
    }

    /// The same, after a time of its own.
    pub(super) fn schedule_after(
        &self,
        kind: NoticeKind,
        (now, after_ms): (TimestampMs, i64),
    ) -> Result<(), BookError> {
        if after_ms <= 0 {
            return self.publish(&kind, now);
        }
        self.schedule_at(kind, now.plus_ms(after_ms))
    }

    /// Plans a notice for a moment.
    pub(super) fn schedule_at(&self, kind: NoticeKind, at: TimestampMs) -> Result<(), BookError> {
        let sql = "insert into due (due_ms, kind, subject, amount, currency)
             values (:at_ms, :kind, :subject, :amount, :currency)";
        self.write(sql, (&kind, at))
    }

    fn write(&self, sql: &str, (kind, at): (&NoticeKind, TimestampMs)) -> Result<(), BookError> {
        let line = write_line(kind);
        self.connection.prepare_cached(sql)?.execute(named_params! {
            ":at_ms": at.ms(),
            ":kind": line.kind,
            ":subject": line.subject,
            ":amount": line.amount,
            ":currency": line.currency,
        })?;
        Ok(())
    }

    /// Sets the clock of a scope's references. It only goes forward.
    pub(super) fn set_clock(&self, scope: [u8; 4], offset_ms: i64) -> Result<(), BookError> {
        self.connection
            .prepare_cached(
                "insert into clock (scope, offset_ms) values (?1, ?2)
                 on conflict (scope) do update set offset_ms = max(offset_ms, excluded.offset_ms)",
            )?
            .execute((scope, offset_ms))?;
        Ok(())
    }

    /// A moment by the clock of a reference's scope.
    pub(super) fn on_its_clock(
        &self,
        reference: Reference,
        now: TimestampMs,
    ) -> Result<TimestampMs, BookError> {
        let [a, b, c, d, ..] = reference.0;
        let mut statement =
            self.connection.prepare_cached("select offset_ms from clock where scope = ?1")?;
        let mut rows = statement.query([[a, b, c, d]])?;
        let offset_ms = match rows.next()? {
            Some(row) => row.get(0)?,
            None => 0,
        };
        Ok(now.plus_ms(offset_ms))
    }

    /// Drops what was planned about a movement that is taken back.
    pub(super) fn unschedule(&self, subject: Reference) -> Result<(), BookError> {
        self.connection
            .prepare_cached("delete from due where subject = ?1")?
            .execute([subject.0])?;
        Ok(())
    }

    /// Whether anything was published about a movement.
    pub(super) fn announced(&self, subject: Reference) -> Result<bool, BookError> {
        let mut statement =
            self.connection.prepare_cached("select 1 from notice where subject = ?1")?;
        Ok(statement.exists([subject.0])?)
    }

    /// Publishes what is due, in the order in which it became so; at most a page at a time.
    pub(super) fn publish_due(&self, now: TimestampMs) -> Result<(), BookError> {
        let mut statement = self.connection.prepare_cached(
            "select seq, due_ms, kind, subject, amount, currency from due
             where due_ms <= ?1
                or (exists (select 1 from clock)
                    and due_ms <= ?1 + coalesce((select offset_ms from clock
                                                 where scope = substr(subject, 1, 4)), 0))
             order by due_ms, seq limit ?2",
        )?;
        let page = i64::try_from(NOTICES_MAX).unwrap_or(i64::MAX);
        let mut rows = statement.query([now.ms(), page])?;
        let mut due = Vec::new();
        while let Some(row) = rows.next()? {
            let line = Line {
                kind: row.get(2)?,
                subject: row.get(3)?,
                amount: row.get(4)?,
                currency: row.get(5)?,
            };
            due.push((row.get::<_, i64>(0)?, TimestampMs::from_ms(row.get(1)?), read_line(&line)?));
        }
        drop(rows);
        for (seq, at, kind) in due {
            self.connection.prepare_cached("delete from due where seq = ?1")?.execute([seq])?;
            self.publish(&kind, at)?;
        }
        Ok(())
    }

    /// Reads the feed.
    pub(super) fn notices(&self, after: u64, limit: usize) -> Result<Vec<Notice>, BookError> {
        let limit = i64::try_from(limit.min(NOTICES_MAX)).unwrap_or(0);
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        let mut statement = self.connection.prepare_cached(
            "select id, at_ms, kind, subject, amount, currency from notice
             where id > ?1 order by id limit ?2",
        )?;
        let mut rows = statement.query([after, limit])?;
        let mut notices = Vec::new();
        while let Some(row) = rows.next()? {
            let line = Line {
                kind: row.get(2)?,
                subject: row.get(3)?,
                amount: row.get(4)?,
                currency: row.get(5)?,
            };
            let at = TimestampMs::from_ms(row.get(1)?);
            let id = rows::count(row.get(0)?, "id")?;
            notices.push(Notice { id, at, kind: read_line(&line)? });
        }
        Ok(notices)
    }

    /// Publishes a notice and makes true what it says.
    fn publish(&self, kind: &NoticeKind, at: TimestampMs) -> Result<(), BookError> {
        let mut kind = *kind;
        if let NoticeKind::Disputed { authorization, amount, .. } = &mut kind {
            // Funds that went back in the meantime are not disputed.
            let Some(left) = self.disputable(*authorization, *amount)? else { return Ok(()) };
            *amount = left;
        }
        let kind = &kind;
        match kind {
            NoticeKind::RefundSucceeded { refund, .. } => self.finish(*refund, State::Done)?,
            NoticeKind::RefundFailed { refund, .. } => self.finish(*refund, State::Failed)?,
            NoticeKind::PaymentSettled { payment, .. } => self.settle(*payment, (true, at))?,
            NoticeKind::PaymentFailed { payment, .. } => self.settle(*payment, (false, at))?,
            NoticeKind::PayoutPaid { payout, .. } => self.end_payout(*payout, "paid")?,
            NoticeKind::PayoutFailed { payout, .. } => self.end_payout(*payout, "failed")?,
            NoticeKind::Disputed { .. }
            | NoticeKind::DisputeEscalated(_)
            | NoticeKind::DisputeClosed { .. }
            | NoticeKind::FraudWarning { .. } => {}
        }
        let sql = "insert into notice (at_ms, kind, subject, amount, currency)
             values (:at_ms, :kind, :subject, :amount, :currency)";
        self.write(sql, (kind, at))?;
        self.effect(kind, (self.connection.last_insert_rowid(), at))
    }

    /// Ends a payment that was on its way. One whose funds came makes the news of any charge.
    fn settle(&self, payment: Reference, (came, at): (bool, TimestampMs)) -> Result<(), BookError> {
        let entry = self.find(payment)?.ok_or(BookError::Corrupt { column: "subject" })?;
        if !came {
            return rows::Entry { state: State::Failed, ..entry }.update(&self.connection);
        }
        let amount = entry.amount.ok_or(BookError::Corrupt { column: "amount" })?;
        let after = card_of(&entry)?.behavior.after;
        rows::Entry { state: State::Taken, captured: amount.minor(), ..entry }
            .update(&self.connection)?;
        for news in news_of_charge(after, payment, amount)? {
            // Never in front of the news that the funds came.
            self.schedule_after(news, (at, self.notice_after_ms.max(1)))?;
        }
        Ok(())
    }

    /// Ends a refund. One that came back makes its amount refundable again.
    fn finish(&self, refund: Reference, state: State) -> Result<(), BookError> {
        let entry = self.find(refund)?.ok_or(BookError::Corrupt { column: "subject" })?;
        if state == State::Failed {
            let mut parent = self.parent(&entry)?;
            parent.refunded -= entry.minor();
            parent.update(&self.connection)?;
        }
        rows::Entry { state, ..entry }.update(&self.connection)
    }
}

const DISPUTES: [(&str, DisputeReason, DisputeStage); 6] = [
    ("chargeback_fraudulent", DisputeReason::Fraudulent, DisputeStage::Chargeback),
    ("chargeback_not_received", DisputeReason::ProductNotReceived, DisputeStage::Chargeback),
    ("inquiry_fraudulent", DisputeReason::Fraudulent, DisputeStage::Inquiry),
    ("inquiry_not_received", DisputeReason::ProductNotReceived, DisputeStage::Inquiry),
    ("chargeback_not_authorized", DisputeReason::DebitNotAuthorized, DisputeStage::Chargeback),
    ("inquiry_not_authorized", DisputeReason::DebitNotAuthorized, DisputeStage::Inquiry),
];

const PAYMENT_FAILURES: &str = "payment_failed_";

const FAILURES: [(&str, RefundFailure); 3] = [
    ("refund_failed_unknown", RefundFailure::Unknown),
    ("refund_failed_lost_or_stolen", RefundFailure::LostOrStolenCard),
    ("refund_failed_expired_or_canceled", RefundFailure::ExpiredOrCanceledCard),
];

const PAYOUT_FAILURES: [(&str, PayoutFailure); 5] = [
    ("payout_failed_no_account", PayoutFailure::NoAccount),
    ("payout_failed_account_closed", PayoutFailure::AccountClosed),
    ("payout_failed_insufficient_funds", PayoutFailure::InsufficientFunds),
    ("payout_failed_debit_not_authorized", PayoutFailure::DebitNotAuthorized),
    ("payout_failed_invalid_currency", PayoutFailure::InvalidCurrency),
];

/// Writes a notice as a row keeps it.
pub(crate) fn write_line(kind: &NoticeKind) -> Line {
    let (word, subject, amount) = match kind {
        NoticeKind::RefundSucceeded { refund, amount } => ("refund_succeeded", refund, amount),
        NoticeKind::RefundFailed { refund, amount, reason } => {
            let named = FAILURES.iter().find(|(_, failure)| failure == reason);
            (named.expect("every failure has a word").0, refund, amount)
        }
        NoticeKind::PaymentSettled { payment, amount } => ("payment_settled", payment, amount),
        NoticeKind::PaymentFailed { payment, amount, reason } => {
            return Line {
                kind: format!("{PAYMENT_FAILURES}{}", reason.wire()),
                subject: payment.0.to_vec(),
                amount: amount.minor(),
                currency: amount.currency().code().to_owned(),
            };
        }
        NoticeKind::PayoutPaid { payout, amount } => ("payout_paid", payout, amount),
        NoticeKind::PayoutFailed { payout, amount, reason } => {
            let named = PAYOUT_FAILURES.iter().find(|(_, failure)| failure == reason);
            (named.expect("every failure has a word").0, payout, amount)
        }
        NoticeKind::Disputed { authorization, amount, reason, stage } => {
            let named = DISPUTES.iter().find(|(_, why, how)| (why, how) == (reason, stage));
            (named.expect("every dispute has a word").0, authorization, amount)
        }
        NoticeKind::DisputeEscalated(dispute) => return write_later("dispute_escalated", dispute),
        NoticeKind::DisputeClosed { dispute, won } => {
            return write_later(if *won { "dispute_won" } else { "dispute_lost" }, dispute);
        }
        NoticeKind::FraudWarning { authorization, amount } => {
            ("fraud_warning", authorization, amount)
        }
    };
    Line {
        kind: word.to_owned(),
        subject: subject.0.to_vec(),
        amount: amount.minor(),
        currency: amount.currency().code().to_owned(),
    }
}

/// Later news of a dispute: its number and day follow the reference.
fn write_later(word: &str, dispute: &DisputeName) -> Line {
    let mut subject = dispute.authorization.0.to_vec();
    subject.extend_from_slice(&dispute.number.to_be_bytes());
    subject.extend_from_slice(&dispute.opened.ms().to_be_bytes());
    let (amount, currency) = (dispute.amount.minor(), dispute.amount.currency());
    Line { kind: word.to_owned(), subject, amount, currency: currency.code().to_owned() }
}

fn read_later(line: &Line, amount: Money) -> Option<DisputeName> {
    let (authorization, rest) = line.subject.split_first_chunk::<16>()?;
    let (number, opened) = rest.split_first_chunk::<8>()?;
    Some(DisputeName {
        number: u64::from_be_bytes(*number),
        opened: TimestampMs::from_ms(i64::from_be_bytes(opened.try_into().ok()?)),
        authorization: Reference(*authorization),
        amount,
    })
}

/// Reads what [`write_line`] wrote.
pub(crate) fn read_line(line: &Line) -> Result<NoticeKind, BookError> {
    let corrupt = BookError::Corrupt { column: "subject" };
    let amount = rows::money(line.amount, rows::currency(&line.currency)?)?;
    let word = line.kind.as_str();
    if let "dispute_escalated" | "dispute_won" | "dispute_lost" = word {
        let dispute = read_later(line, amount).ok_or(corrupt)?;
        return Ok(match word {
            "dispute_escalated" => NoticeKind::DisputeEscalated(dispute),
            _ => NoticeKind::DisputeClosed { dispute, won: word == "dispute_won" },
        });
    }
    let Ok(subject) = <[u8; 16]>::try_from(line.subject.as_slice()) else { return Err(corrupt) };
    let subject = Reference(subject);
    if word == "refund_succeeded" {
        return Ok(NoticeKind::RefundSucceeded { refund: subject, amount });
    }
    if word == "payment_settled" {
        return Ok(NoticeKind::PaymentSettled { payment: subject, amount });
    }
    if let Some(word) = word.strip_prefix(PAYMENT_FAILURES) {
        let reason = rows::named(PaymentFailure::ALL, PaymentFailure::wire, word, "kind")?;
        return Ok(NoticeKind::PaymentFailed { payment: subject, amount, reason });
    }
    if word == "payout_paid" {
        return Ok(NoticeKind::PayoutPaid { payout: subject, amount });
    }
    if let Some((_, reason)) = PAYOUT_FAILURES.into_iter().find(|(name, _)| *name == word) {
        return Ok(NoticeKind::PayoutFailed { payout: subject, amount, reason });
    }
    if word == "fraud_warning" {
        return Ok(NoticeKind::FraudWarning { authorization: subject, amount });
    }
    if let Some((_, reason)) = FAILURES.into_iter().find(|(name, _)| *name == word) {
        return Ok(NoticeKind::RefundFailed { refund: subject, amount, reason });
    }
    if let Some((_, reason, stage)) = DISPUTES.into_iter().find(|(name, ..)| *name == word) {
        return Ok(NoticeKind::Disputed { authorization: subject, amount, reason, stage });
    }
    Err(BookError::Corrupt { column: "kind" })
}
