//! `POST /v1/setup_intents/{id}`

use farthing_domain::command::{Ask, UpdateSetup};

use super::parts;
use crate::error::ApiError;
use crate::params::TEXT_CHARS_MAX;
use crate::request::{ApiRequest, Outcome};
use crate::routes::payment_intents::parts as of_intents;
use crate::wire::expand::Kind;

const KNOWN: &[&str] = &[
    "allowed_payment_method_types",
    "customer",
    "description",
    "expand",
    "metadata",
    "payment_method",
    "payment_method_data",
    "payment_method_types",
];

/// Changes a set-up intent.
///
/// # Errors
/// Every line of the table about a parameter; a set-up intent that is not there.
pub async fn handle(mut request: ApiRequest) -> Result<Outcome, ApiError> {
    let (ask, expand) = {
        let params = request.params(KNOWN)?;
        of_intents::listed(&params)?;
        let ask = UpdateSetup {
            id: parts::path_id(&request)?,
            customer: of_intents::customer(&params)?,
            method: None,
            description: params.patch("description", TEXT_CHARS_MAX)?,
            metadata: params.metadata_patch()?,
        };
        (ask, params.expand(Kind::Setup)?)
    };
    let method = of_intents::method(&mut request, KNOWN)?;
    request.submit(Ask::UpdateSetup(Box::new(UpdateSetup { method, ..ask })), expand).await
}
