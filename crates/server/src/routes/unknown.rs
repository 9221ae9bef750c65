//! Every path and method that there is not.

use axum::extract::Request;

use crate::error::{ApiError, Problem};

/// Answers 404, for a wrong method too, as the wire does.
pub async fn handle(request: Request) -> ApiError {
    let method = request.method().to_string();
    Problem::UnknownUrl { method, path: request.uri().path().to_owned() }.into()
}
