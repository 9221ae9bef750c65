//! `POST /v1/setup_intents`
//!
//! ```text
//! curl 127.0.0.1:4242/v1/setup_intents -u sk_test_farthing_dev: \
//!   -d customer=cus_… -d payment_method=pm_card_visa -d confirm=true
//! ```

use farthing_domain::command::{Ask, CreateSetup, SetupConfirm};
use farthing_domain::intent::MethodChoice;
use farthing_domain::method_type::MethodSet;

use super::parts;
use crate::error::{ApiError, Problem};
use crate::params::{Params, TEXT_CHARS_MAX};
use crate::request::{ApiRequest, Outcome};
use crate::routes::payment_intents::parts as of_intents;
use crate::wire::expand::Kind;

const KNOWN: &[&str] = &[
    "allowed_payment_method_types",
    "attach_to_self",
    "automatic_payment_methods",
    "confirm",
    "customer",
    "description",
    "expand",
    "metadata",
    "payment_method",
    "payment_method_data",
    "payment_method_types",
    "return_url",
    "usage",
    "use_stripe_sdk",
];

/// Makes a set-up intent, and confirms it if asked to.
///
/// # Errors
/// Every line of the table about a parameter.
pub async fn handle(mut request: ApiRequest) -> Result<Outcome, ApiError> {
    let (ask, expand) = {
        let params = request.params(KNOWN)?;
        (read(&params)?, params.expand(Kind::Setup)?)
    };
    let method = of_intents::method(&mut request, KNOWN)?;
    request.submit(Ask::CreateSetup(Box::new(CreateSetup { method, ..ask })), expand).await
}

fn read(params: &Params<'_>) -> Result<CreateSetup, ApiError> {
    // Either is taken, and every set-up is one for later charges: recorded so.
    params.choice("usage", &[("off_session", ()), ("on_session", ())])?;
    parts::not_attached_to_self(params)?;
    let confirm = params.boolean("confirm")?.unwrap_or(false);
    let how = SetupConfirm { return_url: params.owned("return_url")? };
    Ok(CreateSetup {
        customer: of_intents::customer(params)?,
        method: None,
        methods: methods(params)?,
        confirm: confirm.then_some(how),
        description: params.note("description", TEXT_CHARS_MAX)?,
        metadata: params.metadata()?,
    })
}

/// Only cards are set up for later.
fn methods(params: &Params<'_>) -> Result<MethodChoice, ApiError> {
    match of_intents::methods(params)? {
        MethodChoice::Listed(kinds) if kinds != MethodSet::CARD => {
            Err(Problem::UnsupportedValue { name: "payment_method_types".to_owned() }.into())
        }
        choice => Ok(choice),
    }
}
