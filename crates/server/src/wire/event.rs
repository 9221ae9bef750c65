//! Events: the envelope around a body that was rendered when it happened.
//!
//! The body is never rendered again (decision 2); only the envelope depends on the reader: how many
//! deliveries are pending, and, in a delivery, which event of the object its endpoint saw before.

use farthing_domain::delivery::DeliveryState;
use farthing_domain::event::Event;
use farthing_domain::tenant::Mode;
use farthing_domain::view::{Key, Row, View};

use super::json::{object, object_into};
use super::{API_VERSION, Rows, shared};

/// What an envelope says beyond the event itself.
#[derive(Clone, Copy, Debug)]
pub struct Envelope<'e> {
    /// The endpoint's version; the account's where it has none.
    pub api_version: Option<&'e str>,
    /// Deliveries that are not accepted yet.
    pub pending_webhooks: i64,
    /// In a delivery, the object's place before this one that was due to the same endpoint.
    pub previous_sequence: Option<u32>,
}

/// The whole event around the stored bytes of its object.
pub fn envelope(row: &Event, stored: &[u8], around: &Envelope<'_>) -> Vec<u8> {
    object(|out| {
        out.plain("id", row.id);
        out.plain("object", "event");
        out.text("api_version", around.api_version.unwrap_or(API_VERSION));
        out.int("created", row.created.seconds());
        out.object("data", |out| out.raw("object", stored));
        out.bool("livemode", row.tenant.mode() == Mode::Live);
        out.int("pending_webhooks", around.pending_webhooks);
        shared::request(out, row.request.as_ref());
        out.plain("type", row.kind.wire());
        out.int("sequence", row.sequence);
        if let Some(previous) = around.previous_sequence {
            out.int("previous_sequence", previous);
        }
    })
}

/// An event as it is listed.
///
/// # Panics
/// If its body or its deliveries were not loaded.
pub fn write(out: &mut Vec<u8>, rows: &Rows<'_>, row: &Event) {
    let Some(body) = rows.view.body(row.tenant, row.body) else {
        // An event and its body are written in one commit; a store that lost one is corrupt.
        return object_into(out, |out| out.plain("id", row.id));
    };
    let around = Envelope {
        api_version: None,
        pending_webhooks: pending(rows.view, row),
        previous_sequence: None,
    };
    out.extend_from_slice(&envelope(row, &body.bytes, &around));
}

/// How many deliveries of an event are still to be made.
///
/// # Panics
/// If its deliveries were not loaded.
pub fn pending(view: &View, row: &Event) -> i64 {
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
