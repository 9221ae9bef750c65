//! Idempotency keys: one key, one effect, one answer.

use farthing_domain::command::{Ask, Postpone, PurgeRecords};
use farthing_domain::decide::batch::Submitted;
use farthing_domain::idempotency::{Claim, ScopedKey};
use farthing_domain::intent::CaptureMethod;
use farthing_domain::limits::KEY_RETENTION_MS;
use farthing_domain::refusal::Refusal;
use farthing_domain::reply::Reply;
use farthing_domain::view::Row;

use crate::world::{World, approved, cancel, create, tenant, usd};

fn claim(fingerprint: u8) -> Claim {
    let tags = vec![("amount".to_owned(), [fingerprint; 8]), ("currency".to_owned(), [9; 8])];
    let path = String::from("/v1/payment_intents");
    Claim { key: ScopedKey([1; 16]), path, fingerprint: [fingerprint; 32], tags }
}

fn refusal(submitted: &Submitted) -> &Refusal {
    match &submitted.reply {
        Reply::Refused(refusal) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn a_key_is_in_progress_until_its_attempt_is_settled_and_then_replays_the_same_bytes() {
    let mut world = World::new();
    let ask = || create(usd(2000), CaptureMethod::AutomaticAsync, Some(1));
    let begun = world.submit_keyed(ask(), claim(5));
    let attempt = World::begun(&begun);

    let waiting = world.submit_keyed(ask(), claim(5));
    assert_eq!(refusal(&waiting), &Refusal::KeyInUse { attempt });

    let lookup_at = world.now();
    world.submit(Ask::Postpone(Postpone { attempt, lookup_at }));
    let still_waiting = world.submit_keyed(ask(), claim(5));
    assert_eq!(refusal(&still_waiting), &Refusal::KeyInUse { attempt });

    let settled = world.submit(Ask::Settle(attempt, approved())).answer.unwrap();
    let replayed = world.submit_keyed(ask(), claim(5));
    assert!(matches!(&replayed.reply, Reply::Replay(replay) if replay.request_id == "req_2"));
    assert_eq!(replayed.answer.unwrap(), settled);
    assert_eq!(count(&world, |row| matches!(row, Row::Charge(_))), 1);
}

#[test]
fn another_request_under_a_used_key_is_told_which_parameters_differ() {
    let mut world = World::new();
    let ask = || create(usd(2000), CaptureMethod::AutomaticAsync, None);
    world.submit_keyed(ask(), claim(5));
    let refused = world.submit_keyed(ask(), claim(6));
    let differing = vec!["amount".to_owned()];
    assert_eq!(refusal(&refused), &Refusal::KeyReused { differing });
    assert_eq!(count(&world, |row| matches!(row, Row::Intent(_))), 1);
}

#[test]
fn a_refusal_writes_nothing_and_leaves_the_key_usable() {
    let mut world = World::new();
    let before = world.rows.clone();
    let refused = world.submit_keyed(create(usd(1), CaptureMethod::AutomaticAsync, None), claim(5));
    assert_eq!(refusal(&refused).code(), "amount");
    assert_eq!(world.rows, before);
    let accepted =
        world.submit_keyed(create(usd(2000), CaptureMethod::AutomaticAsync, None), claim(6));
    assert!(matches!(accepted.reply, Reply::Object(_)));
}

#[test]
fn two_copies_in_one_batch_are_one_effect() {
    let mut world = World::new();
    let ask = || create(usd(2000), CaptureMethod::AutomaticAsync, None);
    let commands = [world.command(ask(), Some(claim(5))), world.command(ask(), Some(claim(5)))];
    let submitted = world.run(&commands);
    assert!(matches!(submitted[1].reply, Reply::Replay(_)));
    assert_eq!(submitted[0].answer, submitted[1].answer);
    assert_eq!(count(&world, |row| matches!(row, Row::Intent(_))), 1);
}

#[test]
fn a_record_goes_when_its_intent_is_finished_or_after_thirty_days() {
    let mut world = World::new();
    world.submit_keyed(create(usd(2000), CaptureMethod::Manual, None), claim(5));
    let purge = |world: &World| {
        let finished_before = world.now().plus_ms(-KEY_RETENTION_MS);
        let keys = vec![(tenant(), ScopedKey([1; 16]))];
        Ask::PurgeRecords(PurgeRecords { keys, finished_before })
    };
    let records = |world: &World| count(world, |row| matches!(row, Row::Record(_)));
    world.now_s += 2 * 24 * 60 * 60;
    world.submit(purge(&world));
    assert_eq!(records(&world), 1, "its intent may still be paid");
    world.now_s += 29 * 24 * 60 * 60;
    world.submit(purge(&world));
    assert_eq!(records(&world), 0, "thirty days are enough");

    world.submit_keyed(create(usd(2000), CaptureMethod::Manual, None), claim(5));
    let id = world.rows.values().find_map(|row| match row {
        Row::Record(record) => record.intent,
        _ => None,
    });
    world.submit(cancel(id.unwrap()));
    world.submit(purge(&world));
    assert_eq!(records(&world), 1, "whoever names it, it is not old enough");
    world.now_s += 24 * 60 * 60 + 1;
    world.submit(purge(&world));
    assert_eq!(records(&world), 0, "its intent is finished");
}

fn count(world: &World, wanted: impl Fn(&Row) -> bool) -> usize {
    world.rows.values().filter(|row| wanted(row)).count()
}
