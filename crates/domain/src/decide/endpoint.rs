//! Webhook endpoints, and what became of tries to deliver to them.

use alloc::vec::Vec;

use farthing_core::id::EndpointId;

use super::draft::Draft;
use super::update::patched;
use crate::change::{Change, Decision};
use crate::command::{
    AfterTry, CreateEndpoint, Meta, ResendEvent, RollSecret, Try, UpdateEndpoint,
};
use crate::delivery::{Delivery, DeliveryState};
use crate::endpoint::{Endpoint, EndpointStatus, OldSecret};
use crate::limits::ENDPOINTS_PER_TENANT;
use crate::object::ObjectRef;
use crate::refusal::{Named, Refusal};
use crate::reply::Reply;
use crate::view::{Key, Row, View};

pub(super) fn create(view: &View, meta: &Meta, ask: &CreateEndpoint) -> Result<Decision, Refusal> {
    if view.set(&Key::Endpoints(meta.tenant)).len() >= ENDPOINTS_PER_TENANT {
        return Err(Refusal::EndpointsFull);
    }

    // Nothing below can fail.
    let mut draft = Draft::new(view, meta);
    let endpoint = Endpoint {
        id: ask.id,
        tenant: meta.tenant,
        seq: draft.seq(),
        created: meta.now,
        url: ask.url.clone(),
        events: ask.events.clone(),
        api_version: ask.api_version.clone(),
        description: ask.description.clone(),
        metadata: ask.metadata.clone(),
        status: EndpointStatus::Enabled,
        sealed_secret: ask.sealed_secret.clone(),
        old_secret: None,
    };
    draft.insert(Row::Endpoint(endpoint));
    Ok(draft.finish(Reply::EndpointOpened(ask.id)))
}

pub(super) fn update(view: &View, meta: &Meta, ask: &UpdateEndpoint) -> Result<Decision, Refusal> {
    let endpoint = present(view, meta, ask.id)?;
    let metadata = patched(&endpoint.metadata, &ask.metadata)?;

    // Nothing below can fail.
    let mut draft = Draft::new(view, meta);
    let mut endpoint = Endpoint { metadata, ..endpoint.clone() };
    endpoint.url = ask.url.clone().unwrap_or(endpoint.url);
    endpoint.events = ask.events.clone().unwrap_or(endpoint.events);
    endpoint.status = ask.status.unwrap_or(endpoint.status);
    ask.description.clone().apply(&mut endpoint.description);
    draft.update(Row::Endpoint(endpoint));
    Ok(draft.finish(Reply::Object(ObjectRef::Endpoint(ask.id))))
}

pub(super) fn delete(view: &View, meta: &Meta, id: EndpointId) -> Result<Decision, Refusal> {
    let endpoint = present(view, meta, id)?;

    // Nothing below can fail. The row keeps its place: a cursor on it still works.
    let mut draft = Draft::new(view, meta);
    draft.update(Row::Endpoint(Endpoint { status: EndpointStatus::Deleted, ..endpoint.clone() }));
    Ok(draft.finish(Reply::EndpointDeleted(id)))
}

/// The former secret signs as well for a while; one that was still on its way out signs no more.
pub(super) fn roll(view: &View, meta: &Meta, ask: &RollSecret) -> Result<Decision, Refusal> {
    let endpoint = present(view, meta, ask.id)?;

    // Nothing below can fail.
    let mut draft = Draft::new(view, meta);
    let until = draft.wall().plus_ms(ask.overlap_ms);
    let sealed = endpoint.sealed_secret.clone();
    draft.update(Row::Endpoint(Endpoint {
        sealed_secret: ask.sealed_secret.clone(),
        old_secret: (ask.overlap_ms > 0).then_some(OldSecret { sealed, until }),
        ..endpoint.clone()
    }));
    Ok(draft.finish(Reply::EndpointOpened(ask.id)))
}

/// Makes an event due again: to one endpoint, whether it was due to that one or not, or to all that
/// it was due to. What is due already stays as it is.
pub(super) fn resend(view: &View, meta: &Meta, ask: ResendEvent) -> Result<Decision, Refusal> {
    let object = ObjectRef::Event(ask.event);
    let missing = Refusal::Missing { what: object, named: Named::Path };
    view.event(meta.tenant, ask.event).ok_or(missing)?;
    if let Some(id) = ask.endpoint {
        let named = Named::Param("webhook_endpoint");
        let missing = Refusal::Missing { what: ObjectRef::Endpoint(id), named };
        let endpoint = view.endpoint(meta.tenant, id).ok_or_else(|| missing.clone())?;
        match endpoint.status {
            EndpointStatus::Enabled => {}
            EndpointStatus::Disabled => return Err(Refusal::EndpointDisabled),
            EndpointStatus::Deleted => return Err(missing),
        }
    }

    // Nothing below can fail.
    let mut draft = Draft::new(view, meta);
    let state = DeliveryState::Due { at: draft.wall() };
    let mut known = false;
    for row in view.set(&Key::Deliveries(meta.tenant, ask.event)) {
        let Row::Delivery(delivery) = row else { continue };
        if ask.endpoint.is_some_and(|endpoint| endpoint != delivery.endpoint) {
            continue;
        }
        known = true;
        if !matches!(delivery.state, DeliveryState::Due { .. }) {
            draft.update(Row::Delivery(Delivery { state, ..delivery.clone() }));
        }
    }
    if let Some(endpoint) = ask.endpoint
        && !known
    {
        draft.insert(Row::Delivery(Delivery {
            tenant: meta.tenant,
            event: ask.event,
            endpoint,
            previous_sequence: 0,
            tries: 0,
            state,
            last_status: None,
        }));
    }
    Ok(draft.finish(Reply::Object(object)))
}

/// Writes what became of tries. A delivery that is no longer due (a late result, or one that was
/// delivered twice) stays as it is.
pub(super) fn record_tries(view: &View, meta: &Meta, tries: &[Try]) -> Decision {
    let mut changes: Vec<Change> = Vec::with_capacity(tries.len());
    for each in tries {
        let Some(delivery) = view.delivery(each.tenant, each.event, each.endpoint) else {
            continue;
        };
        let DeliveryState::Due { .. } = delivery.state else { continue };
        let state = match each.then {
            AfterTry::Delivered => DeliveryState::Delivered { at: meta.now },
            AfterTry::Again(at) => DeliveryState::Due { at },
            AfterTry::GiveUp => DeliveryState::GivenUp { at: meta.now },
        };
        let tries = delivery.tries.saturating_add(1);
        let after = Delivery { state, tries, last_status: each.status, ..delivery.clone() };
        changes.push(Change::Update(Row::Delivery(after)));
    }
    Decision { changes, ..Decision::only(Reply::Done) }
}

fn present<'a>(view: &'a View, meta: &Meta, id: EndpointId) -> Result<&'a Endpoint, Refusal> {
    let missing = Refusal::Missing { what: ObjectRef::Endpoint(id), named: Named::Path };
    let endpoint = view.endpoint(meta.tenant, id).ok_or_else(|| missing.clone())?;
    match endpoint.status {
        EndpointStatus::Enabled | EndpointStatus::Disabled => Ok(endpoint),
        EndpointStatus::Deleted => Err(missing),
    }
}
