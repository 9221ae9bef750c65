//! Reading bodies, and never holding more of one than is allowed.
//!
//! Through the runtime's own readers: the streams of the crate `worker` are made for many consumers
//! and weigh as much as all of the routes.

use worker::js_sys::Uint8Array;
use worker::wasm_bindgen::JsCast;
use worker::web_sys::ReadableStreamDefaultReader;

use crate::host::{self, Headers, Request, Response, kept, property};
use crate::problem::Problem;

/// What a body without a media type is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Absent {
    /// Taken for JSON: not every sender of webhooks says.
    Welcome,
    /// Refused: a page of another site can send it without asking.
    Refused,
}

/// Refuses a body that says that it is something else than JSON.
///
/// # Errors
/// [`Problem::MediaType`].
pub(crate) fn accept_json(headers: &Headers, absent: Absent) -> Result<(), Box<Problem>> {
    let kind = headers.get("content-type").ok().flatten().unwrap_or_default();
    if kind.trim().is_empty() && absent == Absent::Welcome || is_json(&kind) {
        Ok(())
    } else {
        Err(Problem::MediaType.into())
    }
}

/// `application/json`, or any `application/...+json`; parameters do not matter.
fn is_json(kind: &str) -> bool {
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let Some(subtype) = essence.strip_prefix("application/") else { return false };
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte);
    subtype == "json"
        || subtype
            .strip_suffix("+json")
            .is_some_and(|kind| !kind.is_empty() && kind.bytes().all(token))
}

/// Reads the raw bytes of a request.
///
/// # Errors
/// [`Problem::TooLarge`] past `limit`; [`Problem::BodyLost`] when the connection breaks.
pub(crate) async fn read(request: &Request, limit: usize) -> Result<Vec<u8>, Box<Problem>> {
    let announced = request
        .headers()
        .get("content-length")
        .ok()
        .flatten()
        .and_then(|length| length.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(Problem::TooLarge { limit }.into());
    }
    let Some(stream) = request.body() else { return Ok(Vec::new()) };
    let reader = stream.get_reader().unchecked_into::<ReadableStreamDefaultReader>();
    let mut body = Vec::with_capacity(announced.unwrap_or_default());
    while let Some(chunk) = next(&reader).await.map_err(|_| Problem::BodyLost)? {
        if body.len().saturating_add(chunk.len()) > limit {
            return Err(Problem::TooLarge { limit }.into());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

async fn next(reader: &ReadableStreamDefaultReader) -> host::Result<Option<Vec<u8>>> {
    let value = property(&kept(reader.read()).await?, "value");
    Ok(if value.is_undefined() { None } else { Some(Uint8Array::new(&value).to_vec()) })
}

/// Reads the raw bytes of an answer from a host that is trusted with their number.
///
/// # Errors
/// The runtime's error when the connection breaks.
pub(crate) async fn read_answer(answer: &Response) -> host::Result<Vec<u8>> {
    Ok(Uint8Array::new(&kept(answer.array_buffer()?).await?).to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_json() {
        for (kind, expected) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            (" application/json ;x", true),
            ("application/cloudevents+json", true),
            ("application/vnd.api+json;ext=1", true),
            ("application/+json", false),
            ("application/jsonp", false),
            ("application/json, text/plain", false),
            ("application/json application/x+json", false),
            ("application/x json+json", false),
            ("application/x-www-form-urlencoded", false),
            ("text/json", false),
            ("text/plain", false),
            ("multipart/form-data; boundary=application/json", false),
            ("", false),
        ] {
            assert_eq!(is_json(kind), expected, "{kind}");
        }
    }
}
