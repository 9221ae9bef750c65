//! The run through the books: clean after any day, and it finds a row flipped by hand.

use farthing_domain::books::BooksReport;
use farthing_store::Store;
use rusqlite::Connection;
use tempfile::TempDir;

use crate::drive::Drive;
use crate::engines::{by_hand, engines, render};

#[test]
fn any_day_leaves_the_books_in_order() {
    for seed in 20..26 {
        let mut found: Vec<BooksReport> = Vec::new();
        for engine in engines() {
            Drive::new(seed).run(&engine.store, 250);
            found.push(engine.store.books().expect("readable"));
        }
        let report = &found[0];
        assert_eq!(report.first_bad, None, "seed {seed}");
        assert_eq!(found[0], found[1], "seed {seed}");
        assert!(report.charges > 5 && report.transfers > 3 && report.events > 50, "{report:?}");
        for currency in report.totals.iter().map(|total| total.currency) {
            let totals = report.totals.iter().filter(|total| total.currency == currency);
            assert_eq!(totals.map(|total| total.minor).sum::<i128>(), 0, "{currency:?}");
        }
    }
}

#[test]
fn they_are_read_beside_the_process_that_writes() {
    let dir = TempDir::new().expect("a temporary folder can be made");
    let store = Store::open_sqlite(dir.path(), render()).expect("a new folder opens");
    Drive::new(30).run(&store, 60);
    let beside = Store::read_sqlite(dir.path()).expect("no lock is needed");
    assert_eq!(beside.books(), store.books());
    drop((beside, store));
    // And when nobody has it open, whose log is gone then.
    let alone = Store::read_sqlite(dir.path()).expect("it opens");
    assert_eq!(alone.books().expect("readable").first_bad, None);
    let empty = TempDir::new().expect("a temporary folder can be made");
    assert_eq!(Store::read_sqlite(empty.path()).expect_err("nothing").code(), "unusable");
}

/// One row flipped by hand, and how the books name it.
const FLIPS: &[(&str, &str, &str)] = &[
    (
        "UPDATE entries SET minor = minor + 1 WHERE transfer = 1 AND place = 0",
        "transfers",
        "transfer_unbalanced",
    ),
    ("DELETE FROM entries WHERE transfer = 1", "transfers", "transfer_entries"),
    (
        "UPDATE balances SET minor = minor - 1 WHERE account = 4 AND currency = 'usd'",
        "balances",
        "balance_differs",
    ),
    ("DELETE FROM balances WHERE account = 1", "balances", "balance_differs"),
    ("UPDATE intents SET moved = moved - 1 WHERE status = 6", "intents", "intent_differs"),
    ("UPDATE intents SET status = 4, moved = NULL WHERE status = 6", "intents", "intent_differs"),
    ("UPDATE intents SET status = 4, moved = NULL WHERE status = 5", "intents", "intent_differs"),
    (
        "UPDATE intents SET open_attempt = zeroblob(12) WHERE open_attempt IS NOT NULL AND open_verb = 1",
        "attempts",
        "attempt_unknown_to_intent",
    ),
    (
        "UPDATE intents SET open_attempt = zeroblob(12), open_verb = 1 WHERE status = 6",
        "intents",
        "attempt_missing",
    ),
    (
        "UPDATE charges SET status = 3, captured = NULL, held_until = NULL, balance_transaction = NULL, refunded = 0, refund_reserved = 0 WHERE status = 2",
        "intents",
        "intent_differs",
    ),
    (
        "UPDATE charges SET balance_transaction = NULL WHERE status = 2",
        "charges",
        "charge_unposted",
    ),
    ("UPDATE charges SET refunded = refunded + 1 WHERE status = 2", "charges", "refunded_differs"),
    (
        "UPDATE charges SET refund_reserved = refund_reserved + 1 WHERE status = 2",
        "charges",
        "reserved_differs",
    ),
    (
        "UPDATE balance_transactions SET fee = fee + 1 WHERE reason = 1",
        "charges",
        "charge_unposted",
    ),
    (
        "UPDATE balance_transactions SET amount = amount - 1 WHERE reason = 1",
        "charges",
        "charge_unposted",
    ),
    ("DELETE FROM balance_transactions WHERE reason = 1", "charges", "charge_unposted"),
    ("UPDATE transfers SET reason = 2 WHERE reason = 1", "charges", "charge_unposted"),
    ("UPDATE refunds SET amount = amount + 1 WHERE status = 2", "charges", "refunded_differs"),
    (
        "UPDATE refunds SET balance_transaction = NULL WHERE status = 2",
        "refunds",
        "refund_unposted",
    ),
    ("UPDATE refunds SET currency = 'eur' WHERE status = 3", "refunds", "refund_misplaced"),
    (
        "UPDATE charges SET intent = (SELECT intent FROM charges WHERE status = 2 LIMIT 1), status = 3, detail = json_object('a', json_object()) WHERE status = 4",
        "charges",
        "paid_twice",
    ),
    ("UPDATE disputes SET amount = amount + 1 WHERE status = 4", "charges", "disputed_differs"),
    ("DELETE FROM disputes WHERE status = 4", "charges", "disputed_differs"),
    (
        "UPDATE disputes SET withdrawn = zeroblob(12) WHERE status = 4",
        "disputes",
        "dispute_unposted",
    ),
    (
        "UPDATE balances SET parts = '9:' || (minor + 1) WHERE account = 2",
        "balances",
        "parts_differ",
    ),
    ("UPDATE balances SET parts = '9:0,10:1' WHERE account = 3", "balances", "parts_differ"),
    ("UPDATE transfers SET reason = 10 WHERE reason = 2", "transfers", "transfer_misplaced"),
    ("UPDATE transfers SET reason = 20 WHERE reason = 21", "transfers", "transfer_misplaced"),
    (
        "UPDATE balance_transactions SET amount = amount - 1 WHERE reason = 20",
        "balances",
        "reserve_differs",
    ),
    ("UPDATE entries SET account = 3 WHERE account = 11", "transfers", "transfer_misplaced"),
    ("UPDATE transfers SET expires = NULL WHERE reason = 40", "transfers", "hold_without_end"),
    ("UPDATE payouts SET amount = amount + 1 WHERE status = 3", "payouts", "payout_unposted"),
    ("UPDATE payouts SET returned = zeroblob(12) WHERE status = 4", "payouts", "payout_unposted"),
    (
        "UPDATE payouts SET status = 3 WHERE status IN (1, 2) AND original IS NULL",
        "balances",
        "in_transit_differs",
    ),
    (
        "DELETE FROM payouts WHERE status = 3 AND original IS NULL",
        "balance_transactions",
        "belongs_to_nothing",
    ),
    (
        "UPDATE transfers SET source = zeroblob(12) WHERE reason = 12 AND number = (SELECT min(number) FROM transfers WHERE reason = 12)",
        "balances",
        "in_transit_differs",
    ),
    (
        "UPDATE transfers SET source = zeroblob(12) WHERE reason = 40 AND number = (SELECT min(number) FROM transfers WHERE reason = 40)",
        "balances",
        "held_differs",
    ),
    (
        "UPDATE balance_transactions SET available_on = available_on + 31536000000 WHERE reason = 1",
        "balances",
        "parts_differ",
    ),
    ("DELETE FROM attempts WHERE claim IS NOT NULL", "records", "record_waits_for_nothing"),
    ("DELETE FROM records WHERE attempt IS NOT NULL", "attempts", "attempt_unknown_to_record"),
    ("DELETE FROM intents WHERE open_attempt IS NOT NULL", "attempts", "attempt_without_intent"),
    (
        "DELETE FROM intents WHERE status = 6 AND id NOT IN (SELECT intent FROM attempts)",
        "charges",
        "belongs_to_nothing",
    ),
    (
        "DELETE FROM events WHERE id NOT IN (SELECT event FROM deliveries)",
        "events",
        "events_missing",
    ),
    (
        "DELETE FROM events WHERE id IN (SELECT event FROM deliveries)",
        "deliveries",
        "delivery_without_event",
    ),
    ("UPDATE deliveries SET previous_sequence = 99", "deliveries", "delivery_out_of_order"),
    (
        "UPDATE charges SET captured = NULL, refunded = 0, refund_reserved = 0 WHERE status = 2",
        "charges",
        "unreadable",
    ),
];

/// A merchant's day as a file.
fn day(seed: u64) -> TempDir {
    let day = TempDir::new().expect("a temporary folder can be made");
    let store = Store::manual_sqlite(day.path(), render()).expect("a new folder opens");
    let mut drive = Drive::new(seed);
    drive.run(&store, 2_500);
    drive.begin(&store);
    assert_eq!(store.books().expect("readable").first_bad, None);
    day // The log is folded into the file, which can be copied now.
}

#[test]
fn a_row_flipped_by_hand_is_named() {
    let mut days = vec![day(42)];
    for (sql, table, flaw) in FLIPS {
        // Not every day has every row.
        let mut number = 0;
        let dir = loop {
            let dir = TempDir::new().expect("a temporary folder can be made");
            let file = dir.path().join("farthing.db");
            std::fs::copy(days[number].path().join("farthing.db"), file).expect("a copy");
            let connection = by_hand(Some(&dir));
            unguard(&connection);
            if connection.execute(sql, []).expect(sql) > 0 {
                break dir;
            }
            number += 1;
            assert!(number < 8, "no day has such a row: {sql}");
            if days.len() == number {
                days.push(day(42 + u64::try_from(number).expect("a few")));
            }
        };
        let found = Store::read_sqlite(dir.path()).expect("it opens").books();
        let named = match &found {
            Ok(report) => report.first_bad.as_ref().map(|bad| (bad.table, bad.what.code())),
            Err(farthing_store::StoreError::Corrupt { table, .. }) => Some((*table, "unreadable")),
            Err(_) => None,
        };
        assert_eq!(named, Some((*table, *flaw)), "{sql}: {found:?}");
    }
}

/// Without the schema's own guards, which would refuse most of the above.
fn unguard(connection: &Connection) {
    connection
        .execute_batch(
            "PRAGMA ignore_check_constraints = ON; \
             DROP TRIGGER transfers_kept_1; DROP TRIGGER entries_kept_1; \
             DROP TRIGGER entries_kept_2; DROP TRIGGER events_kept_2; \
             DROP TRIGGER balance_transactions_kept_1; \
             DROP TRIGGER balance_transactions_kept_2; \
             DROP TRIGGER charges_covered_2; \
             DROP INDEX charges_paid;",
        )
        .expect("they were there");
}
