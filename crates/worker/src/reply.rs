//! Answers.

use crate::host::{Response, Result, response};

/// A JSON answer.
///
/// # Errors
/// The runtime's error when it cannot be made.
pub(crate) fn json(status: u16, body: &str, headers: &[(&str, &str)]) -> Result<Response> {
    let json = [("content-type", "application/json")];
    response(status, body.as_bytes(), &[&json, headers].concat())
}
