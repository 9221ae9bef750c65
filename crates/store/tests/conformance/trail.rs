//! The trail: lines are added, read newest first, and never changed.

use farthing_core::time::TimestampMs;
use farthing_domain::audit::Line;
use farthing_domain::change::Change;
use farthing_domain::query::{Scan, Sealed};
use farthing_domain::tenant::TenantId;
use farthing_domain::view::Row;
use farthing_store::{Store, StoreError};
use tempfile::TempDir;

use crate::cluster::Database;
use crate::engines::{engines, render, wait};
use crate::samples;

fn line(action: &str) -> Line {
    Line {
        at: TimestampMs::from_seconds(1_800_000_000),
        actor: "key_1".to_owned(),
        action: action.to_owned(),
        request: Some("req_1".to_owned()),
        status: Some(200),
        count: None,
    }
}

#[test]
fn lines_are_kept_in_their_order() {
    for engine in engines() {
        assert_eq!(wait(engine.store.trail(None, 10)).unwrap(), []);
        engine.store.note(&[line("a"), line("b")]).unwrap();
        let used = Line { count: Some(7), status: None, request: None, ..line("used") };
        engine.store.note(std::slice::from_ref(&used)).unwrap();
        let all = wait(engine.store.trail(None, 10)).unwrap();
        let told: Vec<(i64, &str)> =
            all.iter().map(|kept| (kept.place, kept.line.action.as_str())).collect();
        assert_eq!(told, [(3, "used"), (2, "b"), (1, "a")], "{}", engine.name);
        assert_eq!(all[0].line, used, "{}", engine.name);
        let older = wait(engine.store.trail(Some(3), 1)).unwrap();
        assert_eq!(older.iter().map(|kept| kept.place).collect::<Vec<_>>(), [2], "{}", engine.name);
    }
}

#[test]
fn the_databases_refuse_to_change_them() {
    let mut refused = 0;
    for engine in engines() {
        engine.store.note(&[line("a"), line("b")]).unwrap();
        let insert = "INSERT INTO audit (place, at, actor, action) VALUES";
        for sql in [
            "UPDATE audit SET actor = 'nobody'".to_owned(),
            "DELETE FROM audit".to_owned(),
            format!("{insert} (1, 1, 'nobody', 'nothing')"),
            format!("{insert} (0, 1, 'nobody', 'nothing')"),
        ] {
            refused += usize::from(engine.by_hand(&sql).is_some_and(|done| done.is_err()));
        }
        if engine.name == "sqlite" {
            let over = "REPLACE INTO audit (place, at, actor, action) VALUES (1, 1, 'x', 'x')";
            assert!(engine.by_hand(over).unwrap().is_err(), "a line was written over");
        }
        if engine.name == "postgres" {
            assert!(engine.by_hand("TRUNCATE audit").unwrap().is_err(), "the trail was emptied");
        }
        let kept = wait(engine.store.trail(None, 10)).unwrap();
        assert_eq!(kept.len(), 2, "{}", engine.name);
        assert!(kept.iter().all(|kept| kept.line.actor == "key_1"), "{}", engine.name);
    }
    assert_eq!(refused, 8, "four statements, two databases");
}

#[test]
fn lines_go_along_with_a_copy_in_their_places() {
    let (dir, database) = (TempDir::new().unwrap(), Database::new());
    let from = Store::manual_sqlite(dir.path(), render()).unwrap();
    from.note(&[line("a"), line("b"), line("c")]).unwrap();
    let before = wait(from.trail(None, 10)).unwrap();
    drop(from);
    let to = Store::manual_postgres(&database.url(), render()).unwrap();
    to.receive(Store::hold_sqlite(dir.path()).unwrap()).unwrap();
    assert_eq!(wait(to.trail(None, 10)).unwrap(), before);
    let again = to.receive(Store::hold_sqlite(dir.path()).unwrap());
    assert_eq!(again, Err(StoreError::NotEmpty), "a trail is something");
}

/// Several write at one time, as several processes do: no place is taken twice, and none is left out.
#[test]
fn places_have_no_gaps_whoever_writes() {
    let database = Database::new();
    let stores: Vec<Store> =
        (0..3).map(|_| Store::manual_postgres(&database.url(), render()).unwrap()).collect();
    std::thread::scope(|scope| {
        for store in &stores {
            scope.spawn(|| (0..20).for_each(|_| store.note(&[line("a")]).unwrap()));
        }
    });
    let kept = wait(stores[0].trail(None, 100)).unwrap();
    let places: Vec<i64> = kept.iter().rev().map(|kept| kept.place).collect();
    assert_eq!(places, (1..=60).collect::<Vec<i64>>());
}

#[test]
fn a_setting_is_replaced_by_whoever_read_it_last() {
    for engine in engines() {
        let replace = |old: Option<&[u8]>, new: &[u8]| {
            engine.store.replace_setting("keys", old, new).unwrap()
        };
        assert!(replace(None, b"1"), "{}", engine.name);
        assert!(!replace(None, b"2"), "{}: there is one already", engine.name);
        assert!(!replace(Some(b"0"), b"2"), "{}: another one", engine.name);
        assert!(replace(Some(b"1"), b"2"), "{}", engine.name);
        assert_eq!(engine.store.setting("keys").unwrap().unwrap(), b"2", "{}", engine.name);
    }
}

/// Where a row stands among those of its kind that have seals.
fn place(row: &Row) -> Option<(Sealed, (TenantId, [u8; 12]))> {
    match row {
        Row::Method(row) => Some((Sealed::Methods, (row.tenant, row.id.bytes()))),
        Row::Token(row) => Some((Sealed::Tokens, (row.tenant, row.id.bytes()))),
        Row::Endpoint(row) => Some((Sealed::Endpoints, (row.tenant, row.id.bytes()))),
        Row::BankAccount(row) => Some((Sealed::BankAccounts, (row.tenant, row.id.bytes()))),
        _ => None,
    }
}

#[test]
fn rows_with_seals_come_one_after_the_other() {
    for engine in engines() {
        let rows = samples::all();
        engine.store.write(rows.iter().cloned().map(Change::Insert).collect()).unwrap();
        for of in [Sealed::Methods, Sealed::Tokens, Sealed::Endpoints, Sealed::BankAccounts] {
            let there = rows.iter().filter_map(place).filter(|(kind, _)| *kind == of);
            let mut there: Vec<_> = there.map(|(_, place)| place).collect();
            there.sort_unstable();
            let (mut met, mut after) = (Vec::new(), None);
            loop {
                let next = wait(engine.store.scan(Scan::Sealed { of, after, limit: 1 })).unwrap();
                let Some((kind, next)) = next.first().and_then(place) else { break };
                assert_eq!(kind, of, "{}", engine.name);
                met.push(next);
                after = Some(next);
            }
            assert_eq!(met, there, "{} {of:?}", engine.name);
            assert!(!met.is_empty(), "{of:?}: there is no sample of it");
        }
    }
}
