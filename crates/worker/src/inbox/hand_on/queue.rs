//! To a Cloudflare Queue. A message there holds 128 KB: a larger body goes as a reference, to be
//! read from the inbox.

use serde::Serialize;
use worker::js_sys::JSON;
use worker::{Env, QueueContentType, RawMessageBuilder};

use super::About;
use crate::inbox::shelf::Body;
use crate::query::encode;

/// The largest body that goes along, in bytes of the message.
const BODY_MAX: usize = 120_000;
/// What a queue that took a message is recorded as having answered.
const TAKEN: u16 = 202;

/// A message.
#[derive(Serialize)]
struct Message<'a> {
    /// The event's id: remember it, since a message can come twice.
    id: &'a str,
    source: &'a str,
    #[serde(rename = "type")]
    kind: Option<&'a str>,
    object: Option<&'a str>,
    sequence: Option<i64>,
    received_at: i64,
    marks: Vec<&'a str>,
    missing: Option<&'a str>,
    #[serde(rename = "try")]
    try_number: u32,
    /// The body as it came, where it is text and small enough.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<&'a str>,
    /// The same in base64, where it is not text.
    #[serde(skip_serializing_if = "Option::is_none")]
    body_base64: Option<String>,
    /// Where the body can be read with the status token, where it is too large.
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
}

/// Sends a message. Answers what a server would have.
pub(super) async fn send(
    env: &Env,
    binding: &str,
    about: About<'_>,
    body: &Body,
) -> worker::Result<(u16, Option<u32>)> {
    let text = std::str::from_utf8(&body.bytes).ok();
    let encoded = text.is_none().then(|| crate::base64::encode(&body.bytes));
    let mut message = Message {
        id: &body.id,
        source: about.source,
        kind: body.kind.as_deref(),
        object: body.object.as_deref(),
        sequence: body.sequence,
        received_at: body.received_at,
        marks: body.marks.split_ascii_whitespace().collect(),
        missing: body.missing.as_deref(),
        try_number: about.try_number,
        body: text,
        body_base64: encoded,
        reference: None,
    };
    let mut json = serde_json::to_string(&message)?;
    if json.len() > BODY_MAX {
        let reference = ["/inbox/", about.source, "/events/", &encode(&body.id)].concat();
        message.reference = Some(reference);
        (message.body, message.body_base64) = (None, None);
        json = serde_json::to_string(&message)?;
    }
    let message =
        RawMessageBuilder::new(JSON::parse(&json)?).build_with_content_type(QueueContentType::Json);
    env.queue(binding)?.send_raw(message).await?;
    Ok((TAKEN, None))
}
