//! Every state of an intent against every action, one line per rule.

use farthing_core::id::IntentId;
use farthing_domain::charge::Rest;
use farthing_domain::command::{
    AnswerChallenge, Ask, Extras, MetadataPatch, Patch, Postpone, UpdateIntent,
};
use farthing_domain::intent::{CaptureMethod, IntentState};
use farthing_domain::network::Outcome;
use farthing_domain::object::ObjectRef;
use farthing_domain::reply::Reply;
use farthing_domain::view::Row;

use crate::world::{
    World, approved, cancel, capture, capture_leaving, confirm, create, declined, increment,
    refund, usd,
};

/// `state  action  => what is answered, and the state afterwards`; begun means that the network is
/// asked and the intent is in flight.
const TABLE: &str = "
created      confirm      => refused method_missing         requires_payment_method
created      confirm_card => begun                          requires_confirmation
created      capture      => refused intent_state           requires_payment_method
created      cancel       => canceled                       canceled
created      refund       => refused refund_without_charge  requires_payment_method
created      challenge    => refused intent_state           requires_payment_method
created      amount       => requires_payment_method        requires_payment_method
in_flight    confirm      => refused locked                 requires_confirmation
in_flight    confirm_card => refused locked                 requires_confirmation
in_flight    capture      => refused locked                 requires_confirmation
in_flight    cancel       => refused locked                 requires_confirmation
in_flight    refund       => refused locked                 requires_confirmation
in_flight    challenge    => refused locked                 requires_confirmation
in_flight    amount       => refused locked                 requires_confirmation
unknown      confirm      => refused locked                 processing
unknown      cancel       => refused locked                 processing
unknown      refund       => refused locked                 processing
declined     confirm      => refused method_missing         requires_payment_method
declined     confirm_card => begun                          requires_confirmation
declined     refund       => refused refund_without_charge  requires_payment_method
declined     cancel       => canceled                       canceled
challenged   confirm      => begun                          requires_confirmation
challenged   capture      => refused intent_state           requires_action
challenged   cancel       => canceled                       canceled
challenged   amount       => requires_confirmation          requires_confirmation
challenged   challenge    => begun                          requires_confirmation
challenged   fail         => requires_payment_method        requires_payment_method
challenged   stale        => refused challenge_replaced     requires_action
challenged   stale_fail   => refused challenge_replaced     requires_action
held         confirm      => refused intent_state           requires_capture
held         confirm_card => refused intent_state           requires_capture
held         capture      => begun                          requires_capture
held         capture_more => refused capture_above_hold     requires_capture
held         capture_part => begun                          requires_capture
held         capture_zero => refused capture_nothing        requires_capture
held         increment    => begun                          requires_capture
held         not_above    => refused increment_not_above    requires_capture
held         too_much     => refused amount                 requires_capture
held         cancel       => begun                          requires_capture
created      increment    => refused intent_state           requires_payment_method
in_flight    increment    => refused locked                 requires_confirmation
paid         increment    => refused intent_state           succeeded
canceled     increment    => refused intent_state           canceled
raised       capture_more => begun                          requires_capture
raised       not_above    => refused increment_not_above    requires_capture
unraised     capture      => begun                          requires_capture
unraised     capture_more => refused capture_above_hold     requires_capture
unraised     increment    => begun                          requires_capture
part         capture      => begun                          requires_capture
part         capture_part => begun                          requires_capture
part         capture_zero => begun                          requires_capture
part         capture_1501 => refused capture_above_hold     requires_capture
part         confirm_card => refused intent_state           requires_capture
part         increment    => refused increment_captured     requires_capture
part         cancel       => begun                          requires_capture
part         refund       => begun                          requires_capture
part         refund_501   => refused refund_above_left      requires_capture
part_rest    refund_501   => begun                          succeeded
part_rest    refund_more  => refused refund_above_left      succeeded
part_rest    capture      => refused intent_state           succeeded
part_canceled refund      => begun                          succeeded
part_canceled refund_501  => refused refund_above_left      succeeded
part_canceled cancel      => refused intent_state           succeeded
held         refund       => refused refund_uncaptured      requires_capture
held         amount       => refused intent_state           requires_capture
paid         confirm      => refused intent_state           succeeded
paid         capture      => refused intent_state           succeeded
paid         cancel       => refused intent_state           succeeded
paid         refund       => begun                          succeeded
paid         refund_more  => refused refund_above_left      succeeded
paid         amount       => refused intent_state           succeeded
refunding    refund       => refused locked                 succeeded
refund_unknown refund     => refused already_refunded       succeeded
refunded     refund       => refused already_refunded       succeeded
refund_failed refund      => begun                          succeeded
canceled     confirm_card => refused intent_state           canceled
canceled     capture      => refused intent_state           canceled
canceled     cancel       => refused intent_state           canceled
canceled     refund       => refused refund_without_charge  canceled
released     refund       => refused refund_without_charge  canceled
released     capture      => refused intent_state           canceled
";

#[test]
fn every_state_against_every_action() {
    for line in TABLE.lines().filter(|line| !line.is_empty()) {
        let (given, then) = line.split_once("=>").unwrap();
        let (state, action) = given.trim().split_once(' ').unwrap();
        let (mut world, id) = reach(state);
        let answer = name(&world.submit(act(action.trim(), id)).reply, &world, id);
        let after = world.intent(id).state.wire();
        let told = format!("{answer} {after}");
        let then: Vec<&str> = then.split_whitespace().collect();
        assert_eq!(told, then.join(" "), "in the line: {line}");
    }
}

/// A world in which one intent of 20.00 USD is in the state.
fn reach(state: &str) -> (World, IntentId) {
    let mut world = World::new();
    let held = ["held", "released", "raised", "unraised", "part", "part_rest", "part_canceled"];
    let manual = held.contains(&state);
    let how = if manual { CaptureMethod::Manual } else { CaptureMethod::AutomaticAsync };
    let card = !matches!(state, "created" | "canceled");
    let submitted = world.submit(create(usd(2000), how, card.then_some(1)));
    let id = world.rows.values().find_map(|row| match row {
        Row::Intent(intent) => Some(intent.id),
        _ => None,
    });
    let id = id.unwrap();
    let settle = |world: &mut World, submitted, outcome| {
        world.submit(Ask::Settle(World::begun(submitted), outcome))
    };
    match state {
        "created" | "in_flight" => {}
        "canceled" => drop(world.submit(cancel(id))),
        "unknown" => {
            let attempt = World::begun(&submitted);
            let lookup_at = world.now();
            world.submit(Ask::Postpone(Postpone { attempt, lookup_at }));
        }
        "declined" => drop(settle(&mut world, &submitted, declined())),
        "challenged" => {
            settle(&mut world, &submitted, Box::new(Outcome::ActionRequired));
        }
        "held" | "paid" => drop(settle(&mut world, &submitted, approved())),
        "raised" | "unraised" => {
            settle(&mut world, &submitted, approved());
            let submitted = world.submit(increment(id, 2500));
            let outcome = if state == "raised" { approved() } else { declined() };
            settle(&mut world, &submitted, outcome);
        }
        "part" | "part_rest" | "part_canceled" => {
            settle(&mut world, &submitted, approved());
            let submitted = world.submit(capture_leaving(id, Some(500), Rest::Held));
            settle(&mut world, &submitted, approved());
            match state {
                "part_rest" => {
                    let submitted = world.submit(capture(id, None));
                    settle(&mut world, &submitted, approved());
                }
                "part_canceled" => {
                    let submitted = world.submit(cancel(id));
                    settle(&mut world, &submitted, approved());
                }
                _ => {}
            }
        }
        "released" => {
            settle(&mut world, &submitted, approved());
            let submitted = world.submit(cancel(id));
            settle(&mut world, &submitted, approved());
        }
        "refunding" | "refund_unknown" | "refund_failed" | "refunded" => {
            settle(&mut world, &submitted, approved());
            let submitted = world.submit(refund(id, None));
            let (attempt, lookup_at) = (World::begun(&submitted), world.now());
            if matches!(state, "refund_unknown" | "refund_failed") {
                world.submit(Ask::Postpone(Postpone { attempt, lookup_at }));
            }
            match state {
                "refunded" => drop(settle(&mut world, &submitted, approved())),
                "refund_failed" => drop(settle(&mut world, &submitted, Box::new(Outcome::Absent))),
                _ => {}
            }
        }
        other => panic!("unknown state {other}"),
    }
    (world, id)
}

fn act(action: &str, id: IntentId) -> Ask {
    match action {
        "confirm" => confirm(id, None),
        "confirm_card" => confirm(id, Some(2)),
        "capture" => capture(id, None),
        "capture_more" => capture(id, Some(2001)),
        "capture_part" => capture_leaving(id, Some(300), Rest::Held),
        "capture_zero" => capture(id, Some(0)),
        "capture_1501" => capture(id, Some(1501)),
        "increment" => increment(id, 2600),
        "not_above" => increment(id, 2000),
        "too_much" => increment(id, 1_000_000_000_000),
        "cancel" => cancel(id),
        "refund" => refund(id, None),
        "refund_501" => refund(id, Some(501)),
        "refund_more" => refund(id, Some(2001)),
        "challenge" => answer((id, 1), true),
        "fail" => answer((id, 1), false),
        "stale" => answer((id, 0), true),
        "stale_fail" => answer((id, 0), false),
        "amount" => Ask::UpdateIntent(Box::new(UpdateIntent {
            id,
            types: None,
            amount_minor: Some(3000),
            currency: None,
            customer: None,
            method: None,
            capture: None,
            requests: None,
            description: Patch::default(),
            metadata: MetadataPatch::default(),
            receipt_email: Patch::default(),
            shipping: Patch::default(),
            setup_future_usage: Patch::default(),
            statement_descriptor_suffix: Patch::default(),
            transfer_group: Patch::default(),
            extras: Extras::default(),
        })),
        other => panic!("unknown action {other}"),
    }
}

fn answer((id, confirmation): (IntentId, u32), passed: bool) -> Ask {
    Ask::AnswerChallenge(AnswerChallenge { id, confirmation, passed })
}

/// What the holder agreed to is what was shown: after a change, and the confirmation that follows it,
/// only the new question can be answered.
#[test]
fn an_answer_is_to_the_challenge_that_was_shown() {
    for change in [Some("amount"), None] {
        let (mut world, id) = reach("challenged");
        if let Some(change) = change {
            world.submit(act(change, id));
        }
        let confirmed = world.submit(act("confirm_card", id));
        let asked = Box::new(Outcome::ActionRequired);
        world.submit(Ask::Settle(World::begun(&confirmed), asked));
        for passed in [true, false] {
            let late = world.submit(answer((id, 1), passed));
            let told = name(&late.reply, &world, id);
            assert_eq!(told, "refused challenge_replaced", "{change:?} {passed}");
            assert_eq!(world.intent(id).state.wire(), "requires_action");
        }
        let told = world.submit(answer((id, 2), true));
        assert_eq!(name(&told.reply, &world, id), "begun", "{change:?}");
    }
}

fn name(reply: &Reply, world: &World, id: IntentId) -> String {
    match reply {
        Reply::Refused(refusal) => format!("refused {}", refusal.code()),
        Reply::Begun(_) => "begun".to_owned(),
        Reply::Object(ObjectRef::Intent(_)) => world.intent(id).state.wire().to_owned(),
        other => format!("{other:?}"),
    }
}

/// Declined tries count like the others, and leave what was held as it was.
#[test]
fn ten_tries_to_hold_more_are_all_there_are() {
    let (mut world, id) = reach("held");
    for attempt in 1..=10 {
        let submitted = world.submit(increment(id, 2000 + attempt));
        let outcome = if attempt % 2 == 0 { approved() } else { declined() };
        world.submit(Ask::Settle(World::begun(&submitted), outcome));
    }
    assert_eq!(world.intent(id).amount, usd(2010), "the last one was agreed to");
    let spent = world.submit(increment(id, 3000));
    assert_eq!(name(&spent.reply, &world, id), "refused increment_spent");
    assert_eq!(name(&world.submit(capture(id, Some(2010))).reply, &world, id), "begun");
}

/// The fiftieth capture cannot leave anything for a fifty-first.
#[test]
fn fifty_captures_are_all_there_are() {
    let (mut world, id) = reach("held");
    for _ in 1..50 {
        let submitted = world.submit(capture_leaving(id, Some(7), Rest::Held));
        world.submit(Ask::Settle(World::begun(&submitted), approved()));
    }
    let last = world.submit(capture_leaving(id, Some(7), Rest::Held));
    assert_eq!(name(&last.reply, &world, id), "refused capture_last");
    let submitted = world.submit(capture(id, Some(7)));
    world.submit(Ask::Settle(World::begun(&submitted), approved()));
    let intent = world.intent(id);
    assert_eq!(intent.state, IntentState::Succeeded { received: usd(350) });
    let fees = world.rows.values().filter_map(|row| match row {
        Row::BalanceTransaction(line) => Some(line.fee.minor()),
        _ => None,
    });
    let fees: Vec<i64> = fees.collect();
    assert_eq!(
        (fees.len(), fees.iter().sum::<i64>()),
        (50, 40),
        "that of 3.50 once: 2.9 % and 0.30"
    );
}
