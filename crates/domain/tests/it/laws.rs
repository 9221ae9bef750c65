//! Laws that hold after any sequence of commands and answers.

use std::collections::BTreeMap;

use farthing_core::currency::Currency;
use farthing_core::id::{AttemptId, IntentId, RefundId};
use farthing_domain::charge::{ChargeState, Rest};
use farthing_domain::command::{Ask, Command, Patch, Postpone, RefundNews, SetSettlement};
use farthing_domain::intent::{CaptureMethod, IntentState};
use farthing_domain::ledger::account::Account;
use farthing_domain::ledger::conversion::Ratio;
use farthing_domain::network::Outcome;
use farthing_domain::object::ObjectRef;
use farthing_domain::refund::{FailureReason, RefundState};
use farthing_domain::view::Row;
use proptest::prelude::*;

use crate::world::{
    World, approved, cancel, capture, capture_leaving, confirm, create, declined, increment,
    refund, usd,
};

/// One step: small numbers that are turned into a command against what the world holds.
type Step = (u8, u8, u8, u16);

fn ask(world: &World, (what, which, how, amount): Step) -> Option<Ask> {
    let intents: Vec<IntentId> = world.rows.values().filter_map(intent_id).collect();
    let attempts: Vec<AttemptId> = world.rows.values().filter_map(attempt_id).collect();
    let intent = intents.get(usize::from(which) % intents.len().max(1)).copied();
    let attempt = attempts.get(usize::from(which) % attempts.len().max(1)).copied();
    let partial = (amount % 2 == 0).then_some(i64::from(amount % 1500) + 1);
    let methods = [CaptureMethod::Manual, CaptureMethod::Automatic, CaptureMethod::AutomaticAsync];
    let method = methods[usize::from(how) % 3];
    let refunds = world.rows.values().filter_map(refund_id).collect::<Vec<RefundId>>();
    let refund_at = refunds.get(usize::from(which) % refunds.len().max(1)).copied();
    Some(match what % 9 {
        8 => {
            let news = if how % 2 == 0 {
                RefundNews::Succeeded
            } else {
                RefundNews::Failed(FailureReason::Unknown)
            };
            Ask::HearRefund(refund_at?, news)
        }
        0 => create(usd(i64::from(amount) + 50), method, None),
        1 => confirm(intent?, Some(how)),
        2 if how % 3 == 0 => capture_leaving(intent?, partial, Rest::Held),
        2 if how % 7 == 1 => increment(intent?, i64::from(amount) + 50),
        2 => capture(intent?, partial),
        3 => cancel(intent?),
        4 => refund(intent?, partial),
        5 => Ask::Postpone(Postpone { attempt: attempt?, lookup_at: world.now() }),
        _ => Ask::Settle(
            attempt?,
            match how % 4 {
                0 => declined(),
                1 => Box::new(Outcome::Absent),
                _ => approved(),
            },
        ),
    })
}

fn intent_id(row: &Row) -> Option<IntentId> {
    match row {
        Row::Intent(intent) => Some(intent.id),
        _ => None,
    }
}

fn refund_id(row: &Row) -> Option<RefundId> {
    match row {
        Row::Refund(refund) => Some(refund.id),
        _ => None,
    }
}

fn attempt_id(row: &Row) -> Option<AttemptId> {
    match row {
        Row::Attempt(attempt) => Some(attempt.id),
        _ => None,
    }
}

fn check_books(world: &World) {
    let mut entries: BTreeMap<(Account, &str), i64> = BTreeMap::new();
    let mut balances: BTreeMap<(Account, &str), i64> = BTreeMap::new();
    for row in world.rows.values() {
        match row {
            Row::Transfer(transfer) => {
                let sum: i64 = transfer.entries.iter().map(|entry| entry.amount.minor()).sum();
                assert_eq!(sum, 0, "a transfer sums to zero");
                for entry in &transfer.entries {
                    let key = (entry.account, entry.amount.currency().code());
                    *entries.entry(key).or_default() += entry.amount.minor();
                }
            }
            Row::Balance(balance) => {
                balances.insert((balance.account, balance.currency.code()), balance.minor);
            }
            _ => {}
        }
    }
    balances.retain(|_, minor| *minor != 0);
    entries.retain(|_, minor| *minor != 0);
    assert_eq!(entries, balances, "every balance is the sum of its entries");
}

fn check_caps(world: &World) {
    for row in world.rows.values() {
        let Row::Charge(charge) = row else { continue };
        let captured = match &charge.state {
            ChargeState::Captured { amount, .. } => amount.minor(),
            _ => 0,
        };
        assert!(captured <= charge.amount.minor(), "nobody over-captures");
        let given = charge.refunded.minor() + charge.refund_reserved.minor();
        assert!(given <= captured, "nobody over-refunds");
        let refunds = world.rows.values().map(|row| match row {
            Row::Refund(refund)
                if refund.charge == charge.id
                    && refund.state != RefundState::Failed
                    && refund.balance_transaction.is_some() =>
            {
                refund.amount.minor()
            }
            _ => 0,
        });
        assert_eq!(refunds.sum::<i64>(), charge.refunded.minor(), "refunds add up to the charge's");
    }
}

fn check_once(world: &World) {
    for row in world.rows.values() {
        let Row::Intent(intent) = row else { continue };
        let taken = world.rows.values().filter(|row| {
            matches!(row, Row::Charge(charge) if charge.intent == intent.id
                && !matches!(charge.state, ChargeState::Failed { .. }))
        });
        let taken = taken.count();
        assert!(taken <= 1, "an intent is charged at most once");
        if matches!(intent.state, IntentState::Succeeded { .. }) {
            assert_eq!(taken, 1, "a paid intent has its charge");
        }
        let open = world.rows.values().any(|row| {
            matches!(row, Row::Attempt(attempt) if Some(attempt.id) == intent.open.map(|open| open.id))
        });
        assert_eq!(intent.open.is_some(), open, "in flight means that its attempt is open");
    }
}

pub(crate) fn settle_in_euro(more: u32) -> Ask {
    let quotes = vec![(Currency::USD, Ratio::new(9_175 + more, 10_000))];
    let (tenant, currency) = (crate::world::tenant(), Patch::Set(Currency::EUR));
    Ask::SetSettlement(Box::new(SetSettlement { tenant, currency, quotes }))
}

/// What was credited for a charge is the worth of what is left of it, and clearing gave that.
fn check_conversions(world: &World) {
    for row in world.rows.values() {
        let Row::Charge(charge) = row else { continue };
        let rate = charge.rate.expect("each settles in euro");
        let own = world.rows.values().filter_map(|row| match row {
            Row::Transfer(transfer) => Some(transfer),
            _ => None,
        });
        let own = own.filter(|transfer| {
            match transfer.source {
            ObjectRef::Charge(id) => id == charge.id,
            ObjectRef::Refund(id) => world.rows.values().any(|row| {
                matches!(row, Row::Refund(refund) if (refund.id, refund.charge) == (id, charge.id))
            }),
            _ => false,
        }
        });
        let (mut cleared, mut rounded) = (0, 0);
        for entry in own.flat_map(|transfer| &transfer.entries) {
            let euro = entry.amount.currency() == Currency::EUR;
            match entry.account {
                Account::Clearing if euro => cleared -= entry.amount.minor(),
                Account::Rounding => rounded -= entry.amount.minor(),
                _ => {}
            }
        }
        let worth = rate.worth(charge.left().unwrap()).unwrap();
        assert_eq!(cleared, worth.whole.minor(), "{charge:?}");
        assert_eq!(cleared + rounded, worth.settled.minor(), "{charge:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_sequence_keeps_the_books_and_the_caps(steps in prop::collection::vec(any::<Step>(), 1..60)) {
        let mut world = World::new();
        for step in steps {
            world.now_s += 1;
            if let Some(ask) = ask(&world, step) {
                world.submit(ask);
            }
        }
        check_books(&world);
        check_caps(&world);
        check_once(&world);
    }

    /// The same where charges settle in another currency, at a ratio that changes on the way.
    #[test]
    fn any_sequence_keeps_what_is_converted(steps in prop::collection::vec(any::<Step>(), 1..60)) {
        let mut world = World::new();
        for (number, step) in steps.into_iter().enumerate() {
            if number % 20 == 0 {
                world.submit(settle_in_euro(u32::try_from(number).unwrap()));
            }
            world.now_s += 1;
            if let Some(ask) = ask(&world, step) {
                world.submit(ask);
            }
        }
        check_books(&world);
        check_caps(&world);
        check_conversions(&world);
    }

    #[test]
    fn a_batch_is_its_sequence(
        steps in prop::collection::vec(any::<Step>(), 1..40),
        again in prop::collection::vec(any::<Step>(), 1..24),
    ) {
        let mut world = World::new();
        for step in steps {
            if let Some(ask) = ask(&world, step) {
                world.submit(ask);
            }
        }
        let asks: Vec<Ask> = again.into_iter().filter_map(|step| ask(&world, step)).collect();
        let commands: Vec<Command> =
            asks.into_iter().map(|ask| world.command(ask, None)).collect();
        let (mut batched, mut one_by_one) = (world.clone(), world);
        let together = batched.run(&commands);
        let apart: Vec<_> = commands
            .iter()
            .map(|command| one_by_one.run(std::slice::from_ref(command)).remove(0))
            .collect();
        prop_assert_eq!(format!("{together:?}"), format!("{apart:?}"));
        prop_assert_eq!(batched.rows, one_by_one.rows);
    }
}
