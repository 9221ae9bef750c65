//! What only a database across a socket can do: go away in the middle, refuse for a moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

use farthing_domain::change::Change;
use farthing_domain::command::{Ask, Command};
use farthing_domain::object::ObjectRef;
use farthing_domain::reply::{Answer, Render, Reply};
use farthing_domain::tenant::TenantId;
use farthing_domain::view::{Key, View};
use farthing_store::{Store, StoreError};
use tokio_postgres::NoTls;

use crate::cluster::Database;
use crate::drive::Drive;
use crate::engines::{render, wait};
use crate::samples;

/// Statements by hand, on a connection of their own: what they leave open is undone.
pub(crate) fn by_hand(url: &str, sql: &str) -> Result<(), tokio_postgres::Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime can be made");
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        tokio::spawn(connection);
        client.batch_execute(sql).await
    })
}

const ENDS_ALL: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
    WHERE datname = current_database() AND pid <> pg_backend_pid()";

/// Renders as the others do, and once, between the load and the write, ends every connection.
struct Ending {
    inner: Arc<dyn Render>,
    url: String,
    armed: Arc<AtomicBool>,
    /// How often a batch was decided since it was armed.
    decided: Arc<AtomicUsize>,
}

impl Render for Ending {
    fn object(&self, view: &View, tenant: TenantId, object: ObjectRef) -> Vec<u8> {
        self.inner.object(view, tenant, object)
    }

    fn previous(&self, before: &[u8], after: &[u8]) -> Vec<u8> {
        self.inner.previous(before, after)
    }

    fn reply(
        &self,
        view: &View,
        tenant: TenantId,
        reply: &Reply,
        expand: &[String],
    ) -> Option<Answer> {
        self.decided.fetch_add(1, Ordering::Relaxed);
        if self.armed.swap(false, Ordering::Relaxed) {
            by_hand(&self.url, ENDS_ALL).expect("it is reachable");
        }
        self.inner.reply(view, tenant, reply, expand)
    }
}

/// Commands that make sense, from a merchant that is open; the last makes a payment method.
pub(crate) fn commands() -> Vec<Command> {
    let store = Store::manual_memory(render());
    let all = Drive::new(3).run(&store, 400).into_iter().map(|(command, _)| command);
    let all: Vec<Command> = all.collect();
    let method = |command: &&Command| matches!(command.ask, Ask::CreateMethod(_));
    vec![all[0].clone(), all.iter().find(method).expect("there is one").clone()]
}

fn same_as_reference(store: &Store) {
    let reference = Store::manual_memory(render());
    for command in commands() {
        reference.submit_blocking(command).expect("no failure of storage");
    }
    assert_eq!(store.dump().expect("readable"), reference.dump().expect("readable"));
}

#[test]
fn a_connection_that_is_lost_within_a_batch_is_made_anew_and_the_batch_run_again() {
    let database = Database::new();
    let armed = Arc::new(AtomicBool::new(false));
    let decided = Arc::new(AtomicUsize::new(0));
    let ending = Ending {
        inner: render(),
        url: database.url(),
        armed: Arc::clone(&armed),
        decided: Arc::clone(&decided),
    };
    let store = Store::manual_postgres(&database.url(), Arc::new(ending)).expect("it can be done");
    let [open, method] = commands().try_into().expect("it can be done");
    store.submit_blocking(open).expect("it can be done");
    armed.store(true, Ordering::Relaxed);
    decided.store(0, Ordering::Relaxed);
    // Nothing of the batch may be written by a connection that did not begin it.
    store.submit_blocking(method).expect("the second try has a connection");
    assert!(!armed.load(Ordering::Relaxed), "it was lost");
    assert_eq!(decided.load(Ordering::Relaxed), 2, "it was decided anew, on what is stored");
    same_as_reference(&store);
}

#[test]
fn a_connection_that_is_lost_between_batches_costs_nobody_an_error() {
    let database = Database::new();
    let store = Store::manual_postgres(&database.url(), render()).expect("a new one opens");
    for command in commands() {
        by_hand(&database.url(), ENDS_ALL).expect("it is reachable");
        store.submit_blocking(command).expect("no failure of storage");
        by_hand(&database.url(), ENDS_ALL).expect("it is reachable");
        assert!(wait(store.fetch(Vec::new())).is_ok());
        assert!(store.setting("kind").is_ok());
    }
    same_as_reference(&store);
}

#[test]
fn a_connection_that_is_lost_during_the_commit_leaves_the_outcome_unknown() {
    let database = Database::new();
    let store = Store::manual_postgres(&database.url(), render()).expect("a new one opens");
    let [open, method] = commands().try_into().expect("it can be done");
    store.submit_blocking(open).expect("it can be done");
    // Runs when the commit does.
    let dies = "CREATE FUNCTION dies() RETURNS trigger LANGUAGE plpgsql AS $$ \
        BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$; \
        CREATE CONSTRAINT TRIGGER dies AFTER INSERT ON methods \
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION dies()";
    by_hand(&database.url(), dies).expect("it can be done");
    let lost = store.submit_blocking(method.clone());
    assert_eq!(lost.err(), Some(StoreError::OutcomeUnknown));
    by_hand(&database.url(), "DROP TRIGGER dies ON methods").expect("it can be done");
    store.submit_blocking(method).expect("it was not done, and can be");
    same_as_reference(&store);
}

#[test]
fn what_was_in_somebodys_way_is_tried_again() {
    for code in ["40001", "40P01"] {
        let database = Database::new();
        let store = Store::manual_postgres(&database.url(), render()).expect("a new one opens");
        let [open, method] = commands().try_into().expect("it can be done");
        store.submit_blocking(open).expect("it can be done");
        // A sequence keeps its count when a commit is given up.
        let refuses = format!(
            "CREATE SEQUENCE tries; CREATE FUNCTION refuses() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN IF nextval('tries') < 3 THEN RAISE EXCEPTION USING ERRCODE = '{code}'; \
             END IF; RETURN NEW; END $$; CREATE TRIGGER refuses BEFORE INSERT ON methods \
             FOR EACH ROW EXECUTE FUNCTION refuses()"
        );
        by_hand(&database.url(), &refuses).expect("it can be done");
        store.submit_blocking(method).expect("the third try is not refused");
        same_as_reference(&store);
    }
}

#[test]
fn history_cannot_be_changed_by_hand() {
    let database = Database::new();
    let store = Store::manual_postgres(&database.url(), render()).expect("a new one opens");
    store.write(samples::all().into_iter().map(Change::Insert).collect()).expect("it can be done");
    for sql in [
        "UPDATE transfers SET created = 1",
        "DELETE FROM transfers",
        "UPDATE entries SET minor = 1",
        "DELETE FROM entries",
        "UPDATE events SET kind = 1",
        "DELETE FROM events",
        "UPDATE bodies SET number = number + 1",
        "UPDATE balance_transactions SET amount = 1",
        "UPDATE balance_transactions SET part = 1",
        "UPDATE balance_transactions SET ratio = '1/1'",
        "UPDATE balance_transactions SET available_on = 0",
        "UPDATE balance_transactions SET description = NULL",
        "DELETE FROM balance_transactions",
        "TRUNCATE transfers",
        "TRUNCATE entries",
        "TRUNCATE events",
        "TRUNCATE bodies",
        "TRUNCATE balance_transactions",
    ] {
        let refused = by_hand(&database.url(), sql).expect_err(sql);
        let said = refused.as_db_error().expect("the database said it").message().to_owned();
        assert!(said.contains("append-only"), "{sql}: {said}");
    }
}

/// Another process changes a tenant's row and has not committed yet: a batch waits for it before it
/// reads anything, so that it decides on what is so then.
#[test]
fn a_batch_reads_nothing_of_a_tenant_that_another_process_is_changing() {
    let database = Database::new();
    let store = Store::manual_postgres(&database.url(), render()).expect("a new one opens");
    let [open, method] = commands().try_into().expect("it can be done");
    let tenant = method.meta.tenant;
    store.submit_blocking(open).expect("it can be done");
    let next =
        || match wait(store.fetch(vec![Key::Tenant(tenant)])).expect("readable").tenant(tenant) {
            Some(row) => row.next_seq,
            None => panic!("the tenant is there"),
        };
    let before = next();
    let (url, (changed, was_changed)) = (database.url(), channel());
    let other = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime can be made").block_on(async {
            let (client, connection) = tokio_postgres::connect(&url, NoTls).await.expect("there");
            tokio::spawn(connection);
            let change = format!(
                "BEGIN; UPDATE tenants SET next_seq = next_seq + 100 WHERE id = {}",
                tenant.raw()
            );
            client.batch_execute(&change).await.expect("it can be done");
            changed.send(()).expect("somebody waits");
            // Long enough for the batch to have read what it must not.
            tokio::time::sleep(Duration::from_millis(400)).await;
            client.batch_execute("COMMIT").await.expect("it can be done");
        });
    });
    was_changed.recv().expect("it is changed");
    store.submit_blocking(method).expect("it waits its turn");
    other.join().expect("it went well");
    assert!(next() > before + 100, "it began where the other one ended: {before}, {}", next());
}

/// Migrating waits for whoever is at it, however long, and never takes what it cannot read for nothing.
#[test]
fn a_migration_waits_its_turn_and_an_unreadable_version_is_an_error() {
    let database = Database::new();
    let (url, (locked, was_locked)) = (database.url(), channel());
    let other = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime can be made").block_on(async {
            let (client, connection) = tokio_postgres::connect(&url, NoTls).await.expect("there");
            tokio::spawn(connection);
            let lock = "SELECT pg_advisory_lock(7377303508903095911)";
            client.batch_execute(lock).await.expect("it can be done");
            locked.send(()).expect("somebody waits");
            // Longer than a query waits for a lock.
            tokio::time::sleep(Duration::from_millis(5_600)).await;
        });
    });
    was_locked.recv().expect("it is locked");
    let store = Store::manual_postgres(&database.url(), render()).expect("it waited");
    other.join().expect("it went well");
    store.set_setting("kind", b"dev").expect("kept");
    drop(store);
    let unreadable = "ALTER TABLE schema_version ALTER version TYPE numeric";
    by_hand(&database.url(), unreadable).expect("it can be done");
    let again = Store::manual_postgres(&database.url(), render());
    let corrupt = StoreError::Corrupt { table: "schema_version", column: "version" };
    assert_eq!(again.expect_err("it cannot be read"), corrupt);
}

/// What a database is set to do sooner than the disk has it, the store does not.
#[test]
fn a_commit_waits_for_the_disk_whatever_the_database_was_told() {
    for told in ["off", "local", "remote_write"] {
        let database = Database::new();
        let name = database.url().rsplit('/').next().expect("it has a name").to_owned();
        let sets = format!("ALTER DATABASE {name} SET synchronous_commit = {told}");
        by_hand(&database.url(), &sets).expect("it can be set");
        let store = Store::manual_postgres(&database.url(), render()).expect("a new one opens");
        let asks = "CREATE FUNCTION asks() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
            IF current_setting('synchronous_commit') <> 'on' THEN RAISE EXCEPTION 'too soon'; \
            END IF; RETURN NEW; END $$; CREATE TRIGGER asks BEFORE INSERT ON methods \
            FOR EACH ROW EXECUTE FUNCTION asks()";
        by_hand(&database.url(), asks).expect("it can be done");
        for command in commands() {
            store.submit_blocking(command).expect("it waits for the disk");
        }
    }
}
