//! An answer on its way out: its bytes, and what its headers say of the key it came with.

use axum::response::{IntoResponse, Response};
use farthing_domain::tenant::KeyClass;
use http::HeaderValue;

use crate::headers::{self, KeyStatus, json_response};
use crate::wire::publishable;

/// An answer on its way out.
#[derive(Debug)]
pub struct Outcome {
    /// Its status.
    pub status: u16,
    /// Compact JSON.
    pub body: Vec<u8>,
    pub(super) retry: Option<bool>,
    pub(super) original: Option<String>,
    pub(super) key_status: KeyStatus,
    pub(super) class: KeyClass,
}

impl Outcome {
    /// The same with another body: a part of its own.
    #[must_use]
    pub fn with_body(self, body: Vec<u8>) -> Self {
        Self { body, ..self }
    }

    /// Whether this is the answer to another request with the same key, once more.
    pub fn is_replay(&self) -> bool {
        self.original.is_some()
    }
}

impl IntoResponse for Outcome {
    fn into_response(self) -> Response {
        let body = match self.class {
            KeyClass::Publishable => publishable::reduce(&self.body),
            KeyClass::Secret | KeyClass::Restricted | KeyClass::Operator => self.body,
        };
        let mut response = json_response(self.status, &body, self.retry);
        let headers = response.headers_mut();
        headers.insert(headers::IDEMPOTENCY_STATUS, self.key_status.header());
        if let Some(original) = self.original {
            headers.insert(headers::REPLAYED, HeaderValue::from_static("true"));
            if let Ok(original) = HeaderValue::from_str(&original) {
                headers.insert(headers::ORIGINAL_REQUEST, original);
            }
        }
        response
    }
}
