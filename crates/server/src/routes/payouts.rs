//! `/v1/payouts`

pub mod cancel;
pub mod create;
pub mod list;
pub mod retrieve;
pub mod reverse;
pub mod update;

use farthing_core::id::PayoutId;

use crate::error::ApiError;
use crate::read;
use crate::request::ApiRequest;

/// The payout of the path.
fn path_id(request: &ApiRequest) -> Result<PayoutId, ApiError> {
    read::path_id(request, PayoutId::parse, ("payout", "payout"))
}
