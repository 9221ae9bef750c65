//! One try to hand an event to the origin.
//!
//! With `FORWARD_SECRET` every try is signed anew, in both schemes, with the time of the try: the
//! origin keeps its replay window of minutes although an event may arrive days late. Without it
//! the sender's own signature goes along, which a late retry may have outlived.

use farthing_core::retry::{AnswerClass, status_class};
use farthing_core::time::TimestampMs;
use farthing_core::webhook::{sign_standard, stripe_header};
use worker::js_sys::Uint8Array;
use worker::{AbortSignal, Fetch, Headers, Method, Request, RequestInit, RequestRedirect, web_sys};

use super::shelf::Due;
use crate::config::{Config, ForwardSecret};

/// The status that stands for no answer at all.
const NO_ANSWER: u16 = 0;

/// Sends one event. Answers what the origin said, and its status.
pub(super) async fn send(
    config: &Config,
    url: &str,
    source: &str,
    due: &Due,
    now: TimestampMs,
) -> (AnswerClass, u16) {
    let headers = headers(config.forward_secret.as_ref(), source, due, now);
    match post(url, &headers, &due.body, config.forward_timeout_ms).await {
        Ok(status) => (status_class(status), status),
        Err(_) => (AnswerClass::Retry, NO_ANSWER),
    }
}

/// The headers of one try.
fn headers(
    secret: Option<&ForwardSecret>,
    source: &str,
    due: &Due,
    now: TimestampMs,
) -> Vec<(String, String)> {
    let mut headers = due.headers.clone();
    let mut set = |name: &str, value: String| {
        headers.retain(|(existing, _)| existing != name);
        headers.push((name.to_owned(), value));
    };
    set("farthing-source", source.to_owned());
    set("farthing-try", due.item.tries.saturating_add(1).to_string());
    set("farthing-received-at", due.received_at.to_string());
    if let Some(secret) = secret {
        set("webhook-id", due.id.clone());
        set("webhook-timestamp", now.seconds().to_string());
        set("webhook-signature", sign_standard(&secret.standard, &due.id, now, &due.body));
        set("stripe-signature", stripe_header(&[&secret.stripe], now, &due.body));
    }
    headers
}

async fn post(
    url: &str,
    headers: &[(String, String)],
    body: &[u8],
    timeout_ms: u32,
) -> worker::Result<u16> {
    let sent = Headers::new();
    for (name, value) in headers {
        sent.set(name, value)?;
    }
    let mut init = RequestInit::new();
    init.with_method(Method::Post)
        .with_headers(sent)
        .with_redirect(RequestRedirect::Manual) // A redirect is not an acknowledgement.
        .with_body(Some(Uint8Array::from(body).into()));
    let request = Request::new_with_init(url, &init)?;
    let signal = AbortSignal::from(web_sys::AbortSignal::timeout_with_u32(timeout_ms));
    let response = Fetch::Request(request).send_with_signal(&signal).await?;
    Ok(response.status_code())
}
