//! Somebody holds one merchant's row on PostgreSQL: a process that froze, an operator's session. Those
//! that share its lane go on meanwhile, and what was begun for it is finished when it is let go.

use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use farthing_core::id::{AttemptId, MerchantId};
use farthing_core::time::TimestampMs;
use farthing_domain::command::{Ask, Command};
use farthing_domain::network::Outcome;
use farthing_domain::reply::Reply;
use farthing_domain::tenant::{Mode, TenantId};
use farthing_store::{Store, StoreError, limits};
use tokio_postgres::NoTls;

use crate::cluster::Database;
use crate::engines::render;
use crate::postgres::commands;

/// For how long.
const HELD: Duration = Duration::from_secs(8);
/// For how long the neighbour goes on meanwhile: past the patience of who waits.
const MEANWHILE: Duration = Duration::from_secs(6);

#[expect(clippy::disallowed_methods, reason = "what is measured is how long somebody waits")]
fn now() -> Instant {
    Instant::now()
}

/// Opens another merchant of the same lane.
fn neighbour(open: &Command) -> (Command, TenantId) {
    let mut open = open.clone();
    let Ask::OpenMerchant(merchant) = &mut open.ask else { panic!("it opens one") };
    merchant.number += i64::try_from(limits::LANES).expect("a handful");
    merchant.account = MerchantId::new(TimestampMs::from_ms(77), [7; 6]);
    merchant.keys.clear();
    let tenant = TenantId::of(merchant.number, Mode::Test);
    open.meta.tenant = tenant;
    (open, tenant)
}

#[test]
fn one_locked_merchant_holds_up_no_other() {
    let database = Database::new();
    let store = Store::open_postgres(&database.url(), render()).expect("a new one opens");
    let [open, method] = commands().try_into().expect("two");
    let (next_door, free) = neighbour(&open);
    let locked = method.meta.tenant;
    assert_eq!(locked.merchant() % 4, free.merchant() % 4, "one lane");
    for command in [open, next_door] {
        store.submit_blocking(command).expect("it can be done");
    }
    let (url, (took, was_taken)) = (database.url(), channel());
    let holder = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime can be made").block_on(async {
            let (client, connection) = tokio_postgres::connect(&url, NoTls).await.expect("there");
            tokio::spawn(connection);
            let lock =
                format!("BEGIN; SELECT id FROM tenants WHERE id = {} FOR UPDATE", locked.raw());
            client.batch_execute(&lock).await.expect("it can be done");
            took.send(()).expect("somebody waits");
            tokio::time::sleep(HELD).await;
        });
    });
    was_taken.recv().expect("it is locked");
    let begun = now();
    let mut method = method;
    method.meta.claim = None;
    let settle = Command {
        ask: Ask::Settle(
            AttemptId::new(TimestampMs::from_ms(5), [9; 6]),
            Box::new(Outcome::Absent),
        ),
        ..method.clone()
    };
    let settled = store.enqueue(settle).expect("room");
    let refused = store.enqueue(method.clone()).expect("room");
    let mut slowest = Duration::ZERO;
    let mut paid = 0;
    while begun.elapsed() < MEANWHILE {
        let mut command = method.clone();
        command.meta.tenant = free;
        command.meta.claim = None;
        if let Ask::CreateMethod(card) = &mut command.ask {
            card.id = farthing_core::id::PaymentMethodId::new(TimestampMs::from_ms(paid), [1; 6]);
        }
        let since = now();
        store.submit_blocking(command).expect("nobody holds its rows");
        paid += 1;
        // The first may be in the batch that meets the lock.
        if paid > 1 {
            slowest = slowest.max(since.elapsed());
        }
        std::thread::park_timeout(Duration::from_millis(20));
    }
    assert!(paid > 50, "the neighbour's were done meanwhile: {paid}");
    assert!(slowest < Duration::from_secs(1), "the lane waits for nobody: {slowest:?}");
    assert_eq!(refused.wait().err(), Some(StoreError::Busy), "its caller is told in time");
    assert!(begun.elapsed() < HELD, "before it was let go");
    assert!(matches!(settled.wait().expect("never refused").reply, Reply::Done));
    assert!(begun.elapsed() > MEANWHILE, "it waited");
    holder.join().expect("it went well");
    store.submit_blocking(method).expect("it was not done, and can be");
}
