//! Answers.

use worker::{Headers, Response, ResponseBody};

/// A JSON answer.
///
/// # Errors
/// The runtime's error when it cannot be made.
pub(crate) fn json(body: String, headers: &[(&str, &str)]) -> worker::Result<Response> {
    let sent = Headers::new();
    sent.set("content-type", "application/json")?;
    for (name, value) in headers {
        sent.set(name, value)?;
    }
    Ok(Response::from_body(ResponseBody::Body(body.into_bytes()))?.with_headers(sent))
}
