//! `POST /v1/payment_intents/{id}/confirm`

use farthing_domain::command::{Ask, ConfirmIntent};
use farthing_domain::tenant::KeyClass;

use super::{options, parts};
use crate::error::ApiError;
use crate::request::{Outcome, PublicRequest};
use crate::wire::expand::Kind;

const KNOWN: &[&str] = &[
    "allowed_payment_method_types",
    "amount_details",
    "amount_to_confirm",
    "capture_method",
    "client_secret",
    "confirmation_token",
    "error_on_requires_action",
    "excluded_payment_method_types",
    "expand",
    "hooks",
    "mandate",
    "mandate_data",
    "off_session",
    "payment_details",
    "payment_method",
    "payment_method_data",
    "payment_method_options",
    "payment_method_types",
    "radar_options",
    "receipt_email",
    "return_url",
    "setup_future_usage",
    "shipping",
    "use_stripe_sdk",
];

/// What a page may say with a publishable key.
const KNOWN_TO_PAGES: &[&str] = &[
    "client_secret",
    "expand",
    "mandate_data",
    "payment_method",
    "payment_method_data",
    "radar_options",
    "receipt_email",
    "return_url",
    "setup_future_usage",
    "shipping",
    "use_stripe_sdk",
];

/// Begins to get the money.
///
/// # Errors
/// Every line of the table about a parameter; a wrong client secret.
pub async fn handle(PublicRequest(mut request): PublicRequest) -> Result<Outcome, ApiError> {
    let known = match request.class {
        KeyClass::Secret | KeyClass::Restricted | KeyClass::Operator => KNOWN,
        KeyClass::Publishable => KNOWN_TO_PAGES,
    };
    let (confirm, types, secret, expand) = {
        let params = request.params(known)?;
        let types = parts::listed(&params)?;
        let secret = params.owned("client_secret")?;
        (parts::confirm(&params)?, types, secret, params.expand(Kind::Intent)?)
    };
    let id = parts::path_id(&request)?;
    parts::check_secret(&request, id, secret.as_deref()).await?;
    request.scope_to(id);
    let method = parts::method(&mut request, known)?;
    let params = request.params(known)?;
    let ask = ConfirmIntent {
        id,
        method,
        types,
        confirm,
        receipt_email: parts::email(&params, "receipt_email")?,
        shipping: parts::shipping(&params)?,
        setup_future_usage: parts::usage(&params)?,
        capture: parts::capture(&params)?,
        requests: options::card(&params)?,
        extras: parts::extras(&params)?,
    };
    request.submit(Ask::ConfirmIntent(Box::new(ask)), expand).await
}
