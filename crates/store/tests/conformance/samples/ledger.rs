//! Rows of the ledger.

use farthing_domain::ledger::account::{Account, Balance, Part};
use farthing_domain::ledger::transfer::{BalanceTransaction, Entry, Reason, Transfer, Turn};
use farthing_domain::view::Row;

use super::*;

pub(super) fn ledger() -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let sources = [
        ObjectRef::Charge(ChargeId::from_bytes(twelve(311))),
        ObjectRef::Refund(RefundId::from_bytes(twelve(401))),
        ObjectRef::Refund(RefundId::from_bytes(twelve(402))),
    ];
    let reasons = [Reason::Charge, Reason::Refund, Reason::RefundFailure];
    for ((number, source), reason) in (1..).zip(sources).zip(reasons) {
        let entry = |account, minor| Entry {
            account,
            amount: SignedMoney::new(minor, Currency::JPY).expect("within bounds"),
        };
        let entries = vec![
            entry(Account::Network, -100),
            entry(Account::Pending, 60),
            entry(Account::Available, 39),
            entry(Account::Fees, 1),
        ];
        let created = at(number);
        rows.push(Row::Transfer(Transfer {
            tenant: tenant(),
            number,
            created,
            reason,
            source,
            entries,
            expires: (reason == Reason::Authorization).then(|| at(number)),
        }));
        rows.push(Row::BalanceTransaction(BalanceTransaction {
            id: BalanceTransactionId::from_bytes(twelve(number)),
            tenant: tenant(),
            seq: 600 + number,
            created,
            reason,
            source,
            transfer: number,
            turn: turn(source, number),
            amount: SignedMoney::new(100 - number, Currency::JPY).expect("within bounds"),
            fee: Money::new(1, Currency::JPY).expect("not negative"),
            ratio: (number == 2).then(ratio),
            available_on: at(-number),
            description: (number == 2).then(|| "line".to_owned()),
        }));
    }
    for (account, minor) in
        Account::ALL.iter().zip([-300, 180, i64::MAX, i64::MIN, 7, 4, 8, -7, -5, 5])
    {
        for currency in [Currency::JPY, Currency::EUR] {
            let mut balance = Balance::none(tenant(), *account, currency);
            balance.minor = minor;
            if *account == Account::Pending {
                balance.parts = vec![Part { day: -1, minor: 0 }, Part { day: 20_000, minor: 180 }];
                balance.paid_until = at(7);
                balance.trail = trail();
            }
            rows.push(Row::Balance(balance));
        }
    }
    rows.push(Row::Transfer(Transfer {
        tenant: tenant(),
        number: 9,
        created: at(9),
        reason: Reason::Availability,
        source: ObjectRef::Balance(Currency::EUR),
        entries: Vec::new(),
        expires: None,
    }));
    rows
}

fn turn(source: ObjectRef, number: i64) -> Turn {
    if let ObjectRef::Balance(_) = source {
        Turn::OfTransfer
    } else {
        Turn::Nth(u32::try_from(number % 3).expect("small"))
    }
}

/// A line of a capture of one charge.
pub(crate) fn line_of_a_charge(number: i64, part: u32) -> Row {
    Row::BalanceTransaction(BalanceTransaction {
        id: BalanceTransactionId::from_bytes(twelve(number)),
        tenant: tenant(),
        seq: 600 + number,
        created: at(number),
        reason: Reason::Charge,
        source: ObjectRef::Charge(ChargeId::from_bytes(twelve(1))),
        transfer: number,
        turn: Turn::Nth(part),
        amount: SignedMoney::new(10, Currency::JPY).expect("within bounds"),
        fee: Money::zero(Currency::JPY),
        ratio: None,
        available_on: at(0),
        description: None,
    })
}
