//! `GET /v1/farthing/events`
//!
//! ```text
//! curl -G 127.0.0.1:4242/v1/farthing/events -u sk_test_farthing_dev: \
//!   -d object=pi_… -d after_sequence=3 -d webhook_endpoint=we_…
//! ```

use farthing_core::currency::Currency;
use farthing_core::id::{
    ChargeId, CustomerId, DisputeId, EndpointId, FraudWarningId, IntentId, PaymentMethodId,
    PayoutId, RefundId, SetupIntentId,
};
use farthing_domain::decide::rendering;
use farthing_domain::event::Event;
use farthing_domain::object::ObjectRef;
use farthing_domain::query::{CreatedRange, Cursor, List, Page, Query};
use farthing_domain::tenant::TenantId;
use farthing_domain::view::{Key, Row, View};

use crate::error::{ApiError, Place, Problem};
use crate::params::Params;
use crate::read;
use crate::request::{ApiRequest, Outcome};
use crate::wire::event::{Reader, write_for};
use crate::wire::{Id, key_of, list};

const NAMES: [&str; 4] = ["object", "after_sequence", "webhook_endpoint", "limit"];

/// What such a request names, as its errors call it: noun and parameter.
type Called = (&'static str, &'static str);
const OBJECT: Called = ("object", "object");
const ENDPOINT: Called = ("webhook endpoint", "webhook_endpoint");

/// The events of one object beyond a place among them, for a receiver that has lost some.
///
/// Oldest first, unlike every other list: they are to be taken in that order, and the place of the
/// last one taken is what the next page begins after. Each is rendered as in a delivery; with an
/// endpoint only those that were due to it, each with the place before it that was.
///
/// # Errors
/// No object; an object or endpoint that is not there, or somebody else's; wrong types.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let asked = Asked::parse(&request.params(&NAMES)?)?;
    let (query, tenant) = (asked.query(request.tenant), request.tenant);
    let wants = move |page: &Page, view: &View| asked.wants(tenant, page, view);
    let (page, view) = request.app.store.page_with(query, wants).await?;
    for (what, called) in asked.named() {
        if !read::rows(&request, &view).has(what) || read::is_deleted(&view, &request, what) {
            return Err(missing(Id(what).to_string(), called));
        }
    }
    let oldest_first = (page.rows.iter().rev().filter_map(event_of), page.has_more);
    let body = list::of(oldest_first, &request.path, |out, event| {
        write_for(out, &view, event, asked.reader(&view, event));
    });
    Ok(request.outcome(200, body))
}

/// A request of which every part was understood.
#[derive(Clone, Copy)]
struct Asked {
    object: ObjectRef,
    after: u32,
    endpoint: Option<EndpointId>,
    limit: usize,
}

impl Asked {
    fn parse(params: &Params<'_>) -> Result<Self, ApiError> {
        let id = params.required("object")?;
        let object = object(id).ok_or_else(|| missing(id.to_owned(), OBJECT))?;
        let after = match params.integer("after_sequence")? {
            Some(least) if least < 0 => {
                return Err(
                    Problem::BelowLeast { name: params.full("after_sequence"), least: 0 }.into()
                );
            }
            // No object comes as far: nothing is beyond it.
            Some(after) => u32::try_from(after).unwrap_or(u32::MAX),
            None => 0,
        };
        let (noun, param) = ENDPOINT;
        let endpoint = read::filter(params, param, (noun, EndpointId::parse))?;
        Ok(Self { object, after, endpoint, limit: read::limit(params)? })
    }

    fn query(self, tenant: TenantId) -> Query {
        let Self { object, after, endpoint, limit } = self;
        Query {
            tenant,
            list: List::EventsOf { object, after, endpoint },
            created: CreatedRange::default(),
            // Before every place there is: the nearest to that are the oldest.
            cursor: Cursor::Before(i64::MIN),
            limit,
        }
    }

    /// What must be there.
    fn named(self) -> impl Iterator<Item = (ObjectRef, Called)> {
        let endpoint = self.endpoint.map(|id| (ObjectRef::Endpoint(id), ENDPOINT));
        [(self.object, OBJECT)].into_iter().chain(endpoint)
    }

    fn wants(self, tenant: TenantId, page: &Page, view: &View) -> Vec<Key> {
        let named = self.named().map(|(what, _)| key_of(tenant, what));
        let events = page.rows.iter().filter_map(event_of).map(|row| ObjectRef::Event(row.id));
        named.chain(events.flat_map(|event| rendering(view, tenant, event, false))).collect()
    }

    /// For whom an event is rendered. With an endpoint the page holds only what has a delivery to it.
    fn reader<'v>(self, view: &'v View, event: &Event) -> Reader<'v> {
        let Some(endpoint) = self.endpoint.and_then(|id| view.endpoint(event.tenant, id)) else {
            return Reader::Anyone;
        };
        let mut deliveries = view.set(&Key::Deliveries(event.tenant, event.id)).iter();
        let own = deliveries.find_map(|row| match row {
            Row::Delivery(delivery) if delivery.endpoint == endpoint.id => Some(delivery),
            _ => None,
        });
        own.map_or(Reader::Anyone, |own| Reader::Endpoint(endpoint, own))
    }
}

/// An id of whatever has events. The balance has no id and is one object for each currency: it is
/// named by its own word and that currency, as `balance_usd`.
fn object(text: &str) -> Option<ObjectRef> {
    let balance = || Currency::parse(text.strip_prefix("balance_")?).ok().map(ObjectRef::Balance);
    let kinds: [&dyn Fn() -> Option<ObjectRef>; 10] = [
        &|| IntentId::parse(text).map(ObjectRef::Intent),
        &|| ChargeId::parse(text).map(ObjectRef::Charge),
        &|| RefundId::parse(text).map(ObjectRef::Refund),
        &|| CustomerId::parse(text).map(ObjectRef::Customer),
        &|| PaymentMethodId::parse(text).map(ObjectRef::Method),
        &|| SetupIntentId::parse(text).map(ObjectRef::Setup),
        &|| DisputeId::parse(text).map(ObjectRef::Dispute),
        &|| FraudWarningId::parse(text).map(ObjectRef::Warning),
        &|| PayoutId::parse(text).map(ObjectRef::Payout),
        &balance,
    ];
    kinds.iter().find_map(|parse| parse())
}

fn event_of(row: &Row) -> Option<&Event> {
    match row {
        Row::Event(event) => Some(event),
        _ => None, // A list of events holds nothing else.
    }
}

fn missing(id: String, (noun, param): Called) -> ApiError {
    Problem::Missing { noun, id, param, place: Place::Param }.into()
}
