//! `GET /v1/farthing/test_clock`
//!
//! ```text
//! curl 127.0.0.1:4242/v1/farthing/test_clock -u sk_test_farthing_dev:
//! ```

use super::only_in_test_mode;
use crate::error::ApiError;
use crate::request::{ApiRequest, Outcome};
use crate::wire::clock;
use crate::wire::json::object;

/// Shows the clock.
///
/// # Errors
/// Live mode has none.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    request.params(&[])?;
    only_in_test_mode(&request)?;
    let offset_ms = request.now.since(request.wall);
    Ok(request.outcome(200, object(|out| clock::fields(out, request.now, offset_ms))))
}
