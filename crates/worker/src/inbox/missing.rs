//! Asking a backend for the events that are missing: they need not wait for the sender's own retry.

use farthing_core::inbox::{Gap, Identity, read_event};
use farthing_core::json::{JsonError, Kind, Scan};
use farthing_core::print::Digits;

use super::Arrival;
use crate::body::read_answer;
use crate::calls::Call;
use crate::config;
use crate::host::{self, Fault, Headers};
use crate::query::encode;

/// How long the backend may take.
const TIMEOUT_MS: u32 = 10_000;

/// The list of an object's events, oldest first; a page holds a hundred at most.
const PATH: &str = "/v1/farthing/events?limit=100&object=";

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
) -> host::Result<Vec<(Arrival, Vec<u8>)>> {
    let after = Digits::of(gap.from.saturating_sub(1));
    let endpoint = ["&webhook_endpoint=", &from.endpoint].concat();
    let url =
        [&from.base, PATH, &encode(object), "&after_sequence=", after.as_str(), &endpoint].concat();
    let headers = Headers::new()?;
    headers.set("authorization", &["Bearer ", from.key.expose()].concat())?;
    let call = Call { method: "GET", url: &url, headers, body: None, timeout_ms: TIMEOUT_MS };
    let response = call.send().await?;
    if response.status() != 200 {
        let status = Digits::of(response.status().into());
        return Err(Fault::new(&["status ", status.as_str()].concat()));
    }
    let list = read_answer(&response).await?;
    let events = events(&list).map_err(|_| Fault::new("no list"))?;
    Ok(events.into_iter().filter_map(|text| arrival(source, object, gap, text)).collect())
}

/// The events of a list. Each stays the text that it was written as.
fn events(list: &[u8]) -> Result<Vec<&str>, JsonError> {
    let text = std::str::from_utf8(list)
        .map_err(|error| JsonError::NotJson { at: error.valid_up_to() })?;
    let mut events = Vec::new();
    let mut scan = Scan::new(text);
    scan.map(|scan, name| match (name, scan.kind()?) {
        ("data", Kind::List) => scan.list(|scan| {
            events.push(scan.raw()?);
            Ok::<_, JsonError>(())
        }),
        _ => scan.skip(),
    })?;
    scan.end()?;
    Ok(events)
}

fn arrival(source: &str, object: &str, gap: Gap, text: &str) -> Option<(Arrival, Vec<u8>)> {
    let head = read_event(text.as_bytes()).ok()?;
    let within = head.sequence.is_some_and(|sequence| (gap.from..=gap.to).contains(&sequence));
    if !within || head.object_id.as_deref() != Some(object) {
        return None;
    }
    let kind = "application/json; charset=utf-8".to_owned();
    let headers = vec![("content-type".to_owned(), kind)];
    let arrival = Arrival::of(source, Identity::of_head(head), headers);
    Some((arrival, text.as_bytes().to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_stays_the_text_it_was_written_as() {
        let list = br#" {"object":"list","data":[ {"id" : "a\u00e9"},{ } ],"has_more":false} "#;
        assert_eq!(events(list), Ok(vec![r#"{"id" : "a\u00e9"}"#, "{ }"]));
        assert_eq!(events(b"{\"data\":[]}"), Ok(vec![]));
        for other in [&b"{\"data\":[{}"[..], b"[]", b"", b"{\"data\":[{]}", b"\xff"] {
            assert!(events(other).is_err());
        }
    }
}
