//! Reading a body: bounded in size and time, into a buffer that is zeroed.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::Method;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http_body_util::BodyExt;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;
use zeroize::{Zeroize, Zeroizing};

use crate::error::{ApiError, Problem};
use crate::form::Form;

/// Bytes of one body: far above any official request, which stay below 20 KB.
const BODY_BYTES_MAX: usize = 1024 * 1024;
/// From here on a body is a large one, of which there are few at a time.
const LARGE_BYTES: usize = 64 * 1024;
/// Large bodies being read at one time, by all connections together: 64 MiB at the most. Without
/// this, as many connections as there may be could hold 10 GiB.
static LARGE_BODIES: Semaphore = Semaphore::const_new(64);

const FORM_TYPE: &str = "application/x-www-form-urlencoded";

/// The parameters of a request: query and, on POST, body.
pub(super) async fn read(parts: &Parts, body: Body, limit: Duration) -> Result<Form, ApiError> {
    let query = parts.uri.query().unwrap_or_default();
    if parts.method == Method::POST {
        read_with(parts, body, (query, limit)).await
    } else {
        Ok(Form::parse(query.as_bytes())?)
    }
}

/// The parameters of the body alone, whatever the address says.
pub(super) async fn read_alone(
    parts: &Parts,
    body: Body,
    limit: Duration,
) -> Result<Form, ApiError> {
    read_with(parts, body, ("", limit)).await
}

async fn read_with(
    parts: &Parts,
    body: Body,
    (query, limit): (&str, Duration),
) -> Result<Form, ApiError> {
    let announced = http_body::Body::size_hint(&body).exact().unwrap_or_default();
    if announced > u64::try_from(BODY_BYTES_MAX).unwrap_or(u64::MAX) {
        return Err(Problem::BodyTooLarge.into());
    }
    let announced = usize::try_from(announced).unwrap_or(0);
    let mut large = if announced > LARGE_BYTES { Some(large_body()?) } else { None };
    // All the room at once: a buffer that grows leaves its old bytes behind.
    let room = announced + query.len() + 1;
    let mut buffer = Zeroizing::new(Vec::with_capacity(room));
    let collected = collect(body, &mut buffer, &mut large);
    timeout(limit, collected).await.map_err(|_| Problem::BodySlow)??;
    if !buffer.is_empty() && !is_form(parts) {
        return Err(Problem::ContentType.into());
    }
    if !query.is_empty() {
        buffer.push(b'&');
        buffer.extend_from_slice(query.as_bytes());
    }
    Ok(Form::parse(&buffer)?)
}

async fn collect(
    mut body: Body,
    buffer: &mut Zeroizing<Vec<u8>>,
    large: &mut Option<SemaphorePermit<'static>>,
) -> Result<(), ApiError> {
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Problem::BodyBroken)?;
        let Ok(bytes) = frame.into_data() else { continue };
        if buffer.len() + bytes.len() > BODY_BYTES_MAX {
            return Err(Problem::BodyTooLarge.into());
        }
        if large.is_none() && buffer.len() + bytes.len() > LARGE_BYTES {
            *large = Some(large_body()?);
        }
        buffer.extend_from_slice(&bytes);
        forget(bytes);
    }
    Ok(())
}

fn large_body() -> Result<SemaphorePermit<'static>, ApiError> {
    LARGE_BODIES.try_acquire().map_err(|_| Problem::Shed.into())
}

/// Zeroes what the transport handed over, where nobody else holds it.
fn forget(bytes: Bytes) {
    if let Ok(mut bytes) = bytes.try_into_mut() {
        bytes.as_mut().zeroize();
    }
}

/// A body without a type is taken for a form, as curl's users expect.
fn is_form(parts: &Parts) -> bool {
    let Some(value) = parts.headers.get(CONTENT_TYPE) else { return true };
    let kind = value.to_str().unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(FORM_TYPE)
}
