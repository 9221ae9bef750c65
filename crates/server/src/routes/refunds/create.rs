//! `POST /v1/refunds`

use farthing_core::id::{ChargeId, IntentId};
use farthing_domain::command::{Ask, CreateRefund, RefundOf};
use farthing_domain::refund::RefundReason;

use crate::error::{ApiError, Place, Problem};
use crate::params::Params;
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::Kind;

const KNOWN: &[&str] = &[
    "amount",
    "charge",
    "currency",
    "customer",
    "expand",
    "instructions_email",
    "metadata",
    "origin",
    "payment_intent",
    "reason",
    "refund_application_fee",
    "reverse_transfer",
];
/// What refunds of what there is not here would need.
const ELSEWHERE: [(&str, &str); 4] = [
    ("currency", CASH),
    ("customer", CASH),
    ("origin", CASH),
    ("instructions_email", "Every refund goes back by the method that paid."),
];
const CASH: &str = "No customer has a cash balance: give charge or payment_intent.";
const SHARED: [(&str, &str); 2] = [
    ("refund_application_fee", "No application fee was taken of this payment."),
    ("reverse_transfer", "Nothing of this payment was transferred to another account."),
];
const REASONS: [(&str, RefundReason); 3] = [
    ("duplicate", RefundReason::Duplicate),
    ("fraudulent", RefundReason::Fraudulent),
    ("requested_by_customer", RefundReason::RequestedByCustomer),
];

/// Begins to give funds back.
///
/// # Errors
/// Every line of the table about a parameter.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let params = request.params(KNOWN)?;
    elsewhere(&params)?;
    let ask = wish(&params, || of(&params))?;
    let expand = params.expand(Kind::Refund)?;
    request.submit(Ask::CreateRefund(ask), expand).await
}

/// Refuses what cannot be honoured: what is silently dropped would be missed later.
fn elsewhere(params: &Params<'_>) -> Result<(), ApiError> {
    let not_taken = |(name, why): (&str, &'static str)| {
        ApiError::from(Problem::NotTaken { name: name.to_owned(), why })
    };
    if let Some(found) = ELSEWHERE.into_iter().find(|(name, _)| params.has(name)) {
        return Err(not_taken(found));
    }
    for shared in SHARED {
        if params.boolean(shared.0)? == Some(true) {
            return Err(not_taken(shared));
        }
    }
    Ok(())
}

/// How much is to be given back of a payment, and why.
///
/// # Errors
/// Every line of the table about these parameters.
pub(crate) fn wish(
    params: &Params<'_>,
    of: impl FnOnce() -> Result<RefundOf, ApiError>,
) -> Result<CreateRefund, ApiError> {
    let amount_minor = match params.integer("amount")? {
        Some(minor) if minor < 1 => {
            return Err(Problem::BelowLeast { name: "amount".to_owned(), least: 1 }.into());
        }
        other => other,
    };
    let reason = params.choice("reason", &REASONS)?;
    let metadata = params.metadata()?;
    Ok(CreateRefund { of: of()?, amount_minor, reason, metadata })
}

/// The payment: a charge, or an intent. An unknown charge is reported as if by path: recorded so.
fn of(params: &Params<'_>) -> Result<RefundOf, ApiError> {
    let missing = |noun, id: &str, param, place| {
        ApiError::from(Problem::Missing { noun, id: id.to_owned(), param, place })
    };
    match (params.text("charge")?, params.text("payment_intent")?) {
        (Some(text), None) => ChargeId::parse(text)
            .map(RefundOf::Charge)
            .ok_or_else(|| missing("charge", text, "id", Place::Path)),
        (None, Some(text)) => IntentId::parse(text)
            .map(RefundOf::Intent)
            .ok_or_else(|| missing("payment_intent", text, "payment_intent", Place::Param)),
        (Some(_), Some(_)) => {
            Err(Problem::Exclusive { names: "charge, payment_intent".to_owned() }.into())
        }
        (None, None) => {
            Err(Problem::MissingOneOf { names: "payment_intent or charge".to_owned() }.into())
        }
    }
}
