//! What is held is beside the funds, has an end, and is what intents say can be taken.

use farthing_core::id::ChargeId;
use farthing_core::money::Money;
use farthing_core::time::TimestampMs;
use farthing_domain::books::Books;
use farthing_domain::ledger::account::{Account, Balance};
use farthing_domain::ledger::posting;
use farthing_domain::ledger::transfer::{Entry, Reason, Transfer};
use farthing_domain::object::ObjectRef;

use crate::world::{tenant, usd};

fn hold(amount: Money) -> Transfer {
    Transfer {
        tenant: tenant(),
        number: 1,
        created: TimestampMs::from_ms(1),
        reason: Reason::Authorization,
        source: ObjectRef::Charge(ChargeId::from_bytes([1; 12])),
        entries: posting::hold(amount),
        expires: Some(TimestampMs::from_ms(9)),
    }
}

/// What the books say of one transfer and the balances that follow from it.
fn said(transfer: &Transfer) -> Option<&'static str> {
    let mut books = Books::default();
    books.transfer(transfer);
    for entry in &transfer.entries {
        let mut balance = Balance::none(tenant(), entry.account, entry.amount.currency());
        balance.minor = entry.amount.minor();
        books.balance(&balance);
    }
    books.finish().first_bad.map(|bad| bad.what.code())
}

#[test]
fn a_hold_is_beside_the_funds_has_an_end_and_is_an_intents() {
    let whole = hold(usd(500));
    // Well formed, and no intent says that it can be taken.
    assert_eq!(said(&whole), Some("held_differs"));
    let endless = Transfer { expires: None, ..whole.clone() };
    assert_eq!(said(&endless), Some("hold_without_end"));
    let away = Transfer { reason: Reason::Release, ..whole.clone() };
    assert_eq!(said(&away), Some("transfer_misplaced"), "a release goes the other way");
    for account in [Account::Network, Account::Fees, Account::Available] {
        let entries = whole.entries.iter().map(|entry| match entry.account {
            Account::Authorized => Entry { account, ..*entry },
            _ => *entry,
        });
        let funds = Transfer { entries: entries.collect(), ..whole.clone() };
        assert_eq!(said(&funds), Some("transfer_misplaced"), "{account:?}");
        // Within a charge neither, which may take what was held.
        let charge = Transfer { reason: Reason::Charge, expires: None, ..funds };
        assert_eq!(said(&charge), Some("transfer_misplaced"), "{account:?}");
    }
    let gone: Vec<Entry> =
        [posting::hold(usd(500)), posting::release(usd(500))].into_iter().flatten().collect();
    assert_eq!(gone.iter().map(|entry| entry.amount.minor()).sum::<i64>(), 0);
}
