//! Events: the envelope around a body that was rendered when it happened.
//!
//! The body is never rendered again (decision 2); only the envelope depends on the reader: how many
//! deliveries are pending, and, for an endpoint, its version and which event of the object was due
//! to it before. A delivery and a later read for the same endpoint go through one function here, so
//! that they cannot come to differ.

use farthing_domain::delivery::{Delivery, DeliveryState};
use farthing_domain::endpoint::Endpoint;
use farthing_domain::event::Event;
use farthing_domain::tenant::Mode;
use farthing_domain::view::{Key, Row, View};

use super::json::{object, object_into};
use super::{API_VERSION, Rows, shared};

/// Whom an envelope is for.
#[derive(Clone, Copy, Debug)]
pub enum Reader<'e> {
    /// Whoever holds a key.
    Anyone,
    /// An endpoint, with its own delivery of the event.
    Endpoint(&'e Endpoint, &'e Delivery),
}

/// The whole event around the stored bytes of its object.
///
/// # Panics
/// If its deliveries, or what it tells of former fields, were not loaded.
pub fn envelope(view: &View, row: &Event, stored: &[u8], reader: Reader<'_>) -> Vec<u8> {
    let version = match reader {
        Reader::Anyone => None,
        Reader::Endpoint(endpoint, _) => endpoint.api_version.as_deref(),
    };
    object(|out| {
        out.plain("id", row.id);
        out.plain("object", "event");
        out.text("api_version", version.unwrap_or(API_VERSION));
        out.int("created", row.created.seconds());
        out.object("data", |out| {
            out.raw("object", stored);
            if let Some(previous) = row.previous.and_then(|body| view.body(row.tenant, body)) {
                out.raw("previous_attributes", &previous.bytes);
            }
        });
        out.bool("livemode", row.tenant.mode() == Mode::Live);
        out.int("pending_webhooks", pending(view, row));
        shared::request(out, row.request.as_ref());
        out.plain("type", row.kind.wire());
        out.int("sequence", row.sequence);
        match reader {
            Reader::Anyone => {}
            Reader::Endpoint(_, delivery) => {
                // Stored as 0 where there was none, which is no place: places begin at 1.
                let previous = Some(delivery.previous_sequence).filter(|place| *place > 0);
                out.maybe_int("previous_sequence", previous.map(i64::from));
            }
        }
    })
}

/// An event as it is listed.
///
/// # Panics
/// If its body or its deliveries were not loaded.
pub fn write(out: &mut Vec<u8>, rows: &Rows<'_>, row: &Event) {
    write_for(out, rows.view, row, Reader::Anyone);
}

/// An event as it is listed for a reader.
///
/// # Panics
/// If its body or its deliveries were not loaded.
pub fn write_for(out: &mut Vec<u8>, view: &View, row: &Event, reader: Reader<'_>) {
    let Some(body) = view.body(row.tenant, row.body) else {
        // An event and its body are written in one commit; a store that lost one is corrupt.
        return object_into(out, |out| out.plain("id", row.id));
    };
    out.extend_from_slice(&envelope(view, row, &body.bytes, reader));
}

/// How many deliveries of an event are still to be made.
fn pending(view: &View, row: &Event) -> i64 {
    let deliveries = view.set(&Key::Deliveries(row.tenant, row.id));
    let pending = deliveries.iter().filter(|row| is_pending(row)).count();
    i64::try_from(pending).unwrap_or(i64::MAX)
}

fn is_pending(row: &Row) -> bool {
    match row {
        Row::Delivery(delivery) => match delivery.state {
            DeliveryState::Due { .. } => true,
            DeliveryState::Delivered { .. } | DeliveryState::GivenUp { .. } => false,
        },
        _ => false,
    }
}
