//! `GET /v1/events`

use farthing_core::id::EventId;
use farthing_domain::event::EventKind;
use farthing_domain::object::ObjectRef;
use farthing_domain::query::List;

use crate::error::{ApiError, Problem};
use crate::params::Params;
use crate::read::{self, LIST, Listing};
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::{Item, Kind};

/// Kinds that one request may name.
const TYPES_MAX: usize = 20;

/// How long an event is listed: thirty days. Later it is still found by its id.
const LISTED_S: i64 = 30 * 86_400;

/// Lists the events of thirty days, newest first, perhaps of some kinds, or by whether every endpoint
/// took them.
///
/// # Errors
/// A cursor that names nothing; wrong types.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let params = request.params(&[&LIST[..], &["delivery_success", "type", "types"]].concat())?;
    let expand = params.expand(Kind::List(Item::Leaves))?;
    let listing = Listing {
        list: List::Events {
            kinds: kinds(&params)?,
            delivered: params.boolean("delivery_success")?,
            since_s: Some(request.now.seconds().saturating_sub(LISTED_S)),
        },
        parse: |text| EventId::parse(text).map(ObjectRef::Event),
        noun: "event",
        filters: Vec::new(),
    };
    read::many(&request, &params, (listing, expand)).await
}

/// The kinds asked for. A name that is never sent matches nothing.
fn kinds(params: &Params<'_>) -> Result<Option<Vec<EventKind>>, ApiError> {
    match (params.text("type")?, params.texts("types")?) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err(Problem::Exclusive { names: "type, types".to_owned() }.into()),
        (Some(pattern), None) => Ok(Some(matching(pattern))),
        (None, Some(names)) if names.len() > TYPES_MAX => {
            Err(Problem::TooManyItems { name: "types".to_owned(), most: TYPES_MAX }.into())
        }
        (None, Some(names)) => Ok(Some(names.into_iter().flat_map(matching).collect())),
    }
}

/// One name, or all that begin with what stands before a final `*`.
fn matching(pattern: &str) -> Vec<EventKind> {
    let all = EventKind::ALL.iter().copied();
    match pattern.strip_suffix('*') {
        Some(start) => all.filter(|kind| kind.wire().starts_with(start)).collect(),
        None => EventKind::parse(pattern).into_iter().collect(),
    }
}
