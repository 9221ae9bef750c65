//! Every state of an intent against every action, one line per rule.

use farthing_core::id::IntentId;
use farthing_domain::command::{
    AnswerChallenge, Ask, MetadataPatch, Patch, Postpone, UpdateIntent,
};
use farthing_domain::intent::CaptureMethod;
use farthing_domain::network::Outcome;
use farthing_domain::object::ObjectRef;
use farthing_domain::reply::Reply;
use farthing_domain::view::Row;

use crate::world::{World, approved, cancel, capture, confirm, create, declined, refund, usd};

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
held         cancel       => begun                          requires_capture
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
    let manual = matches!(state, "held" | "released");
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
        "cancel" => cancel(id),
        "refund" => refund(id, None),
        "refund_more" => refund(id, Some(2001)),
        "challenge" => answer((id, 1), true),
        "fail" => answer((id, 1), false),
        "stale" => answer((id, 0), true),
        "stale_fail" => answer((id, 0), false),
        "amount" => Ask::UpdateIntent(Box::new(UpdateIntent {
            id,
            amount_minor: Some(3000),
            currency: None,
            customer: None,
            method: None,
            capture: None,
            description: Patch::default(),
            metadata: MetadataPatch::default(),
            receipt_email: Patch::default(),
            shipping: Patch::default(),
            setup_future_usage: Patch::default(),
            statement_descriptor_suffix: Patch::default(),
            transfer_group: Patch::default(),
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
