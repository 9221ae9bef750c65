//! What several of these endpoints share.

use farthing_core::id::ChargeId;

use crate::error::ApiError;
use crate::read;
use crate::request::ApiRequest;

/// The charge of the path.
///
/// # Errors
/// [`Problem::Missing`](crate::error::Problem::Missing) for what was never issued.
pub fn path_id(request: &ApiRequest) -> Result<ChargeId, ApiError> {
    read::path_id(request, ChargeId::parse, ("charge", "id"))
}
