//! What a bug of ours, or a full queue, does to others: nothing.

use farthing_domain::command::{Ask, Command};
use farthing_domain::reply::Reply;
use farthing_store::{Store, StoreError, limits};

use crate::drive::Drive;
use crate::engines::{Engine, PANIC, engines, render, tenant, wait};

/// Commands that make sense, from a merchant that is open.
fn commands(seed: u64, count: usize) -> Vec<Command> {
    let store = Store::manual_memory(render());
    Drive::new(seed).run(&store, count).into_iter().map(|(command, _)| command).collect()
}

fn ordinary(command: &Command) -> bool {
    matches!(command.ask, Ask::CreateMethod(_)) && command.meta.tenant == tenant()
}

#[test]
fn a_bug_harms_only_its_own_command() {
    let all = commands(3, 400);
    let good: Vec<Command> = all.iter().filter(|command| ordinary(command)).cloned().collect();
    assert!(good.len() > 4, "{}", good.len());
    let mut planted = good[2].clone();
    planted.meta.expand = vec![PANIC.to_owned()];
    planted.meta.claim = None;
    for Engine { name, store, .. } in engines() {
        store.submit_blocking(all[0].clone()).expect("opened");
        let mut batch = good.clone();
        batch[2] = planted.clone();
        let pending: Vec<_> =
            batch.into_iter().map(|command| store.enqueue(command).expect("room")).collect();
        assert_eq!(store.step(), good.len(), "{name}");
        for (place, pending) in pending.into_iter().enumerate() {
            match pending.wait() {
                Ok(submitted) => {
                    assert_ne!(place, 2, "{name}");
                    assert!(matches!(submitted.reply, Reply::Object(_) | Reply::Replay(_)));
                }
                Err(error) => assert_eq!((place, error), (2, StoreError::Bug), "{name}"),
            }
        }
        // The writer lives on, and the culprit left nothing behind.
        let without: Vec<_> = store.dump().expect("readable");
        let same = Store::manual_memory(render());
        same.submit_blocking(all[0].clone()).expect("opened");
        for (place, command) in good.iter().enumerate() {
            if place != 2 {
                same.submit_blocking(command.clone()).expect("no bug");
            }
        }
        assert_eq!(without, same.dump().expect("readable"), "{name}");
    }
}

#[test]
fn a_full_queue_sheds_all_but_what_was_begun() {
    for Engine { name, store, .. } in engines() {
        let all = commands(4, 300);
        let command = all.iter().find(|command| ordinary(command)).expect("there is one");
        let settle = all
            .iter()
            .find(|command| matches!(command.ask, Ask::Settle(..)))
            .expect("there is one");
        store.submit_blocking(all[0].clone()).expect("opened");
        let mut waiting = Vec::new();
        for _ in 0..limits::QUEUE_COMMANDS {
            waiting.push(store.enqueue(command.clone()).expect("room"));
        }
        assert_eq!(store.enqueue(command.clone()).err(), Some(StoreError::Busy), "{name}");
        // Its attempt is not stored here: done, nothing changed. What counts is that it is run.
        let settled = store.enqueue(settle.clone()).expect("never shed");
        store.step();
        assert!(store.enqueue(command.clone()).is_ok(), "{name}: there is room again");
        // What was not run by that one batch is never run, and its answer is an error.
        drop((store, waiting));
        assert!(settled.wait().is_ok(), "{name}: it goes first");
    }
}

#[test]
fn whoever_hangs_up_is_done_all_the_same() {
    for Engine { name, store, .. } in engines() {
        let all = commands(5, 100);
        drop(store.enqueue(all[0].clone()).expect("room"));
        store.step();
        assert!(!store.dump().expect("readable").is_empty(), "{name}");
    }
}

#[test]
fn a_closed_store_finishes_what_is_queued() {
    for Engine { name, store, .. } in engines() {
        let all = commands(5, 2);
        let queued = store.enqueue(all[0].clone()).expect("room");
        store.close();
        assert_eq!(store.enqueue(all[1].clone()).err(), Some(StoreError::Closed), "{name}");
        assert_eq!(store.step(), 1, "{name}");
        assert!(queued.wait().is_ok(), "{name}");
    }
}

#[test]
fn a_panic_while_reading_is_a_bug_of_one_read() {
    for Engine { name, store, .. } in engines() {
        for _ in 0..=limits::READERS {
            let found = wait(store.fetch_with(|_| panic!("planted")));
            assert_eq!(found.err(), Some(StoreError::Bug), "{name}");
        }
        assert!(wait(store.fetch(Vec::new())).is_ok(), "{name}: the readers live on");
    }
}
