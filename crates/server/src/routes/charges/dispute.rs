//! `GET` and `POST /v1/charges/{id}/dispute`, and `POST /v1/charges/{id}/dispute/close`
//!
//! The newest dispute of a charge, under its charge's address.

use farthing_core::id::DisputeId;
use farthing_domain::command::Ask;
use farthing_domain::object::ObjectRef;

use super::parts::path_id;
use crate::error::ApiError;
use crate::read;
use crate::request::{ApiRequest, Outcome};
use crate::routes::disputes;
use crate::wire::expand::Kind;

/// Shows the dispute.
///
/// # Errors
/// A charge that is not there, or not disputed.
pub async fn retrieve(request: ApiRequest) -> Result<Outcome, ApiError> {
    let expand = request.params(&["expand"])?.expand(Kind::Dispute)?;
    let id = dispute(&request).await?;
    read::one(&request, ObjectRef::Dispute(id), expand).await
}

/// Gathers evidence and, unless told not to, submits it.
///
/// # Errors
/// As of `POST /v1/disputes/{id}`; a charge that is not there, or not disputed.
pub async fn update(request: ApiRequest) -> Result<Outcome, ApiError> {
    request.params(disputes::update::KNOWN)?;
    let id = dispute(&request).await?;
    disputes::update::answer(&request, || Ok(id)).await
}

/// Accepts the dispute: the holder keeps the funds.
///
/// # Errors
/// As of `POST /v1/disputes/{id}/close`; a charge that is not there, or not disputed.
pub async fn close(request: ApiRequest) -> Result<Outcome, ApiError> {
    let expand = request.params(&["expand"])?.expand(Kind::Dispute)?;
    let id = dispute(&request).await?;
    request.submit(Ask::CloseDispute(id), expand).await
}

/// The newest dispute of the charge of the path.
async fn dispute(request: &ApiRequest) -> Result<DisputeId, ApiError> {
    let id = path_id(request)?;
    let what = ObjectRef::Charge(id);
    let view = read::load(request, what, false).await?;
    let charge = view.charge(request.tenant, id).ok_or_else(|| read::missing(what))?;
    charge.dispute.ok_or_else(|| read::none_such("dispute", &request.id, "dispute"))
}
