//! `POST /v1/setup_intents/{id}/confirm`

use farthing_domain::command::{Ask, ConfirmSetup, SetupConfirm};

use super::parts;
use crate::error::ApiError;
use crate::request::{Outcome, PublicRequest};
use crate::routes::payment_intents::parts::method;
use crate::wire::expand::Kind;

const KNOWN: &[&str] = &[
    "client_secret",
    "expand",
    "payment_method",
    "payment_method_data",
    "return_url",
    "use_stripe_sdk",
];

/// Begins to ask the network about the card.
///
/// # Errors
/// Every line of the table about a parameter; a wrong client secret.
pub async fn handle(PublicRequest(mut request): PublicRequest) -> Result<Outcome, ApiError> {
    let (confirm, secret, expand) = {
        let params = request.params(KNOWN)?;
        let confirm = SetupConfirm { return_url: params.owned("return_url")? };
        (confirm, params.owned("client_secret")?, params.expand(Kind::Setup)?)
    };
    let id = parts::path_id(&request)?;
    parts::check_secret(&request, id, secret.as_deref()).await?;
    request.scope_to_setup(id);
    let method = method(&mut request, KNOWN)?;
    let ask = ConfirmSetup { id, method, confirm };
    request.submit(Ask::ConfirmSetup(Box::new(ask)), expand).await
}
