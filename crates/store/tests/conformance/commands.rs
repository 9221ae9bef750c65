//! A batch gives what its commands would give one by one; every engine gives the same.

use farthing_domain::command::Command;
use farthing_domain::decide::batch::Submitted;
use farthing_domain::reply::Reply;
use farthing_store::{Store, StoreError};
use tempfile::TempDir;

use crate::drive::{Drive, Seeded};
use crate::engines::{engines, render};

/// Commands of one seed: enough for every kind of command and state to come up.
const COMMANDS: usize = 400;

/// Runs commands in batches of so many, or of any size.
fn run_in_batches(
    store: &Store,
    commands: &[Command],
    mut size: impl FnMut() -> usize,
) -> Vec<Result<Submitted, StoreError>> {
    let mut answers = Vec::with_capacity(commands.len());
    let mut rest = commands;
    while !rest.is_empty() {
        let (batch, after) = rest.split_at(size().clamp(1, rest.len()));
        let pending: Vec<_> = batch
            .iter()
            .map(|command| store.enqueue(command.clone()).expect("there is room"))
            .collect();
        assert_eq!(store.step(), batch.len());
        answers.extend(pending.into_iter().map(farthing_store::Pending::wait));
        rest = after;
    }
    answers
}

#[test]
fn a_batch_gives_what_its_commands_give_one_by_one() {
    same_for(1..=3);
}

/// As above: two tests, so that two cores share them.
#[test]
fn a_batch_gives_the_same_with_more_seeds() {
    same_for(4..=6);
}

fn same_for(seeds: std::ops::RangeInclusive<u64>) {
    for seed in seeds {
        let reference = Store::manual_memory(render());
        let (commands, answers): (Vec<_>, Vec<_>) =
            Drive::new(seed).run(&reference, COMMANDS).into_iter().unzip();
        let answers: Vec<String> = answers.iter().map(|answer| format!("{answer:?}")).collect();
        let rows = reference.dump().expect("readable");
        for fixed in [None, Some(1), Some(200)] {
            for engine in engines() {
                // Round trips, one by one: two seeds of it are enough for each run.
                if engine.name == "postgres" && seed > 2 && fixed == Some(1) {
                    continue;
                }
                let mut sizes = Seeded::new(seed);
                // The reserved lane would overtake, so whole batches are queued and run at once.
                let size =
                    || fixed.unwrap_or_else(|| 1 + usize::try_from(sizes.below(40)).unwrap_or(0));
                let found = run_in_order(&engine.store, &commands, size);
                for ((command, expected), found) in commands.iter().zip(&answers).zip(&found) {
                    assert_eq!(
                        &format!("{found:?}"),
                        expected,
                        "seed {seed}, {}, {fixed:?}: {command:?}",
                        engine.name
                    );
                }
                assert_eq!(engine.store.dump().expect("readable"), rows, "seed {seed}");
            }
        }
    }
}

/// As [`run_in_batches`], but a batch ends where the lane changes from ordinary to reserved, so
/// that its order is the order given.
fn run_in_order(
    store: &Store,
    commands: &[Command],
    mut size: impl FnMut() -> usize,
) -> Vec<Result<Submitted, StoreError>> {
    let mut answers = Vec::with_capacity(commands.len());
    let mut rest = commands;
    while !rest.is_empty() {
        let (batch, after) = rest.split_at(size().clamp(1, rest.len()));
        // Within a batch the reserved lane goes first: cut where an ordinary one comes before it.
        // What waits for an idle writer is a batch of its own.
        let cut = batch
            .windows(2)
            .position(|pair| {
                !reserved(&pair[0]) && reserved(&pair[1]) || pair.iter().any(waits_for_rest)
            })
            .map_or(batch.len(), |place| place + 1);
        let (batch, again) = batch.split_at(cut);
        answers.extend(run_in_batches(store, batch, || batch.len()));
        rest = if again.is_empty() { after } else { &rest[cut..] };
    }
    answers
}

fn reserved(command: &Command) -> bool {
    use farthing_domain::command::Ask;
    matches!(
        command.ask,
        Ask::Settle(..)
            | Ask::FailOver(_)
            | Ask::Postpone(_)
            | Ask::HearRefund(..)
            | Ask::OpenDispute(_)
            | Ask::WarnOfFraud(_)
            | Ask::HearDispute(..)
            | Ask::DisputeTold(..)
            | Ask::PayoutTold(..)
            | Ask::HearPayout(_)
            | Ask::RecordTries(_)
    )
}

fn waits_for_rest(command: &Command) -> bool {
    matches!(command.ask, farthing_domain::command::Ask::PurgeRecords(_))
}

/// The seeds do reach what matters; otherwise the test above would prove little.
#[test]
fn the_seeds_reach_every_reply() {
    let mut seen = std::collections::BTreeMap::<&str, usize>::new();
    for seed in 1..=24 {
        let store = Store::manual_memory(render());
        for (_, answer) in Drive::new(seed).run(&store, COMMANDS) {
            let name = match answer.expect("no failure of storage").reply {
                Reply::Object(_) => "object",
                Reply::Declined(_) => "declined",
                Reply::IncrementDeclined(..) => "increment_declined",
                Reply::SetupDeclined(_) => "setup_declined",
                Reply::NetworkRefused(_) => "network_refused",
                Reply::Unresolved(_) => "unresolved",
                Reply::Begun(_) => "begun",
                Reply::CustomerDeleted(_) => "customer_deleted",
                Reply::EndpointOpened(_) => "endpoint_opened",
                Reply::EndpointDeleted(_) => "endpoint_deleted",
                Reply::BankAccountDeleted(_) => "bank_account_deleted",
                Reply::ClockAdvanced { .. } => "clock_advanced",
                Reply::PayoutSettings => "payout_settings",
                Reply::ReserveSet { .. } => "reserve_set",
                Reply::Replay(_) => "replay",
                Reply::Done => "done",
                Reply::Refused(_) => "refused",
            };
            *seen.entry(name).or_default() += 1;
        }
    }
    assert_eq!(seen.len(), 17, "{seen:?}");
}

#[test]
fn a_restart_keeps_all() {
    let dir = TempDir::new().expect("a temporary folder can be made");
    let store = Store::manual_sqlite(dir.path(), render()).expect("a new folder opens");
    Drive::new(9).run(&store, 150);
    let rows = store.dump().expect("readable");
    assert!(rows.len() > 300, "{}", rows.len());
    drop(store);
    let log = dir.path().join("farthing.db-wal");
    assert!(!log.exists(), "whoever closes last folds the log into the file");
    let again = Store::manual_sqlite(dir.path(), render()).expect("it opens again");
    assert_eq!(again.dump().expect("readable"), rows);
}

/// With a writer's thread and many callers, all are answered and the rows add up.
#[test]
fn many_callers_share_commits() {
    let dir = TempDir::new().expect("a temporary folder can be made");
    let store = Store::open_sqlite(dir.path(), render()).expect("a new folder opens");
    Drive::new(1).run(&store, 1);
    std::thread::scope(|scope| {
        for seed in 100..108 {
            let store = store.clone();
            scope.spawn(move || {
                // Its first command, the opening of the merchant, is refused: it is open already.
                for (_, answer) in Drive::new(seed).run(&store, 60) {
                    answer.expect("no failure of storage");
                }
            });
        }
    });
    let report = store.books().expect("readable");
    assert_eq!(report.first_bad, None);
    assert!(report.intents > 50, "{report:?}");
}
