//! `POST /v1/payment_intents/{id}`

use farthing_domain::command::{Ask, UpdateIntent};

use super::{options, parts};
use crate::error::ApiError;
use crate::params::TEXT_CHARS_MAX;
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::Kind;

const KNOWN: &[&str] = &[
    "allowed_payment_method_types",
    "amount",
    "amount_details",
    "capture_method",
    "currency",
    "customer",
    "customer_account",
    "description",
    "excluded_payment_method_types",
    "expand",
    "hooks",
    "metadata",
    "payment_details",
    "payment_method",
    "payment_method_configuration",
    "payment_method_data",
    "payment_method_options",
    "payment_method_types",
    "receipt_email",
    "setup_future_usage",
    "shipping",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
];

/// Changes an intent.
///
/// # Errors
/// Every line of the table about a parameter.
pub async fn handle(mut request: ApiRequest) -> Result<Outcome, ApiError> {
    let (amount_minor, currency, expand) = {
        let params = request.params(KNOWN)?;
        let currency = params.currency("currency")?;
        let amount = parts::amount(&params, None)?;
        (amount, currency, params.expand(Kind::Intent)?)
    };
    let id = parts::path_id(&request)?;
    let method = parts::method(&mut request, KNOWN)?;
    let params = request.params(KNOWN)?;
    parts::no_descriptor(&params)?;
    let ask = UpdateIntent {
        id,
        amount_minor,
        currency,
        customer: parts::customer(&params)?,
        method,
        types: parts::listed(&params)?,
        capture: parts::capture(&params)?,
        requests: options::card(&params)?,
        description: params.patch("description", TEXT_CHARS_MAX)?,
        metadata: params.metadata_patch()?,
        receipt_email: parts::email(&params, "receipt_email")?,
        shipping: parts::shipping(&params)?,
        setup_future_usage: parts::usage(&params)?,
        statement_descriptor_suffix: parts::descriptor(&params, "statement_descriptor_suffix")?,
        transfer_group: params.patch("transfer_group", TEXT_CHARS_MAX)?,
        extras: parts::extras(&params)?,
    };
    request.submit(Ask::UpdateIntent(Box::new(ask)), expand).await
}
