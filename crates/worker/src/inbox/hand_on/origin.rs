//! By POST to a server of the merchant's.
//!
//! Every try is signed anew, in both schemes, with the time of the try: the origin keeps its replay
//! window of minutes although an event may arrive days late, and it need not know the sender's
//! secret. The sender's own signature does not go along.

use farthing_core::print::Digits;
use farthing_core::webhook::{sign_standard, stripe_header};

use super::About;
use crate::calls::Call;
use crate::config::ForwardSecret;
use crate::host::{Headers, Result};
use crate::inbox::shelf::Body;

/// Sends a body. Answers the status, and the seconds of a `Retry-After`.
pub(super) async fn post(
    url: &str,
    secret: &ForwardSecret,
    about: About<'_>,
    body: &Body,
    timeout_ms: u32,
) -> Result<(u16, Option<u32>)> {
    let headers = headers(secret, about, body)?;
    let call = Call { method: "POST", url, headers, body: Some(&body.bytes), timeout_ms };
    let response = call.send().await?;
    let retry_after = response.headers().get("retry-after").ok().flatten();
    let retry_after_s = retry_after.and_then(|seconds| seconds.trim().parse().ok());
    Ok((response.status(), retry_after_s))
}

fn headers(secret: &ForwardSecret, about: About<'_>, body: &Body) -> Result<Headers> {
    let headers = Headers::new()?;
    for (name, value) in &body.headers {
        headers.set(name, value)?;
    }
    let now = about.now;
    let id = body.id.replace(' ', ":"); // An errand's; a header's id is one word.
    headers.set("farthing-source", about.source)?;
    headers.set("farthing-try", Digits::of(about.try_number.into()).as_str())?;
    headers.set("farthing-received-at", Digits::signed(body.received_at).as_str())?;
    if !body.marks.is_empty() {
        headers.set("farthing-marks", &body.marks)?;
    }
    if let Some(missing) = &body.missing {
        headers.set("farthing-missing", missing)?;
    }
    headers.set("webhook-id", &id)?;
    headers.set("webhook-timestamp", Digits::signed(now.seconds()).as_str())?;
    let signature = sign_standard(&secret.standard, &id, now, &body.bytes);
    headers.set("webhook-signature", &signature)?;
    headers.set("stripe-signature", &stripe_header(&[&secret.stripe], now, &body.bytes))?;
    Ok(headers)
}
