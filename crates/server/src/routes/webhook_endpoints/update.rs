//! `POST /v1/webhook_endpoints/{id}`

use farthing_domain::command::{Ask, UpdateEndpoint};
use farthing_domain::endpoint::EndpointStatus;

use super::parts;
use crate::error::ApiError;
use crate::params::TEXT_CHARS_MAX;
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::Kind;

const KNOWN: &[&str] = &["description", "disabled", "enabled_events", "expand", "metadata", "url"];

/// Changes an endpoint.
///
/// # Errors
/// Every line of the table about a parameter.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let params = request.params(KNOWN)?;
    let status = params
        .boolean("disabled")?
        .map(|disabled| if disabled { EndpointStatus::Disabled } else { EndpointStatus::Enabled });
    let events = parts::events(&params)?;
    let url = parts::url(&request, &params)?;
    let description = params.patch("description", TEXT_CHARS_MAX)?;
    let metadata = params.metadata_patch()?;
    let expand = params.expand(Kind::Leaf)?;
    let id = parts::path_id(&request)?;
    let ask = UpdateEndpoint { id, url, events, status, description, metadata };
    request.submit(Ask::UpdateEndpoint(Box::new(ask)), expand).await
}
