//! Payouts and bank accounts.

use farthing_core::id::{BankAccountId, PayoutId};
use farthing_domain::bank::{BankAccount, BankDetails};
use farthing_domain::payout::{Payout, PayoutFailure, PayoutMethod, PayoutState};

use super::*;

fn account(number: i64) -> Row {
    let odd = number % 2 == 1;
    Row::BankAccount(BankAccount {
        id: BankAccountId::from_bytes(twelve(number)),
        tenant: tenant(),
        seq: number,
        created: at(number),
        details: BankDetails {
            country: "US".to_owned(),
            currency: Currency::EUR,
            holder: odd.then(|| "Sölden AG".to_owned()),
            routing: odd.then(|| "110000000".to_owned()),
            last4: "6789".to_owned(),
            fingerprint: "f".to_owned(),
            sealed: vec![0, 255, 7],
        },
        is_default: odd,
        deleted: !odd,
        metadata: if odd { metadata() } else { Metadata::new() },
    })
}

pub(super) fn payouts() -> Vec<Row> {
    use PayoutFailure::{
        AccountClosed, CouldNotProcess, DebitNotAuthorized, InsufficientFunds, InvalidCurrency,
        NoAccount,
    };
    use PayoutState::{Canceled, Failed, InTransit, Paid, Pending};
    let states = [
        (Pending, None),
        (InTransit, None),
        (Paid, None),
        (Canceled, None),
        (Failed, Some(NoAccount)),
        (Failed, Some(AccountClosed)),
        (Failed, Some(InsufficientFunds)),
        (Failed, Some(DebitNotAuthorized)),
        (Failed, Some(InvalidCurrency)),
        (Failed, Some(CouldNotProcess)),
        (InTransit, None),
    ];
    let line = |number| BalanceTransactionId::from_bytes(twelve(number));
    let mut rows = vec![account(2_000), account(2_001)];
    for (number, (state, failure)) in (2_101..).zip(states) {
        let odd = number % 2 == 1;
        let ended = matches!(state, Failed | Canceled);
        rows.push(Row::Payout(Payout {
            id: PayoutId::from_bytes(twelve(number)),
            tenant: tenant(),
            seq: number,
            created: at(number),
            amount: Money::new(number, Currency::JPY).expect("not negative"),
            arrival: at(number + 9),
            destination: BankAccountId::from_bytes(twelve(2_000 + number % 2)),
            method: if odd { PayoutMethod::Standard } else { PayoutMethod::Instant },
            automatic: odd.then(|| at(3)),
            original: (number == 2_111).then(|| PayoutId::from_bytes(twelve(2_103))),
            reversed_by: (number == 2_103).then(|| PayoutId::from_bytes(twelve(2_111))),
            state,
            untold: number == 2_102,
            failure,
            balance_transaction: (number != 2_111).then(|| line(number)),
            returned: ended.then(|| line(number + 100)),
            description: odd.then(|| "note".to_owned()),
            statement_descriptor: odd.then(|| "SHOP".to_owned()),
            metadata: if odd { metadata() } else { Metadata::new() },
            trail: if odd { trail() } else { Trail::default() },
        }));
    }
    rows
}
