//! Reading a request's body without ever holding more of it than the route allows.

use futures_util::StreamExt;
use worker::Request;

use crate::problem::Problem;

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
