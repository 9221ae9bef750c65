//! `GET /v1/farthing/keys`

use farthing_core::id::ApiKeyId;
use farthing_domain::tenant::{ApiKey, KeyClass};
use farthing_domain::view::{Key, Row};

use super::create::OPERATORS;
use super::fields;
use crate::error::{ApiError, Problem};
use crate::params::Params;
use crate::read::{limit, no_such};
use crate::request::{HouseRequest, Outcome};
use crate::wire::json::object_into;
use crate::wire::list;

/// Lists the keys of a merchant in one mode, newest first, those that have ended too. An operator
/// who names no merchant sees the operators' own.
///
/// # Errors
/// A merchant or a cursor that is not there; wrong types.
pub async fn handle(HouseRequest(request): HouseRequest) -> Result<Outcome, ApiError> {
    let known = ["ending_before", "limit", "livemode", "merchant", "starting_after"];
    let params = request.params(&known)?;
    let operators = request.class == KeyClass::Operator && !params.has("merchant");
    let tenant = if operators { OPERATORS } else { request.owner(&params).await? };
    let set = Key::ApiKeys(tenant);
    let view = request.app.store.fetch(vec![set]).await?;
    let mut keys: Vec<&ApiKey> = view
        .set(&set)
        .iter()
        .filter_map(|row| if let Row::ApiKey(key) = row { Some(key) } else { None })
        .collect();
    keys.sort_by_key(|key| std::cmp::Reverse((key.created, key.id())));
    let (page, has_more) = cut(&keys, &params)?;
    let body = list::of((page.iter(), has_more), &request.path, |out, key: &&ApiKey| {
        let used = request.app.keys.last_used(key);
        object_into(out, |out| fields(out, key, (request.wall, used)));
    });
    Ok(request.outcome(200, body))
}

/// The part of a list that a request's limit and cursor name.
fn cut<'k>(
    keys: &'k [&'k ApiKey],
    params: &Params<'_>,
) -> Result<(&'k [&'k ApiKey], bool), ApiError> {
    let limit = limit(params)?;
    let place = |name: &'static str| -> Result<Option<usize>, ApiError> {
        let Some(text) = params.text(name)? else { return Ok(None) };
        let found = ApiKeyId::parse(text)
            .and_then(|id| keys.iter().position(|key| key.id() == id))
            .ok_or_else(|| no_such("API key", text, name))?;
        Ok(Some(found))
    };
    Ok(match (place("starting_after")?, place("ending_before")?) {
        (Some(_), Some(_)) => return Err(Problem::BothCursors.into()),
        (None, Some(end)) => {
            let from = end.saturating_sub(limit);
            (&keys[from..end], from > 0)
        }
        (after, None) => {
            let rest = &keys[after.map_or(0, |place| place + 1)..];
            (&rest[..rest.len().min(limit)], rest.len() > limit)
        }
    })
}
