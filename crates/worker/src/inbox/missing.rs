//! Asking a backend for the events that are missing: they need not wait for the sender's own retry.

use farthing_core::inbox::{Gap, read_event};
use serde::Deserialize;
use serde_json::value::RawValue;
use worker::{AbortSignal, Fetch, Headers, Request, RequestInit, RequestRedirect, web_sys};

use super::Arrival;
use crate::config;

/// How long the backend may take.
const TIMEOUT_MS: u32 = 10_000;

/// The list of an object's events, oldest first; a page holds a hundred at most.
const PATH: &str = "/v1/farthing/events?limit=100&object=";

/// The backend's list. An event stays the text it was written as.
#[derive(Deserialize)]
struct List {
    data: Vec<Box<RawValue>>,
}

/// Fetches the events of an object within a gap, each with its body. One that cannot be read as an
/// event, or is not in the gap, is left out.
///
/// # Errors
/// The backend did not answer, or not with a list.
pub(super) async fn fetch(
    from: &config::Fetch,
    source: &str,
    object: &str,
    gap: Gap,
) -> worker::Result<Vec<(Arrival, Vec<u8>)>> {
    let after = gap.from.saturating_sub(1).to_string();
    let mut url = [&from.base, PATH, object, "&after_sequence=", &after].concat();
    if let Some(endpoint) = &from.endpoint {
        url.push_str("&webhook_endpoint=");
        url.push_str(endpoint);
    }
    let headers = Headers::new();
    headers.set("authorization", &["Bearer ", from.key.expose()].concat())?;
    let mut init = RequestInit::new();
    init.with_headers(headers).with_redirect(RequestRedirect::Manual);
    let request = Request::new_with_init(&url, &init)?;
    let signal = AbortSignal::from(web_sys::AbortSignal::timeout_with_u32(TIMEOUT_MS));
    let mut response = Fetch::Request(request).send_with_signal(&signal).await?;
    if response.status_code() != 200 {
        let status = response.status_code().to_string();
        return Err(worker::Error::RustError(["status ", &status].concat()));
    }
    let list: List = serde_json::from_slice(&response.bytes().await?)?;
    let events = list.data.iter().map(|event| event.get());
    Ok(events.filter_map(|text| arrival(source, object, gap, text)).collect())
}

fn arrival(source: &str, object: &str, gap: Gap, text: &str) -> Option<(Arrival, Vec<u8>)> {
    let head = read_event(text.as_bytes()).ok()?;
    let sequence = head.sequence.filter(|sequence| (gap.from..=gap.to).contains(sequence))?;
    if head.object_id.as_deref() != Some(object) {
        return None;
    }
    let arrival = Arrival {
        source: source.to_owned(),
        id: head.id,
        kind: Some(head.kind),
        object: head.object_id,
        created_s: Some(head.created_s),
        sequence: i64::try_from(sequence).ok(),
        before: match head.before {
            farthing_core::inbox::Before::Unsaid => None,
            farthing_core::inbox::Before::Nothing => Some(0),
            farthing_core::inbox::Before::Sequence(before) => i64::try_from(before).ok(),
        },
        headers: vec![("content-type".to_owned(), "application/json; charset=utf-8".to_owned())],
    };
    Some((arrival, text.as_bytes().to_vec()))
}
