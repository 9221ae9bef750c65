//! Rows go in and come back the same; constraints hold; sets are what they say.

use farthing_core::id::{AttemptId, IntentId};
use farthing_domain::attempt::Call;
use farthing_domain::change::Change;
use farthing_domain::charge::{Charge, ChargeState, Rest};
use farthing_domain::event::Event;
use farthing_domain::intent::{Intent, IntentState};
use farthing_domain::network::{Approval, Reference};
use farthing_domain::object::ObjectRef;
use farthing_domain::query::{CreatedRange, Cursor, List, Query};
use farthing_domain::tenant::Pages;
use farthing_domain::view::{Key, Row};
use farthing_store::{Store, StoreError};

use crate::engines::{Engine, by_hand, engines, render, tenant, wait};
use crate::machinery;
use crate::samples::{self, sixteen, twelve, usd};

fn inserted(rows: Vec<Row>) -> Vec<Change> {
    rows.into_iter().map(Change::Insert).collect()
}

#[test]
fn every_row_comes_back_as_it_went_in() {
    let mut rows = samples::all();
    rows.sort_by_key(Row::key);
    for Engine { name, store, dir, .. } in engines() {
        store.write(inserted(rows.clone())).expect("samples break no rule");
        let keys: Vec<Key> = rows.iter().map(Row::key).collect();
        let view = wait(store.fetch(keys)).expect("they are there");
        for row in &rows {
            assert_eq!(view.row(&row.key()), Some(row), "{name}");
        }
        assert_eq!(store.dump().expect("readable"), rows, "{name}");
        if let Some(dir) = dir {
            drop(store);
            let again = Store::manual_sqlite(dir.path(), render()).expect("it opens again");
            assert_eq!(again.dump().expect("readable"), rows, "after a restart");
        }
    }
}

#[test]
fn an_update_replaces_what_may_change() {
    for Engine { name, store, .. } in engines() {
        let before = samples::intent(1, IntentState::RequiresConfirmation);
        store.write(vec![Change::Insert(Row::Intent(before.clone()))]).expect("new");
        let state = IntentState::Succeeded { received: usd(7) };
        let after = samples::full(Intent { state, amount: usd(7), ..before });
        let key = Key::Intent(after.tenant, after.id);
        store.write(vec![Change::Update(Row::Intent(after.clone()))]).expect("there");
        let view = wait(store.fetch(vec![key])).expect("readable");
        assert_eq!(view.row(&key), Some(&Row::Intent(after)), "{name}");
    }
}

#[test]
fn absent_is_not_the_same_as_unknown() {
    for Engine { name, store, .. } in engines() {
        let absent = Key::Intent(tenant(), IntentId::from_bytes(twelve(1)));
        let attempt = Key::Attempt(AttemptId::from_bytes(twelve(1)));
        let set = Key::Endpoints(tenant());
        let view = wait(store.fetch(vec![absent, attempt, set])).expect("readable");
        assert_eq!(view.row(&absent), None, "{name}");
        assert_eq!(view.row(&attempt), None, "{name}");
        assert!(view.set(&set).is_empty(), "{name}");
        assert!(!view.knows(&Key::Balances(tenant())), "{name}");
    }
}

#[test]
fn sets_are_the_same_rows_in_the_same_order() {
    let mut found = Vec::new();
    for Engine { store, .. } in engines() {
        store.write(inserted(samples::all())).expect("samples break no rule");
        let event = machinery::event(900, farthing_domain::event::EventKind::ALL[0]).id;
        let sets = [
            Key::Endpoints(tenant()),
            Key::Balances(tenant()),
            Key::Deliveries(tenant(), event),
            Key::ApiKeys(tenant()),
            Key::BankAccounts(tenant()),
        ];
        let view = wait(store.fetch(sets.to_vec())).expect("readable");
        let rows: Vec<Vec<Row>> = sets.iter().map(|set| view.set(set).to_vec()).collect();
        assert_eq!(rows.iter().map(Vec::len).collect::<Vec<_>>(), [4, 20, 3, 5, 1]);
        let places: Vec<i64> = rows[0]
            .iter()
            .map(|row| if let Row::Endpoint(row) = row { row.seq } else { panic!("{row:?}") })
            .collect();
        assert!(places.is_sorted(), "{places:?}");
        found.push(rows);
    }
    assert_eq!(found[0], found[1]);
}

/// What contradicts the stored rows is refused by every engine, and leaves nothing behind.
#[test]
fn contradictions_are_bugs() {
    let there = Row::Intent(samples::intent(1, IntentState::RequiresConfirmation));
    let other = Row::Intent(samples::intent(2, IntentState::RequiresConfirmation));
    let cases = [
        vec![Change::Insert(other.clone()), Change::Insert(there.clone())],
        vec![Change::Insert(other.clone()), Change::Update(Row::Event(an_event()))],
        vec![Change::Insert(other.clone()), Change::Delete(Row::Event(an_event()).key())],
    ];
    for Engine { name, store, .. } in engines() {
        store.write(vec![Change::Insert(there.clone())]).expect("new");
        for case in &cases {
            assert_eq!(store.write(case.clone()), Err(StoreError::Bug), "{name}: {case:?}");
            assert_eq!(store.dump().expect("readable"), std::slice::from_ref(&there), "{name}");
        }
    }
}

fn an_event() -> Event {
    machinery::event(1, farthing_domain::event::EventKind::ALL[0])
}

/// The second half of the pair assertion: what the domain never writes, SQLite refuses.
#[test]
fn the_schema_repeats_the_rules_about_amounts() {
    let captured = |amount| ChargeState::Captured {
        approval: Approval::default(),
        amount: usd(amount),
        reference: Reference(sixteen(1)),
        held_until: None,
        captures: 1,
        rest: Rest::Released,
    };
    let charge = |number, intent, amount| samples::charge(number, intent, captured(amount));
    let void = Call::Void { charge: charge(1, 1, 1).id, of: Reference(sixteen(1)), reason: None };
    let attempt = |number: i64| {
        let mut attempt = machinery::attempt(number, void.clone());
        attempt.intent = IntentId::from_bytes(twelve(1));
        Row::Attempt(attempt)
    };
    let same_reference = |number: i64| {
        let mut attempt = machinery::attempt(number, void.clone());
        attempt.reference = Reference(sixteen(1));
        Row::Attempt(attempt)
    };
    let same_seq =
        |number| Row::Intent(Intent { seq: 5, ..samples::intent(number, IntentState::Processing) });
    let left = |capturable, received| {
        let (capturable, received) = (usd(capturable), usd(received));
        Row::Intent(samples::intent(1, IntentState::RequiresCapture { capturable, received }))
    };
    let open = |amount, held_until| {
        let state = ChargeState::Captured {
            approval: Approval::default(),
            amount: usd(amount),
            reference: Reference(sixteen(1)),
            held_until,
            captures: 1,
            rest: Rest::Held,
        };
        Row::Charge(samples::charge(1, 1, state))
    };
    let line = |number| samples::line_of_a_charge(number, 0);
    let cases: [(&str, Vec<Row>); 13] = [
        ("more left than was held", vec![left(1_600, 500)]),
        ("less left than was held", vec![left(1_400, 500)]),
        ("all taken, and yet to be captured", vec![left(0, 2_000)]),
        ("all captured, and the rest held", vec![open(2_000, Some(samples::at(9)))]),
        ("held for ever", vec![open(500, None)]),
        ("one capture posted twice", vec![line(1), line(2)]),
        ("captured above the hold", vec![Row::Charge(charge(1, 1, 2_001))]),
        (
            "refunded above the charge",
            vec![Row::Charge(Charge {
                refunded: usd(900),
                refund_reserved: usd(101),
                ..charge(1, 1, 1_000)
            })],
        ),
        ("charged twice", vec![Row::Charge(charge(1, 1, 1)), Row::Charge(charge(2, 1, 1))]),
        (
            "received above the amount",
            vec![Row::Intent(samples::intent(1, IntentState::Succeeded { received: usd(2_001) }))],
        ),
        ("two calls for one intent", vec![attempt(1), attempt(2)]),
        ("two calls of one reference", vec![same_reference(1), same_reference(2)]),
        ("two objects in one place", vec![same_seq(1), same_seq(2)]),
    ];
    let sqlite = engines().pop().expect("the last engine");
    for (what, rows) in cases {
        assert_eq!(sqlite.store.write(inserted(rows)), Err(StoreError::Bug), "{what}");
    }
    assert!(sqlite.store.dump().expect("readable").is_empty());
}

#[test]
fn history_is_append_only() {
    let Engine { store, dir, .. } = engines().pop().expect("the last engine");
    store.write(inserted(samples::all())).expect("samples break no rule");
    drop(store);
    let connection = by_hand(dir.as_ref());
    for sql in [
        "UPDATE transfers SET reason = 2",
        "DELETE FROM transfers",
        "UPDATE entries SET minor = 1",
        "DELETE FROM entries",
        "UPDATE events SET kind = 1",
        "DELETE FROM events",
        "UPDATE bodies SET bytes = x'00'",
        "UPDATE balance_transactions SET amount = 1",
        "UPDATE balance_transactions SET fee = 0",
        "UPDATE balance_transactions SET created = 0",
        "UPDATE balance_transactions SET part = 1",
        "UPDATE balance_transactions SET ratio = '1/1'",
        "UPDATE balance_transactions SET available_on = 0",
        "UPDATE balance_transactions SET description = NULL",
        "DELETE FROM balance_transactions",
    ] {
        let refused = connection.execute(sql, []).expect_err(sql).to_string();
        assert!(refused.contains("append-only"), "{refused}");
    }
    replaces(&connection);
    // As the store's own connection is set up: there the triggers of deletion are asked.
    let ours = "PRAGMA recursive_triggers = ON; PRAGMA case_sensitive_like = ON";
    connection.execute_batch(ours).expect("it can be set");
    replaces(&connection);
}

/// Tries to put another row in the place of one: by each unique key of each table of history.
fn replaces(connection: &rusqlite::Connection) {
    const HISTORY: [&str; 5] = ["transfers", "entries", "events", "bodies", "balance_transactions"];
    let names = |sql: &str, table: &str| -> Vec<String> {
        let mut statement = connection.prepare(sql).expect("well formed");
        let found = statement.query_map([table], |row| row.get(0)).expect("it runs");
        found.map(|name| name.expect("text")).collect()
    };
    let mut keys = 0;
    for table in HISTORY {
        let columns = names("SELECT name FROM pragma_table_info(?1)", table);
        let indexes = "SELECT name FROM pragma_index_list(?1) WHERE \"unique\" = 1";
        let mut unique: Vec<Vec<String>> = names(indexes, table)
            .iter()
            .map(|index| names("SELECT name FROM pragma_index_xinfo(?1) WHERE key = 1", index))
            .collect();
        if table == "bodies" {
            unique.push(vec!["rowid".to_owned()]);
        }
        for key in unique {
            keys += 1;
            // Every other number is another one, and every other id: nothing but this key is in the way.
            let others: Vec<String> = columns
                .iter()
                .map(|column| match column.as_str() {
                    _ if key.contains(column) => column.clone(),
                    "id" => "randomblob(12)".to_owned(),
                    "seq" | "number" | "sequence" | "place" | "part" | "transfer" => {
                        format!("{column} + 1000000")
                    }
                    _ => column.clone(),
                })
                .collect();
            let (mut into, mut from) = (columns.join(", "), others.join(", "));
            if key == ["rowid"] {
                (into, from) = (format!("rowid, {into}"), format!("rowid, {from}"));
            }
            // The one payout's transfer that there is, for the index that has no other.
            let only = if key == ["tenant", "source"] { "WHERE reason = 12" } else { "" };
            let sql = format!(
                "INSERT OR REPLACE INTO {table} ({into}) SELECT {from} FROM {table} {only}"
            );
            match connection.execute(&sql, []) {
                Ok(written) => assert_eq!((written, only.is_empty()), (0, false), "{sql}"),
                Err(refused) => {
                    assert!(refused.to_string().contains("append-only"), "{sql}: {refused}");
                }
            }
        }
    }
    assert_eq!(keys, 11, "every unique key of every table of history");
}

#[test]
fn one_process_holds_a_folder() {
    let Engine { store, dir, .. } = engines().pop().expect("the last engine");
    let dir = dir.expect("a folder");
    let refused = Store::manual_sqlite(dir.path(), render()).expect_err("held");
    assert_eq!(refused, StoreError::Locked { dir: dir.path().to_owned() });
    assert!(refused.to_string().contains("stop it first"), "{refused}");
    drop(store);
    Store::manual_sqlite(dir.path(), render()).expect("let go");
}

#[test]
fn a_newer_file_is_refused() {
    let Engine { store, dir, .. } = engines().pop().expect("the last engine");
    let dir = dir.expect("a folder");
    drop(store);
    let connection = by_hand(Some(&dir));
    connection.execute("INSERT INTO schema_version VALUES (99)", []).expect("a row");
    drop(connection);
    let refused = Store::manual_sqlite(dir.path(), render()).expect_err("newer");
    assert!(matches!(refused, StoreError::SchemaNewer { found: 99, .. }), "{refused:?}");
}

/// The schema of the first release, as it is in the hands of whoever runs it.
const FIRST: &str = include_str!("../../migrations/sqlite/0001_init.sql");

#[test]
fn an_older_file_is_brought_up_to_date() {
    let dir = tempfile::TempDir::new().expect("a folder");
    let connection = by_hand(Some(&dir));
    let rows = "
        CREATE TABLE schema_version (version INTEGER PRIMARY KEY) STRICT;
        INSERT INTO schema_version VALUES (1);
        INSERT INTO api_keys VALUES (zeroblob(32), 2, 5, 2, 'wxyz');
        INSERT INTO records VALUES
          (2, zeroblob(16), 5, zeroblob(32), x'', 'req_1', NULL, zeroblob(12), NULL, NULL, NULL);
        INSERT INTO events VALUES (2, zeroblob(12), 7, 5, 1, 1, zeroblob(12), 1, 1, NULL, NULL);
    ";
    connection.execute_batch(FIRST).and_then(|()| connection.execute_batch(rows)).expect("made");
    drop(connection);
    let older = Store::read_sqlite(dir.path()).expect_err("not brought up to date by a reader");
    assert!(older.to_string().contains("serve it with this release once"), "{older}");
    let store = Store::manual_sqlite(dir.path(), render()).expect("it opens");
    let set = Key::ApiKeys(tenant());
    let view = wait(store.fetch(vec![set])).expect("readable");
    match view.set(&set) {
        [Row::ApiKey(key)] => {
            assert_eq!((key.hint.as_str(), &key.pages), ("wxyz", &Pages::default()));
        }
        other => panic!("{other:?}"),
    }
    match &store.dump().expect("readable")[1] {
        Row::Record(record) => assert_eq!(record.path, None),
        other => panic!("{other:?}"),
    }
    let object = ObjectRef::Intent(IntentId::from_bytes([0; 12]));
    let query = Query {
        tenant: tenant(),
        list: List::EventsOf { object, after: 0, endpoint: None },
        created: CreatedRange::default(),
        cursor: Cursor::Start,
        limit: 9,
    };
    let page = wait(store.page(query)).expect("what was there before is indexed");
    assert_eq!(page.rows.len(), 1);
    assert!(Store::read_sqlite(dir.path()).is_ok());
}

#[test]
fn an_unreadable_row_names_its_column() {
    let Engine { store, dir, .. } = engines().pop().expect("the last engine");
    let intent = samples::intent(1, IntentState::RequiresConfirmation);
    let key = Key::Intent(intent.tenant, intent.id);
    store.write(vec![Change::Insert(Row::Intent(intent))]).expect("new");
    let connection = by_hand(dir.as_ref());
    connection.execute("UPDATE intents SET capture = 9", []).expect("written by hand");
    let found = wait(store.fetch(vec![key])).expect_err("unreadable");
    assert_eq!(found, StoreError::Corrupt { table: "intents", column: "capture" });
}

#[test]
fn settings_are_kept() {
    for Engine { name, store, .. } in engines() {
        assert_eq!(store.setting("dev"), Ok(None), "{name}");
        store.set_setting("dev", b"yes").expect("kept");
        store.set_setting("dev", b"no").expect("kept over");
        assert_eq!(store.setting("dev"), Ok(Some(b"no".to_vec())), "{name}");
    }
}

/// Takes holds into the ledger.
const HOLDS: &str = include_str!("../../migrations/sqlite/0013_holds.sql");

/// What was held before holds were in the ledger.
#[test]
fn holds_of_an_older_file_are_taken_into_the_ledger() {
    let dir = tempfile::TempDir::new().expect("a folder");
    let store = Store::manual_sqlite(dir.path(), render()).expect("a new folder opens");
    crate::drive::Drive::new(42).run(&store, 1_000);
    let before = store.books().expect("readable");
    assert_eq!(before.first_bad, None);
    drop(store);
    // The file as the release before this one had it, with a merchant's holds.
    let connection = by_hand(Some(&dir));
    let undone = "
        DROP TRIGGER transfers_kept_2; DROP TRIGGER entries_kept_2;
        DROP TRIGGER held_covered_1; DROP TRIGGER held_covered_2;
        DELETE FROM entries WHERE account IN (10, 11);
        DELETE FROM transfers WHERE reason IN (40, 41);
        DELETE FROM balances WHERE account IN (10, 11);
        ALTER TABLE transfers DROP COLUMN expires;
    ";
    connection.execute_batch(undone).expect("undone");
    connection.execute_batch(HOLDS).expect("it is brought up to date");
    drop(connection);
    let store = Store::manual_sqlite(dir.path(), render()).expect("it opens");
    let after = store.books().expect("readable");
    assert_eq!(after.first_bad, None);
    assert_eq!(after.totals, before.totals, "what was held is held");
    assert!(after.totals.iter().any(|total| total.account.of_holds() && total.minor != 0));
}
