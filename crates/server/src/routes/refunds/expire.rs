//! `POST /v1/test_helpers/refunds/{id}/expire`

use farthing_core::id::RefundId;
use farthing_domain::object::ObjectRef;

use crate::error::{ApiError, Problem};
use crate::read;
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::Kind;

/// Refuses, because only a refund that waits for its receiver can expire, and one to a card never
/// does.
///
/// # Errors
/// A refund that is not there, and any that is.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    request.params(&["expand"])?.expand(Kind::Refund)?;
    let id = read::path_id(&request, RefundId::parse, ("refund", "refund"))?;
    let what = ObjectRef::Refund(id);
    let view = read::load(&request, what, false).await?;
    if read::rows(&request, &view).has(what) {
        return Err(Problem::RefundNotExpirable.into());
    }
    Err(read::missing(what))
}
