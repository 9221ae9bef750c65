//! Reading a request's body without ever holding more of it than the route allows.

use futures_util::StreamExt;
use worker::{Headers, Request};

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
pub(crate) fn accept_json(headers: &Headers, absent: Absent) -> Result<(), Problem> {
    let kind = headers.get("content-type").ok().flatten().unwrap_or_default();
    if kind.trim().is_empty() && absent == Absent::Welcome || is_json(&kind) {
        Ok(())
    } else {
        Err(Problem::MediaType)
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

/// Reads the raw bytes.
///
/// # Errors
/// [`Problem::TooLarge`] past `limit`; [`Problem::BodyLost`] when the connection breaks.
pub(crate) async fn read(request: &mut Request, limit: usize) -> Result<Vec<u8>, Problem> {
    let announced = request
        .headers()
        .get("content-length")
        .ok()
        .flatten()
        .and_then(|length| length.parse::<usize>().ok());
    match announced {
        Some(length) if length > limit => Err(Problem::TooLarge { limit }),
        // The runtime holds the sender to the length it announced.
        Some(_) => within(request.bytes().await.map_err(|_| Problem::BodyLost)?, limit),
        None => read_chunks(request, limit).await,
    }
}

async fn read_chunks(request: &mut Request, limit: usize) -> Result<Vec<u8>, Problem> {
    let Ok(mut chunks) = request.stream() else { return Ok(Vec::new()) }; // No body at all.
    let mut body = Vec::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Problem::BodyLost)?;
        if body.len().saturating_add(chunk.len()) > limit {
            return Err(Problem::TooLarge { limit });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn within(body: Vec<u8>, limit: usize) -> Result<Vec<u8>, Problem> {
    if body.len() > limit { Err(Problem::TooLarge { limit }) } else { Ok(body) }
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
