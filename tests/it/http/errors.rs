//! The one table of errors, printed whole and compared with `errors.txt`.

use std::fmt::Write as _;

use farthing_core::card::CardError;
use farthing_core::currency::Currency;
use farthing_core::id::{
    AttemptId, ChargeId, CustomerId, DisputeId, IntentId, PaymentMethodId, PayoutId, SetupIntentId,
    TokenId,
};
use farthing_core::idempotency::KeyError;
use farthing_core::money::{ChargeAmountError, Money, MoneyError};
use farthing_core::origin::OriginError;
use farthing_core::time::TimestampMs;
use farthing_domain::key::CapBreach;
use farthing_domain::method_type::{MethodType, Need, Unfit};
use farthing_domain::network::Decline;
use farthing_domain::object::ObjectRef;
use farthing_domain::payout::Irreversible;
use farthing_domain::refusal::{Action, CaptureFault, IncrementFault, Named, Refusal, SetupAction};
use farthing_domain::search::SearchError;
use farthing_server::error::table::Row;
use farthing_server::error::{Place, Problem, table};
use farthing_server::form::FormError;
use farthing_server::ssrf::UrlError;
use farthing_server::wire::render::{network_refused, unresolved};
use farthing_store::StoreError;

#[test]
fn the_table_is_as_it_was() {
    let mut printed = String::new();
    for problem in all_problems() {
        print(&mut printed, &name(&problem), &table::row(&problem));
    }
    print(&mut printed, "NetworkRefused", &network_refused());
    print(&mut printed, "Unresolved", &unresolved());
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/it/http/errors.txt");
    #[expect(clippy::disallowed_methods, reason = "the way to make the table anew")]
    if std::env::var_os("FARTHING_CODEGEN").is_some() {
        std::fs::write(kept, &printed).unwrap();
    }
    let expected = std::fs::read_to_string(kept).unwrap();
    let differing = printed.lines().zip(expected.lines()).find(|(one, two)| one != two);
    assert!(printed == expected, "FARTHING_CODEGEN=1 makes errors.txt anew: {differing:?}");
}

/// Every problem there is.
pub(crate) fn all_problems() -> Vec<Problem> {
    problems()
        .into_iter()
        .chain(of_parameters())
        .chain(of_objects())
        .chain(refusals().into_iter().chain(of_the_house()).map(Problem::Refused))
        .chain(of_setups().into_iter().map(Problem::Refused))
        .chain([Problem::PayoutManual, Problem::BankNumber { name: "account_number" }])
        .chain(of_payouts().into_iter().map(Problem::Refused))
        .collect()
}

fn print(out: &mut String, name: &str, row: &Row) {
    let word =
        |word: &Option<std::borrow::Cow<'static, str>>| word.as_deref().unwrap_or("-").to_owned();
    let retry = row.retry.map_or("-".to_owned(), |retry| retry.to_string());
    let (code, param) = (word(&row.code), word(&row.param));
    writeln!(out, "{name}: {} {} {code} {param} retry={retry}", row.status, row.kind).unwrap();
    let mut message: String = row.message.chars().take(300).collect();
    if message.len() < row.message.len() {
        message.push('…');
    }
    writeln!(out, "    {message}").unwrap();
}

/// The name of a problem and of what is in it, from its debug print.
pub(crate) fn name(problem: &Problem) -> String {
    let text = format!("{problem:?}");
    let end = text.find([' ', '{']).unwrap_or(text.len());
    text[..end].trim_end_matches(')').replace('(', " ")
}

fn problems() -> Vec<Problem> {
    let name = || "shipping[name]".to_owned();
    let given = || "abc".to_owned();
    vec![
        Problem::Form(FormError::TooManyPairs),
        Problem::Form(FormError::TooDeep { name: name() }),
        Problem::Form(FormError::Conflict { name: name() }),
        Problem::Form(FormError::Index { name: name() }),
        Problem::Form(FormError::Percent),
        Problem::Form(FormError::NotText),
        Problem::BodyTooLarge,
        Problem::BodySlow,
        Problem::BodyBroken,
        Problem::ContentType,
        Problem::UnknownUrl { method: "GET".to_owned(), path: "/v1/nope".to_owned() },
        Problem::Version { given: given() },
        Problem::Key(KeyError::Empty),
        Problem::Key(KeyError::TooLong { length: 256 }),
        Problem::Key(KeyError::NotVisibleAscii { at: 3 }),
        Problem::KeyGuessable,
        Problem::NoApiKey,
        Problem::BadApiKey { masked: "sk_test_****abcd".to_owned() },
        Problem::ExpiredKey { masked: "sk_test_****abcd".to_owned() },
        Problem::Permissions { masked: "rk_test_****abcd".to_owned(), needs: None },
        Problem::Permissions {
            masked: "rk_test_****abcd".to_owned(),
            needs: Some("'write' on 'refunds'".to_owned()),
        },
        Problem::SecretKeyRequired,
        Problem::OperatorKeyRequired,
        Problem::OperatorKeyElsewhere,
        Problem::LiveRefused,
        Problem::Account,
        Problem::TooManyKeys,
        Problem::CardFromScript,
        Problem::RateLimited { retry_after_s: 2 },
        Problem::Shed,
    ]
}

fn of_parameters() -> Vec<Problem> {
    let name = || "shipping[name]".to_owned();
    let given = || "abc".to_owned();
    vec![
        Problem::UnknownParameter { name: name() },
        Problem::MissingParameter { name: name() },
        Problem::MissingOneOf { names: "payment_intent or charge".to_owned() },
        Problem::Exclusive { names: "type, types".to_owned() },
        Problem::NotInteger { name: name(), value: given() },
        Problem::BelowLeast { name: name(), least: 1 },
        Problem::NegativeCapture,
        Problem::AmountZero { minimum: Some("$0.50".to_owned()) },
        Problem::AmountZero { minimum: None },
        Problem::NotBoolean { name: name(), value: given() },
        Problem::NotAmong { name: name(), words: ["a", "b", "c"].map(String::from).into() },
        Problem::NotScalar { name: name() },
        Problem::NotMap { name: name() },
        Problem::NotList { name: name() },
        Problem::Empty { name: name() },
        Problem::EmptyItem { name: "types".to_owned() },
        Problem::Blank { name: name() },
        Problem::Characters { name: name(), not: "<>" },
        Problem::TextTooLong { name: name(), limit: 22 },
        Problem::TooManyItems { name: name(), most: 20 },
        Problem::MetadataFull,
        Problem::MetadataKey { key: given() },
        Problem::MetadataValue { key: given() },
        Problem::BadEmail { name: name(), given: given() },
        Problem::BadCurrency { given: given() },
        Problem::BadOrigin { name: "origins[0]".to_owned(), why: OriginError::Path },
        Problem::OwnOrigin { name: "origins[0]".to_owned() },
        Problem::BadUrl { name: name(), why: UrlError::NotAUrl },
        Problem::BadUrl { name: name(), why: UrlError::Credentials },
        Problem::BadUrl { name: name(), why: UrlError::HttpsRequired },
        Problem::BadUrl { name: name(), why: UrlError::Blocked },
        Problem::BadExpand { path: given(), list: false },
        Problem::BadExpand { path: given(), list: true },
        Problem::BothCursors,
        Problem::OffSessionWithoutConfirm,
        Problem::RefundNotCancelable,
        Problem::RefundNotExpirable,
        Problem::BadSearch { why: SearchError::Mixed },
        Problem::BadSearchPage,
        Problem::CashBalance,
        Problem::Microdeposits,
        Problem::LegacyCharge,
        Problem::ChargeCaptured { charge: "ch_1".to_owned() },
        Problem::ChargeOfIntent { charge: "ch_1".to_owned() },
        Problem::ChargeLapsed { charge: "ch_1".to_owned() },
        Problem::StatementDescriptor,
        Problem::MethodType { name: name() },
        Problem::UnsupportedValue { name: name() },
        Problem::EventName { name: name(), given: given() },
        Problem::AccountNumber { name: name() },
        Problem::AccountElsewhere { name: name(), country: "BR".to_owned() },
        Problem::CardNumberMissing { name: name() },
        Problem::TokenKind { name: "bank_account".to_owned() },
        Problem::NotTaken { name: "origin".to_owned(), why: "There is none." },
        Problem::Card { error: CardError::IncorrectNumber, name: "number" },
        Problem::Card { error: CardError::InvalidNumber, name: "number" },
        Problem::Card { error: CardError::InvalidExpiryMonth, name: "exp_month" },
        Problem::Card { error: CardError::InvalidExpiryYear, name: "exp_year" },
        Problem::Card { error: CardError::InvalidCvc, name: "cvc" },
    ]
}

fn of_objects() -> Vec<Problem> {
    vec![
        missing(Place::Path),
        missing(Place::Param),
        Problem::Store(StoreError::Busy),
        Problem::Store(StoreError::Unavailable),
        Problem::Store(StoreError::OutcomeUnknown),
        Problem::Store(StoreError::ReadOnly),
        Problem::Store(StoreError::Damaged),
        Problem::Store(StoreError::Corrupt { table: "t", column: "c" }),
        Problem::Store(StoreError::Bug),
        Problem::Store(StoreError::Closed),
        Problem::Vault,
        Problem::Bug,
    ]
}

fn missing(place: Place) -> Problem {
    Problem::Missing { noun: "charge", id: "ch_x".to_owned(), param: "id", place }
}

fn of_setups() -> Vec<Refusal> {
    let setup = SetupIntentId::from_bytes([1; 12]);
    let method = PaymentMethodId::from_bytes([1; 12]);
    vec![
        Refusal::DefaultUnattached { method },
        Refusal::TokenUsed { token: TokenId::from_bytes([1; 12]) },
        Refusal::SetupLocked { setup },
        Refusal::SetupState { setup, action: SetupAction::Confirm, state: "succeeded" },
        Refusal::SetupState { setup, action: SetupAction::Confirm, state: "canceled" },
        Refusal::SetupState { setup, action: SetupAction::Cancel, state: "succeeded" },
        Refusal::SetupState { setup, action: SetupAction::Update, state: "succeeded" },
        Refusal::SetupState { setup, action: SetupAction::AnswerChallenge, state: "canceled" },
        Refusal::SetupMethodMissing { setup: Some(setup) },
        Refusal::NoMicrodeposits { setup },
    ]
}

fn of_payouts() -> Vec<Refusal> {
    let payout = PayoutId::from_bytes([1; 12]);
    let (currency, kept_in) = (Currency::USD, Currency::EUR);
    let asked = Money::new(1000, currency).unwrap();
    let reverse = |why| Refusal::PayoutNotReversible { payout, why };
    vec![
        Refusal::BalanceInsufficient { asked },
        Refusal::BankAccountMissing { currency },
        Refusal::BankAccountCurrency { kept_in },
        Refusal::BankAccountsFull,
        Refusal::BankAccountDefault,
        Refusal::PayoutNotCancelable { payout, automatic: true, state: "pending" },
        Refusal::PayoutNotCancelable { payout, automatic: false, state: "paid" },
        reverse(Irreversible::State("pending")),
        reverse(Irreversible::Reversed),
        reverse(Irreversible::Country),
    ]
}

fn refusals() -> Vec<Refusal> {
    let intent = IntentId::from_bytes([1; 12]);
    let charge = ChargeId::from_bytes([1; 12]);
    let usd = |minor| Money::new(minor, Currency::USD).unwrap();
    let state = |action, state| Refusal::IntentState { intent, action, state };
    let method = PaymentMethodId::from_bytes([1; 12]);
    let customer = CustomerId::from_bytes([1; 12]);
    vec![
        Refusal::KeyInUse { attempt: AttemptId::from_bytes([1; 12]) },
        Refusal::KeyReused { differing: Vec::new() },
        Refusal::KeyReused { differing: vec!["amount".to_owned(), "currency".to_owned()] },
        Refusal::Missing { what: ObjectRef::Intent(intent), named: Named::Path },
        Refusal::Missing { what: ObjectRef::Charge(charge), named: Named::Param("charge") },
        Refusal::Locked { intent },
        state(Action::Confirm, "succeeded"),
        state(Action::Confirm, "canceled"),
        state(Action::Capture, "succeeded"),
        state(Action::Capture, "requires_payment_method"),
        state(Action::Increment, "succeeded"),
        state(Action::Cancel, "succeeded"),
        state(Action::UpdateAmount, "succeeded"),
        state(Action::UpdateMethod, "succeeded"),
        state(Action::AnswerChallenge, "succeeded"),
        Refusal::HoldLapsed { intent },
        Refusal::ChallengeReplaced { intent },
        Refusal::MethodMissing { intent: Some(intent), customer: None },
        Refusal::MethodMissing { intent: Some(intent), customer: Some(customer) },
        Refusal::CustomerMissing { intent: Some(intent), method },
        Refusal::MethodForeign { intent: Some(intent), method },
        Refusal::MethodSpent { intent: Some(intent), method },
        Refusal::MethodAttached { method },
        Refusal::MethodUnattached { method },
        unfit("ideal", Unfit::Unlisted),
        unfit("ideal", Unfit::Currency(Currency::USD)),
        unfit("ideal", Unfit::CaptureLater),
        unfit("ideal", Unfit::Redirects),
        unfit("sepa_debit", Unfit::Lacks(Need::Name)),
        unfit("sepa_debit", Unfit::Lacks(Need::Mandate)),
        unfit("ideal", Unfit::Lacks(Need::ReturnUrl)),
        unfit("ideal", Unfit::Acts),
        unfit("ideal", Unfit::Reuse),
        unfit("oxxo", Unfit::Refund),
        unfit("ideal", Unfit::RefundLate),
        unfit("oxxo", Unfit::Outstanding),
        Refusal::CardRefused(Decline::processing_error()),
        Refusal::Amount(ChargeAmountError::TooSmall { minimum: usd(50) }),
        Refusal::Amount(ChargeAmountError::TooLarge { maximum: usd(999_999_999_999) }),
        Refusal::Amount(ChargeAmountError::NotMultiple { quantum: 100 }),
        Refusal::CaptureAboveHold { intent, capturable: usd(1000), asked: usd(1001) },
        Refusal::CaptureRefused { intent, why: CaptureFault::Once },
        Refusal::CaptureRefused { intent, why: CaptureFault::Last },
        Refusal::CaptureRefused { intent, why: CaptureFault::Nothing },
        Refusal::IncrementRefused { intent, why: IncrementFault::NotOffered },
        Refusal::IncrementRefused { intent, why: IncrementFault::Captured },
        Refusal::IncrementRefused { intent, why: IncrementFault::Spent },
        Refusal::IncrementRefused {
            intent,
            why: IncrementFault::NotAbove { held: usd(1000), asked: usd(1000) },
        },
        Refusal::RefundUncaptured { charge },
        Refusal::RefundWithoutCharge { intent },
        Refusal::AlreadyRefunded { charge },
        Refusal::RefundAboveLeft { asked: usd(4000), left: usd(3000) },
        Refusal::ChargeFixed { charge, field: "customer" },
        Refusal::ChargeDisputed { charge },
        Refusal::DisputeClosed { dispute: DisputeId::from_bytes([0; 12]) },
        Refusal::EvidenceLong { chars: 150_001 },
        Refusal::MetadataFull,
        Refusal::EndpointsFull,
    ]
}

fn of_the_house() -> Vec<Refusal> {
    let usd = |minor| Money::new(minor, Currency::USD).unwrap();
    vec![
        Refusal::EndpointDisabled,
        Refusal::MerchantExists,
        Refusal::MerchantMissing,
        Refusal::QuotesFull { count: 33 },
        Refusal::KeyMissing,
        Refusal::KeyEnded,
        Refusal::KeysFull,
        Refusal::KeyNotRestricted,
        Refusal::KeyWithoutScopes,
        Refusal::KeyCap(CapBreach::Currency { only: Currency::USD }),
        Refusal::KeyCap(CapBreach::Each { most: usd(1000) }),
        Refusal::KeyCap(CapBreach::Total { left: usd(300) }),
        Refusal::KeyCap(CapBreach::Elsewhere),
        Refusal::KeyCap(CapBreach::Payouts),
        Refusal::KeyNotForPages,
        Refusal::OriginsFull { count: 21 },
        Refusal::OriginsLong { bytes: 2049 },
        Refusal::ScriptsInLiveMode,
        Refusal::ClockInLiveMode,
        Refusal::ClockBackward { now: TimestampMs::from_seconds(1_900_000_000) },
        Refusal::ClockTooFar,
        Refusal::Money(MoneyError::Overflow),
        Refusal::Money(MoneyError::Mismatch { left: Currency::USD, right: Currency::EUR }),
        Refusal::Money(MoneyError::Negative),
    ]
}

fn unfit(wire: &str, why: Unfit) -> Refusal {
    Refusal::MethodUnfit { kind: MethodType::parse(wire).unwrap(), why }
}
