//! `POST /v1/farthing/webhook_endpoints/{id}/roll_secret`: the wire has no route for it.
//!
//! ```text
//! curl 127.0.0.1:4242/v1/farthing/webhook_endpoints/we_…/roll_secret -u sk_test_farthing_dev: \
//!   -d expires_in=3600
//! ```

use farthing_domain::command::{Ask, RollSecret};

use super::create::{sealed_secret, with_secret};
use super::parts;
use crate::error::ApiError;
use crate::request::{ApiRequest, Outcome};
use crate::routes::farthing::keys::rights::whole;
use crate::wire::expand::Kind;

/// How long both secrets sign where the request does not say, and at most: a day.
const OVERLAP_S: i64 = 86_400;

/// Gives an endpoint another secret, shown in this answer alone. For a while every delivery carries
/// the signatures of both.
///
/// # Errors
/// An endpoint that is not there; an overlap that is too long.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let params = request.params(&["expand", "expires_in"])?;
    let expires_in_s = whole(&params, "expires_in", (0, OVERLAP_S))?.unwrap_or(OVERLAP_S);
    let expand = params.expand(Kind::Leaf)?;
    let id = parts::path_id(&request)?;
    let sealed_secret = sealed_secret(&request, id);
    let overlap_ms = expires_in_s.saturating_mul(1_000);
    let ask = RollSecret { id, sealed_secret, overlap_ms };
    let outcome = request.submit(Ask::RollSecret(Box::new(ask)), expand).await?;
    with_secret(&request, outcome).await
}
