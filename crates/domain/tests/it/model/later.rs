//! Payments whose funds come later, or not: debits and vouchers, beside a card for a second try.

use farthing_core::currency::Currency;
use farthing_core::money::Money;
use farthing_domain::command::{
    Ask, Confirm, CreateIntent, DisputeNews, MethodSource, PaymentNews, RefundNews,
};
use farthing_domain::dispute::DisputeStage;
use farthing_domain::intent::{CaptureMethod, MethodChoice};
use farthing_domain::method_type::{MethodSet, MethodType};
use farthing_domain::network::{Approval, Decline, Outcome};
use farthing_domain::refund::FailureReason;

use super::NOW;
use super::alphabet::{
    From, Letter, attempts, authorizing, charges, dispute, disputes, fresh, intents, left, letters,
    refunds, time_passes, timers,
};
use crate::world::{approved, cancel, card, confirm, create, declined, refund, usd};

letters! {
    LATER;
    Merchant "create and confirm a debit" |s| fresh(s, later("us_bank_account"));
    Merchant "create and confirm a voucher" |s| fresh(s, later("oxxo"));
    Merchant "confirm with a card" |s| intents(s, |it| Some(confirm(it.id, Some(1))));
    Merchant "cancel" |s| intents(s, |it| Some(cancel(it.id)));
    Merchant "refund" |s| intents(s, |it| Some(refund(it.id, None)));
    Answer "taken on" |s| authorizing(s, |it| Some(Ask::Settle(it.id, taken_on())));
    Answer "approved" |s| attempts(s, |it| Some(Ask::Settle(it.id, approved())));
    Answer "declined" |s| attempts(s, |it| Some(Ask::Settle(it.id, declined())));
    Answer "never happened" |s| attempts(s, |it| Some(Ask::Settle(it.id, Box::new(Outcome::Absent))));
    Answer "no answer" |s| attempts(s, |it| Some(Ask::Postpone(farthing_domain::command::Postpone { attempt: it.id, lookup_at: NOW })));
    World "funds came" |s| charges(s, |it| Some(Ask::HearPayment(it.id, PaymentNews::Settled)));
    World "funds did not come" |s| charges(s, |it| Some(Ask::HearPayment(it.id, failed())));
    World "refund done" |s| refunds(s, |it| Some(Ask::HearRefund(it.id, RefundNews::Succeeded)));
    World "refund came back" |s| refunds(s, |it| Some(Ask::HearRefund(it.id, RefundNews::Failed(FailureReason::Unknown))));
    World "charged back" |s| charges(s, |it| dispute(s, it, (DisputeStage::Chargeback, left(it))));
    World "won" |s| disputes(s, |it| Some(Ask::HearDispute(it.id, DisputeNews::Won)));
    World "weeks pass" time_passes;
    World "timer" timers;
}

/// A payment of 20.00 by a kind of method, in a currency of it.
fn later(wire: &str) -> Ask {
    let kind = MethodType::parse(wire).unwrap();
    let Ask::CreateIntent(base) = create(usd(2_000), CaptureMethod::Automatic, None) else {
        unreachable!("it creates")
    };
    let mut method = card(9);
    method.kind = kind;
    let billing = &mut method.billing;
    (billing.name, billing.email) = (Some("Ann".to_owned()), Some("a@b.ch".to_owned()));
    let currency = Currency::parse(kind.currencies[0]).unwrap();
    Ask::CreateIntent(Box::new(CreateIntent {
        amount: Money::new(2_000, currency).unwrap(),
        methods: MethodChoice::Listed(MethodSet::CARD.with(kind)),
        method: Some(MethodSource::New(Box::new(method))),
        confirm: Some(Confirm { mandate: true, ..Confirm::default() }),
        ..*base
    }))
}

#[expect(clippy::unnecessary_box_returns, reason = "as a settle carries it")]
fn taken_on() -> Box<Outcome> {
    Box::new(Outcome::Approved(Approval { payment_pending: true, ..Approval::default() }))
}

fn failed() -> PaymentNews {
    PaymentNews::Failed(Decline::with_code("insufficient_funds"))
}
