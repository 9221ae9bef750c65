//! The commit after the call fails: the network has done what it was asked, and the books cannot say
//! so yet. What the caller is told must not be that nothing was done, however the database failed.

use std::fmt::Write as _;
use std::process::Command;

use farthing_acquirer::Faults;
use farthing_server::config::Config;
use rusqlite::Connection;

use super::{KEY, OPERATIONS, PI, network, object, prepare, said};
use crate::cluster;
use crate::support::{Answer, Engine, Server};

/// Which commits fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fails {
    /// The one that would settle; what follows works.
    Settling,
    /// That one, and whatever would say that the outcome is not known.
    Everything,
}

/// How the database says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    /// SQLite: a constraint.
    Constraint,
    /// PostgreSQL: a constraint.
    Refused,
    /// PostgreSQL: somebody is in the way, at every try.
    InTheWay,
    /// PostgreSQL: the connection ends while it commits.
    Lost,
}

const FAULTS: [(Fails, &str); 2] = [
    (Fails::Settling, "the commit after the call fails; the next one works"),
    (Fails::Everything, "the commit after the call fails, and so does everything for a while"),
];

#[derive(Debug, PartialEq, Eq)]
struct Seen {
    first: String,
    shows: String,
    meanwhile: String,
    after: String,
    object: String,
    network: String,
}

/// The page's lines, each acted out on both engines, and a payment's in every way of failing.
pub(super) fn lines() -> String {
    let mut lines = String::new();
    for (fails, what) in FAULTS {
        for operation in OPERATIONS {
            let seen = act(How::Constraint, fails, operation);
            let others: &[How] = match operation.0 {
                "pay" => &[How::Refused, How::InTheWay, How::Lost],
                _ => &[How::Refused],
            };
            for how in others {
                let name = operation.0;
                assert_eq!(act(*how, fails, operation), seen, "{fails:?} {how:?} {name}");
            }
            let Seen { first, shows, meanwhile, after, object, network } = seen;
            let operation = operation.0;
            writeln!(
                lines,
                "| {what} | {operation} | {first} | {shows} | {meanwhile} | {after} | {object} | {network} |"
            )
            .unwrap();
        }
    }
    lines
}

fn act(how: How, fails: Fails, (operation, before, _): (&str, &str, u32)) -> Seen {
    let engine = if how == How::Constraint { Engine::Sqlite } else { Engine::Postgres };
    let server = Server::with(engine, Config::dev(), Faults::none());
    let ask = prepare(&server, (operation, before));
    let send = || server.send(ask.clone().idempotent(KEY));
    break_commits(&server, how, fails);
    let first = send();
    let unknown = (first.status, first.header("stripe-should-retry"));
    assert_eq!(unknown, (500, Some("true")), "{how:?} {operation}: {}", first.body);
    assert!(!first.body.contains("nothing was done"), "{how:?} {operation}: {}", first.body);
    let shows = shows(&server, operation);
    let meanwhile = send();
    mend(&server, how);
    server.recover();
    let after = send();
    let again = send();
    assert_eq!((again.status, &again.body), (after.status, &after.body), "{how:?} {operation}");
    let books = server.app.store.books().unwrap();
    assert!(books.first_bad.is_none(), "{how:?} {operation}: {:?}", books.first_bad);
    assert_eq!(books.open_attempts, 0, "{how:?} {operation}: the attempt is closed");
    assert_eq!(server.charges_in_the_book(), charges(operation), "{how:?} {operation}");
    Seen {
        first: said(&first),
        shows,
        meanwhile: said(&meanwhile),
        after: said(&after),
        object: object(&server, operation),
        network: network(&server),
    }
}

/// A hold that was canceled is none.
fn charges(operation: &str) -> usize {
    usize::from(operation != "cancel a hold")
}

/// What a shop sees that asks at once.
fn shows(server: &Server, operation: &str) -> String {
    let list = |path: &str| -> Answer { server.get(path) };
    let (what, list) = match operation {
        "refund" => ("refund ", list("/v1/refunds")),
        _ => ("", list(PI)),
    };
    let status = list.json["data"][0]["status"].as_str().unwrap_or("none").to_owned();
    format!("{what}`{status}`")
}

/// From now on an attempt cannot end, or not even be touched.
fn break_commits(server: &Server, how: How, fails: Fails) {
    let verbs: &[&str] = match fails {
        Fails::Settling => &["DELETE"],
        Fails::Everything => &["DELETE", "UPDATE"],
    };
    if how == How::Constraint {
        for verb in verbs {
            by_hand(
                server,
                &format!(
                    "CREATE TRIGGER fails_{verb} BEFORE {verb} ON attempts \
                     BEGIN SELECT RAISE(ABORT, 'planted'); END"
                ),
            );
        }
        return;
    }
    let does = match how {
        How::InTheWay => "RAISE EXCEPTION USING ERRCODE = '40001'",
        How::Lost => "PERFORM pg_terminate_backend(pg_backend_pid())",
        How::Constraint | How::Refused => "RAISE EXCEPTION 'planted'",
    };
    let verbs = verbs.join(" OR ");
    let trigger = match how {
        How::Lost => format!(
            "CONSTRAINT TRIGGER fails AFTER {verbs} ON attempts DEFERRABLE INITIALLY DEFERRED"
        ),
        _ => format!("TRIGGER fails BEFORE {verbs} ON attempts"),
    };
    by_hand(
        server,
        &format!(
            "CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN {does}; RETURN NULL; END $$; \
             CREATE {trigger} FOR EACH ROW EXECUTE FUNCTION fails()"
        ),
    );
}

fn mend(server: &Server, how: How) {
    match how {
        How::Constraint => by_hand(
            server,
            "DROP TRIGGER IF EXISTS fails_DELETE; DROP TRIGGER IF EXISTS fails_UPDATE",
        ),
        How::Refused | How::InTheWay | How::Lost => {
            by_hand(server, "DROP TRIGGER fails ON attempts");
        }
    }
}

/// Statements by hand, on a connection of their own.
fn by_hand(server: &Server, sql: &str) {
    let Some(url) = server.url() else {
        let file = server.dir().join("farthing.db");
        return Connection::open(file).unwrap().execute_batch(sql).unwrap();
    };
    let done = Command::new(cluster::programs().join("psql"))
        .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", &url, "-c", sql])
        .output()
        .unwrap();
    assert!(done.status.success(), "{sql}: {}", String::from_utf8_lossy(&done.stderr));
}
