//! Caps of keys: whatever the order of calls and answers, no more is spent than may be.

use std::collections::BTreeMap;

use farthing_core::currency::Currency;
use farthing_core::id::{AttemptId, IntentId, RefundId};
use farthing_domain::attempt::Call;
use farthing_domain::charge::Rest;
use farthing_domain::command::{Ask, NewKey, RefundNews, RollKey};
use farthing_domain::intent::CaptureMethod;
use farthing_domain::key::{Access, Caps, Resource, Rights, Scopes, TotalCap};
use farthing_domain::object::ObjectRef;
use farthing_domain::refund::FailureReason;
use farthing_domain::reply::Reply;
use farthing_domain::tenant::{KeyClass, Pages};
use farthing_domain::view::Row;
use proptest::prelude::*;

use crate::world::{
    World, approved, cancel, capture, capture_leaving, confirm, create, declined, increment,
    refund, tenant, usd,
};

const TOTAL: i64 = 1_000;
const KEY: [u8; 32] = [1; 32];
const ROLLED: [u8; 32] = [2; 32];
/// A key of its own, with the same caps.
const OTHER: [u8; 32] = [3; 32];

fn world() -> World {
    let mut world = World::new();
    let caps = Caps {
        currency: Currency::USD,
        each_minor: Some(600),
        total: Some(TotalCap { minor: TOTAL, window_ms: None }),
    };
    let scopes = Scopes([(Resource::PaymentIntents, Access::Write)].into());
    let key = |hash| NewKey {
        hash,
        class: KeyClass::Restricted,
        tenant: tenant(),
        hint: String::new(),
        pages: Pages::default(),
        rights: Rights { scopes: scopes.clone(), caps: Some(caps), ..Rights::default() },
    };
    let ends_at = world.now().plus_ms(1_000_000);
    let roll = RollKey { hash: KEY, ends_at, new_hash: ROLLED, new_hint: String::new() };
    for ask in [Ask::AddKeys(vec![key(KEY), key(OTHER)]), Ask::RollKey(roll)] {
        assert!(matches!(world.submit(ask).reply, Reply::Done));
    }
    world
}

/// One step of a random life.
#[derive(Clone, Debug)]
enum Step {
    Pay { minor: i64, hold: bool, who: usize },
    Confirm { which: usize, who: usize },
    Answer { which: usize, yes: bool },
    Cancel { which: usize },
    Capture { which: usize, part: Option<i64>, who: usize },
    Refund { which: usize, minor: i64, who: usize },
    CameBack { which: usize },
    Raise { which: usize, minor: i64, who: usize },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (50..700_i64, any::<bool>(), 0..4_usize).prop_map(|(minor, hold, who)| Step::Pay { minor, hold, who }),
        2 => (any::<usize>(), 0..4_usize).prop_map(|(which, who)| Step::Confirm { which, who }),
        5 => (any::<usize>(), any::<bool>()).prop_map(|(which, yes)| Step::Answer { which, yes }),
        1 => any::<usize>().prop_map(|which| Step::Cancel { which }),
        3 => (any::<usize>(), prop::option::of(1..300_i64), 0..4_usize).prop_map(|(which, part, who)| Step::Capture { which, part, who }),
        2 => (any::<usize>(), 1..300_i64, 0..4_usize).prop_map(|(which, minor, who)| Step::Refund { which, minor, who }),
        1 => any::<usize>().prop_map(|which| Step::CameBack { which }),
        2 => (any::<usize>(), 50..900_i64, 0..4_usize).prop_map(|(which, minor, who)| Step::Raise { which, minor, who }),
    ];
    prop::collection::vec(step, 1..60)
}

/// What happened so far.
#[derive(Default)]
struct Life {
    intents: Vec<IntentId>,
    open: Vec<AttemptId>,
    refunds: Vec<RefundId>,
    /// What an open attempt takes, and the family that asked for it.
    asked: BTreeMap<AttemptId, ([u8; 32], i64)>,
    /// What was taken by the word of a key with caps, by family.
    taken: BTreeMap<[u8; 32], i64>,
}

fn picked<T: Copy>(from: &[T], which: usize) -> Option<T> {
    (!from.is_empty()).then(|| from[which % from.len()])
}

impl Life {
    fn ask(&mut self, step: &Step) -> Option<(Ask, Option<[u8; 32]>)> {
        // The merchant's own key has no caps; the next two are one family.
        let by = |who: usize| [None, Some(KEY), Some(ROLLED), Some(OTHER)][who];
        let intent = |which| picked(&self.intents, which);
        Some(match *step {
            Step::Pay { minor, hold, who } => {
                let how = if hold { CaptureMethod::Manual } else { CaptureMethod::Automatic };
                (create(usd(minor), how, Some(1)), by(who))
            }
            Step::Confirm { which, who } => (confirm(intent(which)?, Some(1)), by(who)),
            Step::Cancel { which } => (cancel(intent(which)?), None),
            Step::Capture { which, part: None, who } => (capture(intent(which)?, None), by(who)),
            Step::Capture { which, part, who } => {
                (capture_leaving(intent(which)?, part, Rest::Held), by(who))
            }
            Step::Refund { which, minor, who } => (refund(intent(which)?, Some(minor)), by(who)),
            Step::Raise { which, minor, who } => (increment(intent(which)?, minor), by(who)),
            Step::CameBack { which } => {
                let news = RefundNews::Failed(FailureReason::Unknown);
                (Ask::HearRefund(picked(&self.refunds, which)?, news), None)
            }
            Step::Answer { which, yes } => {
                let attempt = picked(&self.open, which)?;
                self.open.retain(|open| *open != attempt);
                if let (Some((family, minor)), true) = (self.asked.remove(&attempt), yes) {
                    *self.taken.entry(family).or_default() += minor;
                }
                (Ask::Settle(attempt, if yes { approved() } else { declined() }), None)
            }
        })
    }

    fn note(&mut self, reply: &Reply, spender: Option<[u8; 32]>) {
        match reply {
            Reply::Begun(begun) => {
                self.open.push(begun.attempt.id);
                let takes = match &begun.attempt.call {
                    Call::Authorize { amount, capture: true, .. }
                    | Call::Capture { amount, .. } => amount.minor(),
                    _ => 0,
                };
                if let Some(spender) = spender {
                    let family = if spender == ROLLED { KEY } else { spender };
                    self.asked.insert(begun.attempt.id, (family, takes));
                }
                if !self.intents.contains(&begun.attempt.intent) {
                    self.intents.push(begun.attempt.intent);
                }
            }
            Reply::Object(ObjectRef::Refund(id)) => self.refunds.push(*id),
            _ => {}
        }
    }
}

/// What is counted, and what the rows say it is.
fn check(world: &World) -> Result<(), TestCaseError> {
    let (mut sum, mut counted) = (0, 0);
    for row in world.rows.values() {
        match row {
            Row::Allowance(allowance) => {
                prop_assert!((0..=TOTAL).contains(&allowance.minor), "{allowance:?}");
                sum += allowance.minor;
            }
            Row::Spend(spend) => counted += spend.amount.minor(),
            _ => {}
        }
    }
    prop_assert_eq!(sum, counted);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_order_of_calls_and_answers_exceeds_a_cap(steps in steps()) {
        let (mut world, mut life) = (world(), Life::default());
        for step in &steps {
            let Some((ask, spender)) = life.ask(step) else { continue };
            let mut command = world.command(ask, None);
            command.meta.spender = spender;
            let submitted = world.run(&[command]).remove(0);
            life.note(&submitted.reply, spender);
            check(&world)?;
            prop_assert!(life.taken.values().all(|minor| *minor <= TOTAL), "{:?}", life.taken);
        }
    }
}
