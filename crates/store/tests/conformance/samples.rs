//! A row of every kind in every variant, with every optional part once there and once not.

mod ledger;
mod methods;
mod payouts;
mod setup;

use farthing_core::card::Brand;
use farthing_core::currency::Currency;
use farthing_core::id::{
    AttemptId, BalanceTransactionId, ChargeId, CustomerId, DisputeId, EndpointId, IntentId,
    PaymentMethodId, RefundId,
};
use farthing_core::money::{Money, SignedMoney};
use farthing_core::time::TimestampMs;
use farthing_domain::charge::{Charge, ChargeState, Offers, Rest, UserReport};
use farthing_domain::customer::{Customer, Profile, TaxExempt};
use farthing_domain::dispute::{
    Dispute, DisputeAnswer, DisputeReason, DisputeState, EVIDENCE, Evidence,
};
use farthing_domain::intent::{
    CancelReason, CaptureMethod, CardRequests, ConfirmationMethod, FutureUsage, Intent,
    IntentState, MethodChoice, OpenAttempt, PaymentError, References, Verb, Wish,
};
use farthing_domain::ledger::conversion::{Rate, Ratio};
use farthing_domain::method::{Card, Holder, PaymentMethod, Redisplay};
use farthing_domain::method_type::{MethodSet, MethodType};
use farthing_domain::network::{Approval, Check, Decline, Reference, Risk};
use farthing_domain::object::{Address, Billing, Metadata, ObjectRef, Shipping, Trail};
use farthing_domain::refund::{Failure, FailureReason, Refund, RefundReason, RefundState};
use farthing_domain::view::Row;

use crate::engines::tenant;
use ledger::ledger;
pub(crate) use ledger::line_of_a_charge;
use methods::methods;
use payouts::payouts;

use crate::machinery::{attempts, deliveries, endpoints, events, records, tenants, timers};

pub(crate) fn at(ms: i64) -> TimestampMs {
    TimestampMs::from_ms(1_900_000_000_000 + ms)
}

pub(crate) fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD).expect("not negative")
}

/// Twelve bytes made of a number.
pub(crate) fn twelve(number: i64) -> [u8; 12] {
    let mut bytes = [7; 12];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    bytes
}

pub(crate) fn sixteen(number: i64) -> [u8; 16] {
    let mut bytes = [9; 16];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    bytes
}

#[expect(clippy::unnecessary_wraps, reason = "every text of a row is optional")]
pub(crate) fn text(word: &str) -> Option<String> {
    Some(word.to_owned())
}

/// Everything that can be there.
pub(crate) fn metadata() -> Metadata {
    [("order".to_owned(), "6735".to_owned()), ("ünïcode \"'".to_owned(), String::new())].into()
}

fn address() -> Address {
    Address {
        city: text("Zürich"),
        country: text("CH"),
        line1: text("1, a street"),
        line2: text(""),
        postal_code: text("8000"),
        state: text("ZH"),
    }
}

fn shipping() -> Shipping {
    Shipping {
        address: address(),
        carrier: text("post"),
        name: text("Ann"),
        phone: text("+41"),
        tracking_number: text("T1"),
    }
}

fn billing() -> Billing {
    Billing { address: address(), email: text("a@b.ch"), name: text("Ann"), phone: text("0") }
}

fn approval() -> Approval {
    Approval {
        authorization_code: "A1B2C3".to_owned(),
        network_id: "net-1".to_owned(),
        cvc_check: Check::Pass,
        postal_check: Check::Fail,
        line1_check: Check::Unavailable,
        bypass_pending: true,
        refund_pending: true,
        payment_pending: true,
        risk: Risk::Elevated,
    }
}

fn decline() -> Decline {
    Decline {
        code: "card_declined".to_owned(),
        decline_code: text("generic_decline"),
        network_decline_code: text("05"),
        advice_code: text("try_again_later"),
        blocked: true,
        risk: Risk::Highest,
    }
}

fn trail() -> Trail {
    let due = vec![(EndpointId::from_bytes(twelve(1)), 3), (EndpointId::from_bytes(twelve(0)), 1)];
    Trail { sequence: 3, due }
}

pub(crate) fn intent(number: i64, state: IntentState) -> Intent {
    Intent {
        id: IntentId::from_bytes(twelve(number)),
        tenant: tenant(),
        seq: number,
        created: at(number * 500),
        amount: usd(2_000),
        capture: CaptureMethod::Manual,
        confirmation: ConfirmationMethod::Manual,
        secret: "s".repeat(25),
        state,
        open: None,
        customer: None,
        method: None,
        latest_charge: None,
        confirmations: 0,
        methods: MethodChoice::Listed(MethodSet::CARD),
        excluded: MethodSet::NONE,
        requests: CardRequests::default(),
        increments: 0,
        description: None,
        references: References::default(),
        metadata: Metadata::new(),
        receipt_email: None,
        shipping: None,
        setup_future_usage: None,
        statement_descriptor: None,
        statement_descriptor_suffix: None,
        transfer_group: None,
        trail: Trail::default(),
    }
}

pub(crate) fn full(intent: Intent) -> Intent {
    Intent {
        open: Some(OpenAttempt { id: AttemptId::from_bytes(twelve(5)), verb: Verb::Cancel }),
        customer: Some(CustomerId::from_bytes(twelve(450))),
        method: Some(PaymentMethodId::from_bytes(twelve(6))),
        latest_charge: Some(ChargeId::from_bytes(twelve(7))),
        confirmations: 49,
        methods: MethodChoice::Automatic { redirects: true },
        excluded: MethodSet::CARD,
        requests: CardRequests {
            extended: Some(Wish::Never),
            incremental: Some(Wish::IfAvailable),
            multicapture: Some(Wish::Never),
            overcapture: Some(Wish::IfAvailable),
            three_d_secure: farthing_domain::intent::ThreeDSecure::Challenge,
        },
        increments: 9,
        description: text("a \"note\"\n"),
        references: References { customer: text("theirs"), order: text("ours") },
        metadata: metadata(),
        receipt_email: text("r@b.ch"),
        shipping: Some(shipping()),
        setup_future_usage: Some(FutureUsage::OffSession),
        statement_descriptor: text("BIG SHOP"),
        statement_descriptor_suffix: text("SHOP"),
        transfer_group: text("group"),
        trail: trail(),
        ..intent
    }
}

fn intents() -> Vec<Row> {
    let error = |charge| PaymentError {
        decline: decline(),
        charge,
        method: PaymentMethodId::from_bytes(twelve(6)),
    };
    let last_error = Some(error(Some(ChargeId::from_bytes(twelve(7)))));
    let reasons = [
        CancelReason::Duplicate,
        CancelReason::Fraudulent,
        CancelReason::RequestedByCustomer,
        CancelReason::Abandoned,
        CancelReason::Automatic,
    ];
    let canceled = |reason| IntentState::Canceled { at: at(77), reason };
    let mut states = vec![
        IntentState::RequiresPaymentMethod { last_error: None },
        IntentState::RequiresPaymentMethod { last_error },
        IntentState::RequiresPaymentMethod { last_error: Some(error(None)) },
        IntentState::RequiresConfirmation,
        IntentState::RequiresAction { return_url: None, expires_at: None },
        IntentState::RequiresAction {
            return_url: text("https://shop/back"),
            expires_at: Some(at(9)),
        },
        IntentState::Processing,
        IntentState::RequiresCapture { capturable: usd(2_000), received: usd(0) },
        IntentState::RequiresCapture { capturable: usd(1_500), received: usd(500) },
        IntentState::Succeeded { received: usd(1) },
        canceled(None),
    ];
    states.extend(reasons.map(|reason| canceled(Some(reason))));
    let mut rows: Vec<Row> = Vec::new();
    for (number, state) in (100..).zip(states) {
        rows.push(Row::Intent(intent(number, state.clone())));
        rows.push(Row::Intent(full(intent(number + 100, state))));
    }
    rows
}

pub(crate) fn charge(number: i64, intent: i64, state: ChargeState) -> Charge {
    Charge {
        id: ChargeId::from_bytes(twelve(number)),
        tenant: tenant(),
        seq: number,
        created: at(number * 500),
        intent: IntentId::from_bytes(twelve(intent)),
        customer: None,
        method: PaymentMethodId::from_bytes(twelve(6)),
        amount: usd(2_000),
        offers: Offers::default(),
        rate: None,
        reference: Reference(sixteen(number)),
        state,
        refunded: usd(0),
        refund_reserved: usd(0),
        disputed: usd(0),
        dispute: None,
        balance_transaction: None,
        description: None,
        metadata: Metadata::new(),
        receipt_email: None,
        shipping: None,
        statement_descriptor_suffix: None,
        transfer_group: None,
        report: None,
        billing: Billing::default(),
        trail: Trail::default(),
    }
}

pub(crate) fn ratio() -> Ratio {
    Ratio::new(9_175, 10_000).expect("not zero")
}

fn charges() -> Vec<Row> {
    let approval = || approval();
    let plain = || Approval::default();
    let own = Reference(sixteen(4_242));
    let states = [
        ChargeState::Held { approval: plain(), capture_before: at(9) },
        ChargeState::Held { approval: approval(), capture_before: at(9) },
        ChargeState::Released { approval: approval() },
        ChargeState::Pending { approval: approval() },
        ChargeState::Failed { decline: decline() },
        ChargeState::Failed { decline: Decline::processing_error() },
    ];
    let mut rows: Vec<Row> = (300..)
        .zip(states)
        .map(|(number, state)| Row::Charge(charge(number, number, state)))
        .collect();
    let captured = |reference, held_until| ChargeState::Captured {
        approval: approval(),
        amount: usd(1_500),
        reference,
        held_until,
        captures: 1,
        rest: Rest::Released,
    };
    rows.push(Row::Charge(charge(310, 310, captured(own, Some(at(9))))));
    let in_parts = ChargeState::Captured {
        approval: plain(),
        amount: usd(1_500),
        reference: own,
        held_until: Some(at(9)),
        captures: 3,
        rest: Rest::Held,
    };
    let offers = Offers { incremental: true, multicapture: true };
    let rate = Some(Rate { to: Currency::EUR, ratio: ratio() });
    let transfer_group = Some("group".into());
    let report = Some(UserReport::Safe);
    let kept = charge(312, 312, in_parts);
    rows.push(Row::Charge(Charge { offers, rate, transfer_group, report, ..kept }));
    rows.push(Row::Charge(Charge {
        customer: Some(CustomerId::from_bytes(twelve(450))),
        refunded: usd(1_000),
        refund_reserved: usd(493),
        disputed: usd(7),
        dispute: Some(DisputeId::from_bytes(twelve(700))),
        balance_transaction: Some(BalanceTransactionId::from_bytes(twelve(8))),
        description: text("d"),
        metadata: metadata(),
        receipt_email: text("e"),
        shipping: Some(Shipping::default()),
        statement_descriptor_suffix: text("x"),
        billing: billing(),
        trail: trail(),
        ..charge(311, 311, captured(Reference(sixteen(311)), None))
    }));
    rows
}

pub(crate) fn refund(number: i64, charge: i64) -> Refund {
    Refund {
        id: RefundId::from_bytes(twelve(number)),
        tenant: tenant(),
        seq: number,
        created: at(number * 500),
        amount: usd(10),
        charge: ChargeId::from_bytes(twelve(charge)),
        intent: IntentId::from_bytes(twelve(charge)),
        customer: None,
        method: PaymentMethodId::from_bytes(twelve(6)),
        reason: None,
        state: RefundState::Pending,
        reference: Reference(sixteen(number)),
        balance_transaction: None,
        failure: None,
        metadata: Metadata::new(),
        trail: Trail::default(),
    }
}

fn refunds() -> Vec<Row> {
    let reasons =
        [RefundReason::Duplicate, RefundReason::Fraudulent, RefundReason::RequestedByCustomer];
    let states = [RefundState::Pending, RefundState::Succeeded, RefundState::Failed];
    let mut rows = vec![Row::Refund(refund(400, 310))];
    for ((number, reason), state) in (401..).zip(reasons).zip(states) {
        rows.push(Row::Refund(Refund {
            reason: Some(reason),
            state,
            balance_transaction: Some(BalanceTransactionId::from_bytes(twelve(number))),
            failure: (state == RefundState::Failed).then(|| Failure {
                reason: FailureReason::LostOrStolenCard,
                balance_transaction: Some(BalanceTransactionId::from_bytes([255; 12])),
            }),
            customer: Some(CustomerId::from_bytes(twelve(450))),
            metadata: metadata(),
            trail: trail(),
            ..refund(number, 311)
        }));
    }
    rows
}

pub(crate) fn customer(number: i64, email: Option<&str>) -> Customer {
    Customer {
        id: CustomerId::from_bytes(twelve(number)),
        tenant: tenant(),
        seq: number,
        created: at(number * 500),
        deleted: false,
        profile: Profile { email: email.map(str::to_owned), ..Profile::default() },
        trail: Trail::default(),
    }
}

fn customers() -> Vec<Row> {
    let mut rows = vec![Row::Customer(customer(450, None))];
    for (number, tax_exempt) in
        (451..).zip([TaxExempt::None, TaxExempt::Exempt, TaxExempt::Reverse])
    {
        rows.push(Row::Customer(Customer {
            deleted: number == 452,
            profile: Profile {
                address: Some(if number == 453 { address() } else { Address::default() }),
                default_method: Some(PaymentMethodId::from_bytes(twelve(501))),
                balance: -5,
                description: text("d"),
                email: text("a@b.ch"),
                invoice_prefix: "ABCDEFGH".to_owned(),
                invoice_footer: text("thanks"),
                metadata: metadata(),
                name: text("Ann"),
                next_invoice_sequence: 7,
                phone: text("0"),
                preferred_locales: vec!["de".to_owned(), "fr".to_owned()],
                shipping: Some(shipping()),
                tax_exempt,
            },
            trail: trail(),
            ..customer(number, None)
        }));
    }
    rows
}

pub(crate) fn dispute(number: i64, charge: i64) -> Dispute {
    Dispute {
        id: DisputeId::from_bytes(twelve(number)),
        tenant: tenant(),
        seq: number,
        created: at(number * 500),
        charge: ChargeId::from_bytes(twelve(charge)),
        intent: IntentId::from_bytes(twelve(charge)),
        method: PaymentMethodId::from_bytes(twelve(6)),
        amount: usd(10),
        reason: DisputeReason::Fraudulent,
        state: DisputeState::InquiryOpen,
        due_by: at(number % 5),
        evidence: Evidence::new(),
        submissions: 0,
        untold: None,
        withdrawn: None,
        reinstated: None,
        metadata: Metadata::new(),
        trail: Trail::default(),
    }
}

fn disputes() -> Vec<Row> {
    use DisputeState::{Answered, InquiryAnswered, InquiryClosed, InquiryOpen, Lost, Open, Won};
    let line = |number| Some(BalanceTransactionId::from_bytes(twelve(number)));
    let states = [InquiryOpen, InquiryAnswered, InquiryClosed, Open, Answered, Won, Lost];
    let answers = [None, Some(DisputeAnswer::Contest), Some(DisputeAnswer::Accept)];
    let mut rows = Vec::new();
    for ((number, state), untold) in (700..).zip(states).zip(answers.into_iter().cycle()) {
        let odd = number % 2 == 1;
        let evidence = EVIDENCE.map(|name| (name, "\u{fc} \u{2028}".to_owned()));
        rows.push(Row::Dispute(Dispute {
            state,
            untold,
            reason: if odd { DisputeReason::ProductNotReceived } else { DisputeReason::Fraudulent },
            evidence: if odd { Evidence::from(evidence) } else { Evidence::new() },
            submissions: u32::from(odd),
            withdrawn: if state > InquiryClosed { line(number) } else { None },
            reinstated: if state == Won { line(number + 100) } else { None },
            metadata: if odd { metadata() } else { Metadata::new() },
            trail: if odd { trail() } else { Trail::default() },
            ..dispute(number, 310 + number % 2)
        }));
    }
    rows
}

/// All of them, in no particular order.
pub(crate) fn all() -> Vec<Row> {
    [
        tenants(),
        intents(),
        charges(),
        refunds(),
        customers(),
        disputes(),
        payouts(),
        methods(),
        setup::setups(),
        ledger(),
        attempts(),
        records(),
        events(),
        deliveries(),
        endpoints(),
        timers(),
    ]
    .concat()
}
