//! `POST /v1/webhook_endpoints`
//!
//! The secret is shown in this answer alone. The kept answer holds a placeholder, which is replaced
//! on the way out, for a replay too: so a replay is the same bytes, and no body at rest has a secret.

use farthing_core::id::{EndpointId, base62};
use farthing_domain::command::{Ask, CreateEndpoint};
use farthing_domain::endpoint::EventFilter;
use farthing_domain::view::Key;
use farthing_vault::Nonce;
use zeroize::Zeroizing;

use super::parts;
use crate::entropy;
use crate::error::{ApiError, Problem};
use crate::headers::is_version;
use crate::params::TEXT_CHARS_MAX;
use crate::request::{ApiRequest, Outcome};
use crate::wire::SECRET_PLACEHOLDER;
use crate::wire::expand::Kind;

const KNOWN: &[&str] =
    &["api_version", "connect", "description", "enabled_events", "expand", "metadata", "url"];
/// Characters of a secret after its prefix.
const SECRET_CHARS: usize = 32;

/// Makes an endpoint.
///
/// # Errors
/// Every line of the table about a parameter.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let params = request.params(KNOWN)?;
    let events: Option<EventFilter> = parts::events(&params)?;
    let events = events.ok_or_else(|| params.missing("enabled_events"))?;
    let url = parts::url(&request, &params)?.ok_or_else(|| params.missing("url"))?;
    let api_version = params.owned("api_version")?;
    if let Some(given) = api_version.clone().filter(|version| !is_version(version)) {
        return Err(Problem::Version { given }.into());
    }
    if params.boolean("connect")? == Some(true) {
        return Err(Problem::UnsupportedValue { name: "connect".to_owned() }.into());
    }
    let expand = params.expand(Kind::Leaf)?;
    let id = EndpointId::new(request.now, entropy::bytes());
    let ask = CreateEndpoint {
        id,
        url,
        events,
        api_version,
        description: params.note("description", TEXT_CHARS_MAX)?,
        metadata: params.metadata()?,
        sealed_secret: sealed_secret(&request, id),
    };
    let outcome = request.submit(Ask::CreateEndpoint(Box::new(ask)), expand).await?;
    with_secret(&request, outcome).await
}

/// A new secret, sealed for its endpoint.
pub fn sealed_secret(request: &ApiRequest, id: EndpointId) -> Vec<u8> {
    let bytes: Zeroizing<[u8; 24]> = Zeroizing::new(entropy::bytes());
    let secret = Zeroizing::new(format!("whsec_{}", base62(bytes.as_slice(), SECRET_CHARS)));
    let nonce = Nonce::from_entropy(entropy::bytes());
    request.app.vault.seal_secret(id, &secret, nonce)
}

/// Puts the secret of the endpoint's row where the placeholder is.
///
/// # Errors
/// A secret that cannot be opened.
pub async fn with_secret(request: &ApiRequest, mut outcome: Outcome) -> Result<Outcome, ApiError> {
    if outcome.status != 200 {
        return Ok(outcome);
    }
    let id = id_of(&outcome.body).ok_or(Problem::Bug)?;
    let view = request.app.store.fetch(vec![Key::Endpoint(request.tenant, id)]).await?;
    let row = view.endpoint(request.tenant, id).ok_or(Problem::Bug)?;
    let opened = request.app.vault.open_secret(id, &row.sealed_secret);
    let opened = opened.map_err(|_| Problem::Vault)?;
    let body = String::from_utf8(outcome.body).map_err(|_| Problem::Bug)?;
    let field = |secret: &str| format!("\"secret\":\"{secret}\"");
    let body = body.replacen(&field(SECRET_PLACEHOLDER), &field(opened.as_str()), 1);
    outcome.body = body.into_bytes();
    Ok(outcome)
}

/// The id that a body begins with.
fn id_of(body: &[u8]) -> Option<EndpointId> {
    let rest = body.strip_prefix(b"{\"id\":\"")?;
    let end = rest.iter().position(|byte| *byte == b'"')?;
    EndpointId::parse(std::str::from_utf8(&rest[..end]).ok()?)
}
