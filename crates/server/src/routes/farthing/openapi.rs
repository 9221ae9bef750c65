//! `GET /v1/farthing/openapi.json`
//!
//! ```text
//! curl 127.0.0.1:4242/v1/farthing/openapi.json
//! ```

use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;

/// The document as it was built in; a test makes it anew from the code and compares.
const DOCUMENT: &str = include_str!("../../../assets/openapi.json");

/// Shows what the API has, as `OpenAPI` 3.1. Whoever can reach the server may read it: it says nothing
/// of any merchant.
pub async fn handle() -> Response {
    ([(CONTENT_TYPE, "application/json")], DOCUMENT).into_response()
}
