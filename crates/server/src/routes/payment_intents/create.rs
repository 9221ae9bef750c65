//! `POST /v1/payment_intents`
//!
//! ```text
//! curl 127.0.0.1:4242/v1/payment_intents -u sk_test_farthing_dev: \
//!   -d amount=1000 -d currency=usd -d payment_method=pm_card_visa -d confirm=true
//! ```

use farthing_core::money::Money;
use farthing_domain::command::{Ask, CreateIntent};
use farthing_domain::intent::{CaptureMethod, ConfirmationMethod};

use super::{options, parts};
use crate::error::{ApiError, Problem};
use crate::params::{Params, TEXT_CHARS_MAX};
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::Kind;

const KNOWN: &[&str] = &[
    "amount",
    "currency",
    "allowed_payment_method_types",
    "amount_details",
    "automatic_payment_methods",
    "capture_method",
    "confirm",
    "confirmation_method",
    "confirmation_token",
    "customer",
    "customer_account",
    "description",
    "error_on_requires_action",
    "excluded_payment_method_types",
    "expand",
    "hooks",
    "mandate",
    "mandate_data",
    "metadata",
    "off_session",
    "payment_details",
    "payment_method",
    "payment_method_configuration",
    "payment_method_data",
    "payment_method_options",
    "payment_method_types",
    "radar_options",
    "receipt_email",
    "return_url",
    "setup_future_usage",
    "shipping",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
    "use_stripe_sdk",
];

/// Makes an intent, and confirms it if asked to.
///
/// # Errors
/// Every line of the table about a parameter.
pub async fn handle(mut request: ApiRequest) -> Result<Outcome, ApiError> {
    let (ask, expand) = {
        let params = request.params(KNOWN)?;
        (read(&params)?, params.expand(Kind::Intent)?)
    };
    let method = parts::method(&mut request, KNOWN)?;
    let ask = CreateIntent { method, ..ask };
    request.submit(Ask::CreateIntent(Box::new(ask)), expand).await
}

fn read(params: &Params<'_>) -> Result<CreateIntent, ApiError> {
    let currency = params.currency("currency");
    let minimum =
        currency.as_ref().ok().copied().flatten().and_then(|currency| {
            currency.minimum().and_then(|minor| Money::new(minor, currency).ok())
        });
    let minor = parts::amount(params, minimum)?.ok_or_else(|| params.missing("amount"))?;
    let currency = currency?.ok_or_else(|| params.missing("currency"))?;
    let confirm = params.boolean("confirm")?.unwrap_or(false);
    if params.has("off_session") && !confirm {
        return Err(Problem::OffSessionWithoutConfirm.into());
    }
    let how = parts::confirm(params)?;
    parts::no_descriptor(params)?;
    let words =
        [("automatic", ConfirmationMethod::Automatic), ("manual", ConfirmationMethod::Manual)];
    Ok(CreateIntent {
        amount: Money::new(minor, currency).map_err(|_| Problem::Bug)?,
        capture: parts::capture(params)?.unwrap_or(CaptureMethod::AutomaticAsync),
        confirmation: params
            .choice("confirmation_method", &words)?
            .unwrap_or(ConfirmationMethod::Automatic),
        methods: parts::methods(params)?,
        requests: options::card(params)?.unwrap_or_default(),
        customer: parts::customer(params)?,
        method: None,
        confirm: confirm.then_some(how),
        description: params.note("description", TEXT_CHARS_MAX)?,
        metadata: params.metadata()?,
        receipt_email: params.email("receipt_email")?,
        shipping: parts::set(parts::shipping(params)?),
        setup_future_usage: parts::set(parts::usage(params)?),
        statement_descriptor_suffix: parts::set(parts::descriptor(
            params,
            "statement_descriptor_suffix",
        )?),
        transfer_group: params.note("transfer_group", TEXT_CHARS_MAX)?,
        extras: parts::extras(params)?,
    })
}
