//! Payments whose funds come later: each ends once, whatever is heard of it and in whatever order.

use farthing_core::id::{ChargeId, IntentId};
use farthing_domain::charge::{Charge, ChargeState};
use farthing_domain::command::{Ask, Confirm, CreateIntent, MethodSource, PaymentNews};
use farthing_domain::intent::{CaptureMethod, IntentState, MethodChoice};
use farthing_domain::method_type::{MethodSet, MethodType, Unfit};
use farthing_domain::network::{Approval, Decline, Outcome};
use farthing_domain::refusal::Refusal;
use farthing_domain::reply::Reply;
use farthing_domain::view::Row;

use crate::world::{World, approved, cancel, card, confirm, create, refund, usd};

/// A payment of 20 dollars with a kind of method that the network has taken on.
fn taken_on(world: &mut World, wire: &str) -> (IntentId, ChargeId) {
    let kind = MethodType::parse(wire).unwrap();
    let Ask::CreateIntent(base) = create(usd(2_000), CaptureMethod::Automatic, None) else {
        unreachable!("it creates")
    };
    let mut method = card(9);
    method.kind = kind;
    let billing = &mut method.billing;
    (billing.name, billing.email) = (Some("Ann".to_owned()), Some("a@b.ch".to_owned()));
    let ask = CreateIntent {
        amount: farthing_core::money::Money::new(
            2_000,
            farthing_core::currency::Currency::parse(kind.currencies[0]).unwrap(),
        )
        .unwrap(),
        methods: MethodChoice::Listed(MethodSet::CARD.with(kind)),
        method: Some(MethodSource::New(Box::new(method))),
        confirm: Some(Confirm { mandate: true, ..Confirm::default() }),
        ..*base
    };
    let begun = world.submit(Ask::CreateIntent(Box::new(ask)));
    let approval = Approval { payment_pending: true, ..Approval::default() };
    world.submit(Ask::Settle(World::begun(&begun), Box::new(Outcome::Approved(approval))));
    let charge = charge(world);
    (charge.intent, charge.id)
}

fn charge(world: &World) -> Charge {
    let mut rows = world.rows.values();
    let charge = |row: &Row| if let Row::Charge(row) = row { Some(row.clone()) } else { None };
    rows.find_map(charge).unwrap()
}

fn transfers(world: &World) -> usize {
    world.rows.values().filter(|row| matches!(row, Row::Transfer(_))).count()
}

fn failed() -> PaymentNews {
    PaymentNews::Failed(Decline::with_code("insufficient_funds"))
}

#[test]
fn nothing_is_posted_before_the_funds_came() {
    let mut world = World::new();
    let (intent, id) = taken_on(&mut world, "us_bank_account");
    assert_eq!(world.intent(intent).state, IntentState::Processing);
    assert!(matches!(charge(&world).state, ChargeState::Pending { .. }));
    assert_eq!(transfers(&world), 0);
    world.submit(Ask::HearPayment(id, PaymentNews::Settled));
    assert_eq!(transfers(&world), 1);
    let received = usd(2_000);
    assert_eq!(world.intent(intent).state, IntentState::Succeeded { received });
}

#[test]
fn what_was_heard_once_is_final() {
    for (first, second) in [
        (PaymentNews::Settled, PaymentNews::Settled),
        (PaymentNews::Settled, failed()),
        (failed(), failed()),
        (failed(), PaymentNews::Settled),
    ] {
        let mut world = World::new();
        let (_, id) = taken_on(&mut world, "us_bank_account");
        world.submit(Ask::HearPayment(id, first.clone()));
        let after = world.rows.clone();
        let reply = world.submit(Ask::HearPayment(id, second.clone())).reply;
        assert!(matches!(reply, Reply::Done), "{first:?} {second:?}");
        assert_eq!(world.rows, after, "{first:?} {second:?}");
    }
}

#[test]
fn what_is_on_its_way_can_neither_be_paid_again_nor_canceled_nor_refunded() {
    let mut world = World::new();
    let (intent, _) = taken_on(&mut world, "us_bank_account");
    for ask in [confirm(intent, Some(1)), cancel(intent), refund(intent, None)] {
        let before = world.rows.clone();
        let reply = world.submit(ask.clone()).reply;
        assert!(matches!(reply, Reply::Refused(_)), "{ask:?}");
        assert_eq!(world.rows, before, "{ask:?}");
    }
}

#[test]
fn a_voucher_is_withdrawn_before_its_intent_is_given_up() {
    let mut world = World::new();
    let (intent, id) = taken_on(&mut world, "oxxo");
    assert!(matches!(world.intent(intent).state, IntentState::RequiresAction { .. }));
    let Reply::Refused(refusal) = world.submit(confirm(intent, Some(1))).reply else {
        panic!("paid twice")
    };
    assert!(matches!(*refusal, Refusal::MethodUnfit { why: Unfit::Outstanding, .. }));
    let begun = world.submit(cancel(intent));
    let attempt = World::begun(&begun);
    // It may have been paid in the same moment: the news waits for the answer.
    let Reply::Refused(refusal) = world.submit(Ask::HearPayment(id, PaymentNews::Settled)).reply
    else {
        panic!("heard in front of an answer")
    };
    assert!(refusal.is_transient());
    let mut paid = world.clone();
    world.submit(Ask::Settle(attempt, approved()));
    assert!(matches!(world.intent(intent).state, IntentState::Canceled { .. }));
    assert!(matches!(charge(&world).state, ChargeState::Failed { .. }));
    world.submit(Ask::HearPayment(id, PaymentNews::Settled));
    assert_eq!(transfers(&world), 0, "the network has promised not to");
    // Where the network refused to withdraw it, because it was paid, it is paid.
    paid.submit(Ask::Settle(attempt, Box::new(Outcome::Absent)));
    paid.submit(Ask::HearPayment(id, PaymentNews::Settled));
    assert!(matches!(paid.intent(intent).state, IntentState::Succeeded { .. }));
    assert_eq!(transfers(&paid), 1);
}

#[test]
fn who_failed_may_try_again_and_is_paid_once() {
    let mut world = World::new();
    let (intent, id) = taken_on(&mut world, "us_bank_account");
    world.submit(Ask::HearPayment(id, failed()));
    let begun = world.submit(confirm(intent, Some(2)));
    world.submit(Ask::Settle(World::begun(&begun), approved()));
    assert!(matches!(world.intent(intent).state, IntentState::Succeeded { .. }));
    world.submit(Ask::HearPayment(id, PaymentNews::Settled));
    assert_eq!(transfers(&world), 1, "late money of the first try is not taken");
}
