//! What the databases themselves refuse about funds: the second half of pair assertions, whose first is
//! in the domain. Each is tried by hand on both SQL engines.

use farthing_core::currency::Currency;
use farthing_core::id::PayoutId;
use farthing_core::money::SignedMoney;
use farthing_domain::change::Change;
use farthing_domain::charge::{Charge, ChargeState, Rest};
use farthing_domain::ledger::account::{Account, Balance};
use farthing_domain::ledger::transfer::{Entry, Reason, Transfer};
use farthing_domain::network::{Approval, Reference};
use farthing_domain::object::ObjectRef;
use farthing_domain::view::Row;
use farthing_store::StoreError;

use crate::engines::{self, Engine, engines, tenant};
use crate::postgres;
use crate::samples::{self, at, sixteen, twelve, usd};

/// The engines that have a database of their own to refuse anything.
fn databases() -> Vec<Engine> {
    engines().into_iter().filter(|engine| engine.name != "memory").collect()
}

/// Runs statements beside the store; nothing of them stays unless they say `COMMIT`.
fn run(engine: &Engine, sql: &str) -> Result<(), String> {
    match &engine.database {
        Some(database) => {
            postgres::by_hand(&database.url(), &sql.replace("{id}", NO_ID)).map_err(|error| {
                error.as_db_error().map_or_else(|| error.to_string(), |said| said.message().into())
            })
        }
        None => engines::by_hand(engine.dir.as_ref())
            .execute_batch(&sql.replace("{id}", "zeroblob(12)"))
            .map_err(|error| error.to_string()),
    }
}

const NO_ID: &str = "'\\x000000000000000000000000'::bytea";

/// A transfer of a reason, and what it moves out of available.
fn taken(number: i64, reason: Reason, minor: i64) -> String {
    let (kind, expires) = (21, if reason == Reason::Authorization { "9" } else { "NULL" });
    format!(
        "INSERT INTO transfers (tenant, number, created, reason, source_kind, source, expires) \
         VALUES (77, {number}, 0, {}, {kind}, {{id}}, {expires}); \
         INSERT INTO entries (tenant, transfer, place, account, currency, minor) \
         VALUES (77, {number}, 0, 3, 'usd', {minor});",
        reason.number()
    )
}

fn left(account: i64, minor: i64) -> String {
    format!(
        "INSERT INTO balances (tenant, account, currency, minor) \
         VALUES (77, {account}, 'usd', {minor});"
    )
}

/// The list of who may is the domain's, reason by reason: a new one is refused until it is decided.
#[test]
fn only_named_causes_take_available_funds_below_zero() {
    for engine in databases() {
        for reason in Reason::ALL {
            let below = format!("BEGIN; {} {}", left(3, -1), taken(1, reason, -5));
            let name = engine.name;
            match run(&engine, &below) {
                Ok(()) => assert!(reason.may_overdraw(), "{name}: {reason:?} was let through"),
                Err(why) => {
                    assert!(!reason.may_overdraw(), "{name}: {reason:?} was refused: {why}");
                    assert!(why.contains("no more is taken than is available"), "{name}: {why}");
                }
            }
            let to_zero = format!("BEGIN; {} {}", left(3, 0), taken(1, reason, -5));
            assert_eq!(
                run(&engine, &to_zero),
                Ok(()),
                "{name}: {reason:?} leaves nothing, not less"
            );
            let other = to_zero.replace(
                "BEGIN;",
                "BEGIN; INSERT INTO balances \
                (tenant, account, currency, minor) VALUES (77, 3, 'eur', -1), (78, 3, 'usd', -1);",
            );
            assert_eq!(run(&engine, &other), Ok(()), "{name}: other balances have no say");
        }
    }
}

fn transfer(number: i64, reason: Reason, minor: i64) -> Row {
    let entry = |account, minor| Entry {
        account,
        amount: SignedMoney::new(minor, Currency::USD).expect("within bounds"),
    };
    Row::Transfer(Transfer {
        tenant: tenant(),
        number,
        created: at(number),
        reason,
        source: ObjectRef::Payout(PayoutId::from_bytes(twelve(number))),
        entries: vec![entry(Account::Available, minor), entry(Account::InTransit, -minor)],
        expires: None,
    })
}

/// What counts is what was there right after the transfer, not what the whole batch leaves.
#[test]
fn a_transfer_is_covered_by_what_was_there_in_its_turn() {
    use Reason::{Charge, Dispute, Payout, Reserve};
    let cases = [
        ("paid out, then charged back", 5, vec![(Payout, -5), (Dispute, -7)], Ok(())),
        ("charged back, then paid out", 5, vec![(Dispute, -7), (Payout, -5)], Err(StoreError::Bug)),
        ("paid out, then paid", 0, vec![(Payout, -5), (Charge, 9)], Err(StoreError::Bug)),
        ("paid, then paid out", 0, vec![(Charge, 9), (Payout, -5)], Ok(())),
        ("twice", 9, vec![(Payout, -5), (Reserve, -4), (Dispute, -1)], Ok(())),
        ("twice too much", 9, vec![(Payout, -5), (Reserve, -5), (Charge, 3)], Err(StoreError::Bug)),
    ];
    for name in ["postgres", "sqlite"] {
        for (what, before, moves, expected) in &cases {
            let mut rows: Vec<Row> = (1..)
                .zip(moves)
                .map(|(number, (reason, minor))| transfer(number, *reason, *minor))
                .collect();
            let after = before + moves.iter().map(|(_, minor)| minor).sum::<i64>();
            let mut balance = Balance::none(tenant(), Account::Available, Currency::USD);
            balance.minor = after;
            rows.push(Row::Balance(balance));
            let changes = rows.into_iter().map(Change::Insert).collect();
            // What goes through stays: each has a database of its own.
            let fresh = databases().into_iter().find(|one| one.name == name);
            let fresh = fresh.expect("there is one of each");
            assert_eq!(fresh.store.write(changes), *expected, "{name}: {what}");
        }
    }
}

#[test]
fn what_is_held_or_kept_back_is_never_below_zero() {
    for engine in databases() {
        let cases = [(11, "no more is let go than is held"), (6, "no more comes out of reserve")];
        for (account, says) in cases {
            let new = left(account, -1);
            let changed =
                format!("{} UPDATE balances SET minor = -1 WHERE tenant = 77;", left(account, 5));
            for sql in [new, changed] {
                let why = run(&engine, &format!("BEGIN; {sql}")).expect_err("it is below zero");
                assert!(why.contains(says), "{}: {account}: {why}", engine.name);
            }
            let zero = format!(
                "BEGIN; {} UPDATE balances SET minor = 0 WHERE tenant = 77;",
                left(account, 5)
            );
            assert_eq!(run(&engine, &zero), Ok(()), "{}: {account}", engine.name);
        }
        // What pends, and what is on its way to the bank.
        for account in [2, 5] {
            assert!(run(&engine, &format!("BEGIN; {}", left(account, -1))).is_err(), "{account}");
        }
    }
}

#[test]
fn a_hold_has_an_end_and_nothing_else_has() {
    for engine in databases() {
        for (reason, expires) in [(40, "NULL"), (41, "7"), (1, "7")] {
            let sql = format!(
                "INSERT INTO transfers (tenant, number, created, reason, source_kind, source, expires) \
                 VALUES (77, 1, 0, {reason}, 2, {{id}}, {expires})"
            );
            assert!(run(&engine, &sql).is_err(), "{}: {sql}", engine.name);
        }
    }
}

/// Refunded, reserved for refunds, and taken back: each alone fits, and together they do not.
#[test]
fn no_more_goes_back_from_a_charge_than_was_taken() {
    let taken = |refunded, reserved, disputed| {
        let state = ChargeState::Captured {
            approval: Approval::default(),
            amount: usd(1_000),
            reference: Reference(sixteen(1)),
            held_until: None,
            captures: 1,
            rest: Rest::Released,
        };
        Row::Charge(Charge {
            refunded: usd(refunded),
            refund_reserved: usd(reserved),
            disputed: usd(disputed),
            ..samples::charge(1, 1, state)
        })
    };
    for Engine { name, store, .. } in &databases() {
        for above in [taken(400, 300, 301), taken(0, 500, 501), taken(500, 0, 501)] {
            assert_eq!(store.write(vec![Change::Insert(above)]), Err(StoreError::Bug), "{name}");
        }
        store.write(vec![Change::Insert(taken(400, 300, 300))]).expect(name);
        for above in [taken(401, 300, 300), taken(400, 301, 300), taken(400, 300, 301)] {
            assert_eq!(store.write(vec![Change::Update(above)]), Err(StoreError::Bug), "{name}");
        }
        store.write(vec![Change::Update(taken(700, 0, 300))]).expect(name);
    }
}
