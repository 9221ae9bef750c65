//! To a Cloudflare Queue. A message there holds 128 KB: a larger body goes as a reference, to be
//! read from the inbox.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use farthing_core::webhook::to_base64;
use worker::js_sys::{Array, JSON, Object, Reflect, global};

use super::About;
use crate::host::{self, Env, Fault, Result};
use crate::inbox::shelf::Body;
use crate::json::{List, Map};
use crate::query::encode;

/// The largest body that goes along, in bytes of the message.
const BODY_MAX: usize = 120_000;
/// What a queue that took a message is recorded as having answered.
const TAKEN: u16 = 202;

/// Sends a message, within a time: a queue has no limit of its own, and one that hangs would hold up
/// its line for ever. Answers what a server would have.
pub(super) async fn send(
    env: &Env,
    binding: &str,
    about: About<'_>,
    body: &Body,
    timeout_ms: u32,
) -> Result<(u16, Option<u32>)> {
    let message = match std::str::from_utf8(&body.bytes) {
        Ok(text) => head(about, body).text("body", text),
        Err(_) => head(about, body).text("body_base64", &to_base64(&body.bytes)),
    };
    let mut message = message.end();
    if message.len() > BODY_MAX {
        let reference = ["/inbox/", about.source, "/events/", &encode(&body.id)].concat();
        message = head(about, body).text("reference", &reference).end();
    }
    let queue = env.get(binding);
    if !queue.is_object() {
        return Err(Fault::new("no queue is bound"));
    }
    let options = Object::new();
    Reflect::set(&options, &"contentType".into(), &"json".into())?;
    let message = Array::of2(&JSON::parse(&message)?, &options);
    let scheduler = host::property(&global(), "scheduler");
    let timeout = Array::of1(&timeout_ms.into());
    let mut sent = pin!(host::call(&queue, "send", &message));
    let mut over = pin!(host::call(&scheduler, "wait", &timeout));
    poll_fn(|context| match sent.as_mut().poll(context) {
        Poll::Ready(sent) => Poll::Ready(sent.map(|_| (TAKEN, None))),
        Poll::Pending => {
            let late = |_| Err(Fault::new("the queue did not answer"));
            over.as_mut().poll(context).map(late)
        }
    })
    .await
}

/// A message without what it is about: `body`, as it came, where it is text and small enough;
/// `body_base64`, the same where it is not text; `reference`, where the body can be read with the
/// status token, where it is too large. Remember the id, since a message can come twice.
fn head(about: About<'_>, body: &Body) -> Map {
    let marks = body.marks.split_ascii_whitespace();
    let marks = marks.fold(List::new(), List::text).end();
    Map::new()
        .text("id", &body.id)
        .text("source", about.source)
        .maybe_text("type", body.kind.as_deref())
        .maybe_text("object", body.object.as_deref())
        .maybe_whole("sequence", body.sequence)
        .whole("received_at", body.received_at)
        .raw("marks", &marks)
        .maybe_text("missing", body.missing.as_deref())
        .count("try", about.try_number.into())
}
