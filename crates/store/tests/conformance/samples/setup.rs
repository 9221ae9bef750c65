//! Rows of set-ups, tokens and warnings.

use farthing_core::id::{FraudWarningId, SetupAttemptId, SetupIntentId, TokenId};
use farthing_domain::attempt::{Call, Presence};
use farthing_domain::setup::{
    SetupAttempt, SetupCancelReason, SetupError, SetupIntent, SetupState, TryState,
};
use farthing_domain::token::Token;
use farthing_domain::view::Row;
use farthing_domain::warning::FraudWarning;

use super::*;
use crate::machinery::attempt;

pub(crate) fn setup(number: i64, state: SetupState) -> SetupIntent {
    SetupIntent {
        id: SetupIntentId::from_bytes(twelve(number)),
        tenant: tenant(),
        seq: number,
        created: at(number * 500),
        secret: "s".repeat(25),
        state,
        open: None,
        customer: None,
        method: None,
        latest_attempt: None,
        confirmations: 0,
        methods: MethodChoice::Listed(MethodSet::CARD),
        description: None,
        metadata: Metadata::new(),
        trail: Trail::default(),
    }
}

pub(super) fn setups() -> Vec<Row> {
    let last_error =
        SetupError { decline: decline(), method: PaymentMethodId::from_bytes(twelve(6)) };
    let canceled = |reason| SetupState::Canceled { at: at(8), reason };
    let states = [
        SetupState::RequiresPaymentMethod { last_error: None },
        SetupState::RequiresPaymentMethod { last_error: Some(last_error) },
        SetupState::RequiresConfirmation,
        SetupState::RequiresAction { return_url: None },
        SetupState::RequiresAction { return_url: text("https://back") },
        SetupState::Processing,
        SetupState::Succeeded,
        canceled(None),
        canceled(Some(SetupCancelReason::Abandoned)),
        canceled(Some(SetupCancelReason::Duplicate)),
        canceled(Some(SetupCancelReason::RequestedByCustomer)),
    ];
    let mut rows: Vec<Row> = Vec::new();
    for (number, state) in (800..).zip(states) {
        let flies = matches!(state, SetupState::RequiresConfirmation | SetupState::Processing);
        let done = state == SetupState::Succeeded;
        rows.push(Row::Setup(SetupIntent {
            open: flies.then(|| AttemptId::from_bytes(twelve(number))),
            customer: (number % 2 == 1).then(|| CustomerId::from_bytes(twelve(450))),
            method: (done || flies).then(|| PaymentMethodId::from_bytes(twelve(501))),
            latest_attempt: done.then(|| SetupAttemptId::from_bytes(twelve(820))),
            confirmations: u32::from(done),
            description: text("d"),
            metadata: metadata(),
            trail: trail(),
            ..setup(number, state)
        }));
    }
    for (number, presence) in (830..).zip([Presence::OnSession, Presence::Authenticated]) {
        let call = Call::Verify {
            setup: SetupIntentId::from_bytes(twelve(number)),
            method: PaymentMethodId::from_bytes(twelve(501)),
            presence,
            return_url: (number == 830).then(|| "https://back".to_owned()),
        };
        rows.push(Row::Attempt(attempt(number, call)));
    }
    [rows, tries(), tokens(), warnings()].concat()
}

fn tries() -> Vec<Row> {
    let succeeded = |authenticated, check| TryState::Succeeded {
        authenticated,
        cvc_check: check,
        postal_check: Check::Fail,
        line1_check: Check::Unavailable,
    };
    let states = [
        TryState::RequiresAction,
        succeeded(true, Check::Pass),
        succeeded(false, Check::None),
        TryState::Failed(decline()),
        TryState::Abandoned,
    ];
    let row = |(number, state): (i64, TryState)| {
        Row::SetupAttempt(SetupAttempt {
            id: SetupAttemptId::from_bytes(twelve(number)),
            tenant: tenant(),
            seq: number,
            created: at(number * 500),
            setup: SetupIntentId::from_bytes(twelve(800 + number % 2)),
            customer: (number % 2 == 1).then(|| CustomerId::from_bytes(twelve(450))),
            method: PaymentMethodId::from_bytes(twelve(501)),
            state,
        })
    };
    (820..).zip(states).map(row).collect()
}

fn tokens() -> Vec<Row> {
    let row = |(number, used): (i64, bool)| {
        Row::Token(Token {
            id: TokenId::from_bytes(twelve(number)),
            tenant: tenant(),
            created: at(number),
            card: Card {
                brand: Brand::Visa,
                last4: "0042".to_owned(),
                exp_month: 12,
                exp_year: 2_099,
                fingerprint: "f".to_owned(),
                funding: "credit".to_owned(),
                country: used.then(|| "US".to_owned()),
            },
            name: used.then(|| "Ann".to_owned()),
            address: if used { address() } else { Address::default() },
            method: PaymentMethodId::from_bytes(twelve(number)),
            sealed: vec![0, 255, 7],
            used,
        })
    };
    (840..).zip([false, true]).map(row).collect()
}

fn warnings() -> Vec<Row> {
    let row = |number: i64| {
        Row::Warning(FraudWarning {
            id: FraudWarningId::from_bytes(twelve(number)),
            tenant: tenant(),
            seq: number,
            created: at(number * 500),
            charge: ChargeId::from_bytes(twelve(310 + number % 2)),
            intent: IntentId::from_bytes(twelve(310)),
            trail: if number == 850 { trail() } else { Trail::default() },
        })
    };
    (850..853).map(row).collect()
}
