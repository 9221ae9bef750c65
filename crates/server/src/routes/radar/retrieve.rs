//! `GET /v1/radar/early_fraud_warnings/{id}`

use farthing_core::id::FraudWarningId;
use farthing_domain::object::ObjectRef;

use crate::error::ApiError;
use crate::read;
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::Kind;

/// Shows a warning.
///
/// # Errors
/// A warning that is not there.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let expand = request.params(&["expand"])?.expand(Kind::Warning)?;
    let named = ("early fraud warning", "early_fraud_warning");
    let id = read::path_id(&request, FraudWarningId::parse, named)?;
    read::one(&request, ObjectRef::Warning(id), expand).await
}
