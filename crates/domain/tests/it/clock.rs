//! A tenant's clock: what goes by it, and what by wall time alone.

use farthing_core::id::IntentId;
use farthing_core::time::TimestampMs;
use farthing_domain::command::{Advance, Ask, HastenDeliveries, Meta, OpenMerchant};
use farthing_domain::delivery::{Delivery, DeliveryState};
use farthing_domain::intent::CaptureMethod;
use farthing_domain::limits::AUTHORIZATION_MS;
use farthing_domain::refusal::Refusal;
use farthing_domain::reply::Reply;
use farthing_domain::tenant::{Mode, TenantId};
use farthing_domain::timer::Timer;
use farthing_domain::view::Row;

use crate::world::{World, approved, create, listen, usd};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

fn advance(world: &mut World, by_ms: i64) -> Reply {
    world.submit(Ask::AdvanceClock(Advance::By(by_ms))).reply
}

fn deliveries(world: &World) -> Vec<Delivery> {
    let rows = world.rows.values();
    rows.filter_map(|row| if let Row::Delivery(row) = row { Some(row.clone()) } else { None })
        .collect()
}

fn timers(world: &World) -> Vec<Timer> {
    let rows = world.rows.values();
    rows.filter_map(|row| if let Row::Timer(row) = row { Some(row.clone()) } else { None })
        .collect()
}

fn made(world: &World) -> (IntentId, TimestampMs) {
    let intent = world.rows.values().find_map(|row| match row {
        Row::Intent(intent) => Some((intent.id, intent.created)),
        _ => None,
    });
    intent.unwrap()
}

#[test]
fn objects_carry_the_clock_and_deliveries_wall_time() {
    let mut world = World::new();
    listen(&mut world);
    advance(&mut world, 3 * DAY_MS);
    world.submit(create(usd(500), CaptureMethod::Manual, None));
    assert_eq!(made(&world).1, world.now().plus_ms(3 * DAY_MS));
    let due: Vec<_> = deliveries(&world).iter().map(|delivery| delivery.state).collect();
    // A try that waited for the clock would be made three days late.
    assert_eq!(due, [DeliveryState::Due { at: world.now() }]);
}

#[test]
fn deliveries_that_wait_come_nearer_and_never_before_now() {
    let mut world = World::new();
    listen(&mut world);
    world.submit(create(usd(500), CaptureMethod::Manual, None));
    let now = world.now();
    let delivery = deliveries(&world).remove(0);
    for (waits_ms, by_ms, expected_ms) in [(5_000, 2_000, 3_000), (5_000, 9_000, 0), (-5, 9, -5)] {
        let state = DeliveryState::Due { at: now.plus_ms(waits_ms) };
        let row = Row::Delivery(Delivery { state, ..delivery.clone() });
        world.rows.insert(row.key(), row);
        let which = vec![(delivery.event, delivery.endpoint)];
        world.submit(Ask::HastenDeliveries(HastenDeliveries { by_ms, which }));
        let found = deliveries(&world).remove(0).state;
        assert_eq!(found, DeliveryState::Due { at: now.plus_ms(expected_ms) });
    }
}

#[test]
fn a_timer_that_is_run_before_its_time_does_nothing() {
    let mut world = World::new();
    let begun = world.submit(create(usd(500), CaptureMethod::Manual, Some(1)));
    world.submit(Ask::Settle(World::begun(&begun), approved()));
    let timer = timers(&world).remove(0);
    assert_eq!(timer.at, world.now().plus_ms(AUTHORIZATION_MS));
    let run = Ask::RunTimer(timer.at, timer.due);
    let before = world.rows.clone();
    assert!(matches!(world.submit(run.clone()).reply, Reply::Done));
    assert_eq!(world.rows, before);
    advance(&mut world, AUTHORIZATION_MS);
    let begun = world.submit(run.clone());
    World::begun(&begun);
    assert!(timers(&world).is_empty());
    // Run once more, by another loop that saw it too: there is nothing left of it.
    assert!(matches!(world.submit(run).reply, Reply::Done));
}

#[test]
fn only_forward_only_in_test_mode_and_not_for_ever() {
    let mut world = World::new();
    let refused = |reply: Reply| match reply {
        Reply::Refused(refusal) => *refusal,
        other => panic!("not refused: {other:?}"),
    };
    assert!(matches!(advance(&mut world, DAY_MS), Reply::ClockAdvanced { offset_ms: DAY_MS, .. }));
    let back = world.submit(Ask::AdvanceClock(Advance::To(world.now()))).reply;
    let now = world.now().plus_ms(DAY_MS);
    assert_eq!(refused(back), Refusal::ClockBackward { now });
    assert_eq!(refused(advance(&mut world, -1)), Refusal::ClockBackward { now });
    assert_eq!(refused(advance(&mut world, i64::MAX)), Refusal::ClockTooFar);
    let mut live = world.command(Ask::AdvanceClock(Advance::By(1)), None);
    live.meta = Meta { tenant: TenantId::of(1, Mode::Live), ..live.meta };
    assert_eq!(refused(world.run(&[live]).remove(0).reply), Refusal::ClockInLiveMode);
    // Another merchant's clock is its own.
    let account = farthing_core::id::MerchantId::new(world.now(), [9; 6]);
    let ask =
        OpenMerchant { number: 2, account, name: "B".to_owned(), keys: Vec::new(), platform: None };
    world.submit(Ask::OpenMerchant(Box::new(ask)));
    let offsets = world.rows.values().filter_map(|row| match row {
        Row::Tenant(tenant) => Some(tenant.clock_offset_ms),
        _ => None,
    });
    assert_eq!(offsets.filter(|ms| *ms != 0).collect::<Vec<_>>(), [DAY_MS]);
}
