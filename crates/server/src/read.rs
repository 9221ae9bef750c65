//! Reads: one object, or one page of a list.
//!
//! A reply reads one snapshot (decision 13): the cursor's place, the rows and what is expanded in
//! them come from the same one.

use farthing_domain::decide::rendering;
use farthing_domain::limits::{PAGE_ROWS_DEFAULT, PAGE_ROWS_MAX};
use farthing_domain::object::ObjectRef;
use farthing_domain::query::{CreatedRange, Cursor, List, Page, Query};
use farthing_domain::tenant::KeyClass;
use farthing_domain::view::{Key, View};
use farthing_store::Begin;

use crate::auth;
use crate::error::{ApiError, Place, Problem, refusal};
use crate::params::Params;
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::Expand;
use crate::wire::list::{page, reference};
use crate::wire::{Rows, key_of};

/// The parameters that every list has.
pub const LIST: [&str; 5] = ["limit", "starting_after", "ending_before", "created", "expand"];

/// Reads an id of the path or of a parameter; none if no such id was ever issued.
pub type ParseId = fn(&str) -> Option<ObjectRef>;

/// How one list is read.
#[derive(Debug)]
pub struct Listing {
    /// Which list.
    pub list: List,
    /// How the ids of its cursors are read.
    pub parse: ParseId,
    /// What its items are called.
    pub noun: &'static str,
    /// Objects that a filter names and that must be there, with what they are called and their
    /// parameters.
    pub filters: Vec<(ObjectRef, &'static str, &'static str)>,
}

/// Answers with one object of the path.
///
/// # Errors
/// [`Problem::Refused`] if the tenant has no such object.
pub async fn one(
    request: &ApiRequest,
    what: ObjectRef,
    expand: Vec<String>,
) -> Result<Outcome, ApiError> {
    let view = load(request, what, !expand.is_empty()).await?;
    let rows = rows(request, &view);
    if !rows.has(what) || is_deleted(&view, request, what) {
        return Err(missing(what));
    }
    let mut body = Vec::with_capacity(2048);
    rows.write(&mut body, what, &Expand::of(&expand));
    Ok(request.outcome(200, body))
}

/// Loads one object and what rendering it needs.
///
/// # Errors
/// What the store could not do.
pub async fn load(request: &ApiRequest, what: ObjectRef, deep: bool) -> Result<View, ApiError> {
    let tenant = request.tenant;
    let wants = move |view: &View| rendering(view, tenant, what, deep);
    Ok(request.app.store.fetch_with(wants).await?)
}

/// Checks the client secret of the object in the path against the stored one. A publishable key must
/// show it; whoever shows a wrong one learns nothing, not even that there is such an object.
///
/// # Errors
/// [`Problem::MissingParameter`]; [`Problem::Missing`].
pub async fn check_secret(
    request: &ApiRequest,
    what: ObjectRef,
    given: Option<&str>,
    stored: impl FnOnce(&View) -> Option<String>,
) -> Result<(), ApiError> {
    let Some(given) = given else {
        return match request.class {
            KeyClass::Secret | KeyClass::Restricted | KeyClass::Operator => Ok(()),
            KeyClass::Publishable => {
                Err(Problem::MissingParameter { name: "client_secret".to_owned() }.into())
            }
        };
    };
    let stored = stored(&load(request, what, false).await?).unwrap_or_default();
    if auth::same_secret(given, &stored) && !stored.is_empty() {
        Ok(())
    } else {
        Err(missing(what))
    }
}

/// The error for an object of the path that is not there.
pub fn missing(what: ObjectRef) -> ApiError {
    let (noun, param) = refusal::noun(what);
    let id = crate::wire::Id(what).to_string();
    Problem::Missing { noun, id, param, place: Place::Path }.into()
}

/// The error for an object that a parameter names and that is not there.
pub fn no_such(noun: &'static str, id: &str, param: &'static str) -> ApiError {
    Problem::Missing { noun, id: id.to_owned(), param, place: Place::Param }.into()
}

/// The error for an object of the path, as the path names it.
pub fn none_such(noun: &'static str, id: &str, param: &'static str) -> ApiError {
    Problem::Missing { noun, id: id.to_owned(), param, place: Place::Path }.into()
}

/// Reads the id of the path.
///
/// # Errors
/// [`Problem::Missing`] for what was never issued: it looks like an id that belongs to nobody.
pub fn path_id<T>(
    request: &ApiRequest,
    parse: fn(&str) -> Option<T>,
    (noun, param): (&'static str, &'static str),
) -> Result<T, ApiError> {
    parse(&request.id).ok_or_else(|| {
        Problem::Missing { noun, id: request.id.clone(), param, place: Place::Path }.into()
    })
}

/// Answers with one page of a list.
///
/// # Errors
/// A cursor or filter that names nothing; two cursors; a limit that is no number.
pub async fn many(
    request: &ApiRequest,
    params: &Params<'_>,
    (listing, expand): (Listing, Vec<String>),
) -> Result<Outcome, ApiError> {
    let limit = limit(params)?;
    let created = range(params, "created")?;
    let begin = begin(request, params, &listing).await?;
    filters_exist(request, &listing).await?;
    let query =
        Query { tenant: request.tenant, list: listing.list, created, cursor: Cursor::Start, limit };
    let (tenant, deep) = (request.tenant, !expand.is_empty());
    let wants = move |page: &Page, view: &View| {
        let items = page.rows.iter().filter_map(reference);
        items.flat_map(|item| rendering(view, tenant, item, deep)).collect()
    };
    let found = request.app.store.page_from(query, begin, wants).await?;
    // The cursor was there a moment ago, and rows of objects are never removed.
    let (found, view) = found.ok_or(Problem::Bug)?;
    let body = page(
        &rows(request, &view),
        (&found.rows, found.has_more),
        &request.path,
        &Expand::items(&expand),
    );
    Ok(request.outcome(200, body))
}

/// A list that can have no items here.
pub fn none(request: &ApiRequest) -> Outcome {
    let view = View::default();
    let body = page(&rows(request, &view), (&[], false), &request.path, &Expand::none());
    request.outcome(200, body)
}

/// The rows of a reader, who sees them at the request's time.
pub fn rows<'v>(request: &'v ApiRequest, view: &'v View) -> Rows<'v> {
    Rows {
        view,
        tenant: request.tenant,
        now: Some(request.now),
        public_url: &request.app.config.public_url,
    }
}

/// An endpoint or a bank account that was deleted keeps its row, and its place for cursors, but is not found.
pub fn is_deleted(view: &View, request: &ApiRequest, what: ObjectRef) -> bool {
    use farthing_domain::endpoint::EndpointStatus;
    match what {
        ObjectRef::Endpoint(id) => view
            .endpoint(request.tenant, id)
            .is_some_and(|row| row.status == EndpointStatus::Deleted),
        ObjectRef::BankAccount(id) => {
            view.bank_account(request.tenant, id).is_some_and(|row| row.deleted)
        }
        _ => false,
    }
}

/// How many rows a page is to have. Out of range is clamped in silence, as recorded.
///
/// # Errors
/// [`Problem::NotInteger`] for what is no number.
pub fn limit(params: &Params<'_>) -> Result<usize, ApiError> {
    let most = i64::try_from(PAGE_ROWS_MAX).unwrap_or(i64::MAX);
    match params.integer("limit")? {
        None => Ok(PAGE_ROWS_DEFAULT),
        Some(limit) => Ok(usize::try_from(limit.clamp(1, most)).unwrap_or(PAGE_ROWS_MAX)),
    }
}

/// A plain second, or bounds; both ends of [`CreatedRange`] are inclusive.
///
/// # Errors
/// [`Problem::NotInteger`] for what is no number, and those of [`Params::map`].
pub fn range(params: &Params<'_>, name: &str) -> Result<CreatedRange, ApiError> {
    let mut outer = String::new();
    let mut range = CreatedRange::default();
    match params.map(name, &mut outer, &["gt", "gte", "lt", "lte"]) {
        Ok(None) => {}
        Ok(Some(bounds)) => {
            let least = bounds.integer("gt")?.map(|second| second.saturating_add(1));
            range.from_s = least.max(bounds.integer("gte")?);
            let most = bounds.integer("lt")?.map(|second| second.saturating_sub(1));
            range.to_s = match (most, bounds.integer("lte")?) {
                (Some(one), Some(two)) => Some(one.min(two)),
                (one, two) => one.or(two),
            };
        }
        Err(error) if matches!(error.problem(), Problem::NotMap { .. }) => {
            range.from_s = params.integer(name)?;
            range.to_s = range.from_s;
        }
        Err(error) => return Err(error),
    }
    Ok(range)
}

/// Where the page begins. A cursor that names nothing is refused before two of them are.
async fn begin(
    request: &ApiRequest,
    params: &Params<'_>,
    listing: &Listing,
) -> Result<Begin, ApiError> {
    let mut found = Vec::new();
    for name in ["starting_after", "ending_before"] {
        let Some(text) = params.text(name)? else { continue };
        let missing = || Problem::Missing {
            noun: listing.noun,
            id: text.to_owned(),
            param: name,
            place: Place::Param,
        };
        let what = (listing.parse)(text).ok_or_else(missing)?;
        let key = key_of(request.tenant, what);
        let view = request.app.store.fetch(vec![key]).await?;
        if view.row(&key).is_none() {
            return Err(missing().into());
        }
        found.push((name, key));
    }
    match found.as_slice() {
        [] => Ok(Begin::Start),
        [("starting_after", key)] => Ok(Begin::After(*key)),
        [(_, key)] => Ok(Begin::Before(*key)),
        _ => Err(Problem::BothCursors.into()),
    }
}

/// A filter that names an object of nobody, or of somebody else, is refused.
async fn filters_exist(request: &ApiRequest, listing: &Listing) -> Result<(), ApiError> {
    let keys: Vec<Key> =
        listing.filters.iter().map(|(what, ..)| key_of(request.tenant, *what)).collect();
    if keys.is_empty() {
        return Ok(());
    }
    let view = request.app.store.fetch(keys).await?;
    let rows = rows(request, &view);
    match listing.filters.iter().find(|(what, ..)| !rows.has(*what)) {
        Some((what, noun, param)) => Err(Problem::Missing {
            noun,
            id: crate::wire::Id(*what).to_string(),
            param,
            place: Place::Param,
        }
        .into()),
        None => Ok(()),
    }
}

/// An id that a filter names.
///
/// # Errors
/// [`Problem::Missing`] for what was never issued.
pub fn filter<T>(
    params: &Params<'_>,
    param: &'static str,
    (noun, parse): (&'static str, fn(&str) -> Option<T>),
) -> Result<Option<T>, ApiError> {
    let Some(text) = params.text(param)? else { return Ok(None) };
    let missing = || Problem::Missing { noun, id: text.to_owned(), param, place: Place::Param };
    Ok(Some(parse(text).ok_or_else(missing)?))
}
