//! A connection that is seen to be closed between two rounds of one batch.

#[path = "../../../../tests/postgres/cluster.rs"]
mod cluster;

use std::time::Duration;

use rusqlite::types::Value;

use super::{Ask, Lacking, Link, Mode, Patience};
use crate::error::StoreError;
use crate::postgres::open::{Host, prepare, target};

const ENDS_ALL: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
    WHERE datname = current_database() AND pid <> pg_backend_pid()";

/// The link's own look at its connection, which it takes only while it waits for something.
fn notices(link: &Link) {
    let closed = || link.session.borrow().as_ref().is_some_and(|it| it.client.is_closed());
    for _ in 0..100 {
        if closed() {
            return;
        }
        let turn = async |_: &mut super::Session| {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Ok(())
        };
        link.wait(Lacking::Fails, Patience::Round, turn).expect("nothing is asked");
    }
    panic!("the connection was not closed");
}

fn keep(name: &str) -> Ask {
    let values = vec![Value::Text(name.to_owned()), Value::Blob(vec![1])];
    Ask::new("INSERT INTO settings (name, value) VALUES ($1, $2)", values)
}

/// How many settings of these tests are stored, by whoever looks.
fn kept(link: &Link) -> u64 {
    let ask = Ask::new("SELECT name FROM settings WHERE name LIKE 'half %'", Vec::new());
    link.round(&[ask]).expect("readable").first().expect("an answer").count
}

#[test]
fn the_second_half_of_a_batch_is_never_sent_on_another_connection() {
    let database = cluster::Database::new();
    let target = target(&database.url(), Host::Primary).expect("a URL");
    prepare(&target).expect("a new database");
    let (link, other) = (Link::new(target.clone()).unwrap(), Link::new(target).unwrap());

    link.begin(Mode::Write);
    link.round(&[keep("half 1")]).expect("it begins");
    other.run(ENDS_ALL).expect("it can be done");
    notices(&link);
    let second = link.round(&[keep("half 2")]).map(drop);
    assert_eq!(second, Err(StoreError::Unavailable), "what was begun is gone");
    assert!(link.wants_again(), "and may be begun anew");
    link.rollback();
    assert_eq!(kept(&other), 0, "nothing of it was written");

    link.begin(Mode::Write);
    link.round(&[keep("half 1"), keep("half 2")]).expect("it begins anew");
    link.commit().expect("it is committed");
    assert_eq!(kept(&other), 2);
}

#[test]
fn a_commit_is_never_sent_on_another_connection() {
    let database = cluster::Database::new();
    let target = target(&database.url(), Host::Primary).expect("a URL");
    prepare(&target).expect("a new database");
    let (link, other) = (Link::new(target.clone()).unwrap(), Link::new(target).unwrap());

    link.begin(Mode::Write);
    link.round(&[keep("half 1")]).expect("it begins");
    other.run(ENDS_ALL).expect("it can be done");
    notices(&link);
    assert_eq!(link.commit(), Err(StoreError::Unavailable), "known not to have been asked for");
    assert!(link.wants_again());
    link.rollback();
    assert_eq!(kept(&other), 0);
}
