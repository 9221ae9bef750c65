//! `GET /v1/setup_attempts`

use farthing_core::id::{SetupAttemptId, SetupIntentId};
use farthing_domain::object::ObjectRef;
use farthing_domain::query::List;

use crate::error::ApiError;
use crate::read::{self, LIST, Listing};
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::{Item, Kind};

/// Lists the tries of one set-up intent, newest first.
///
/// # Errors
/// A set-up intent that is not named, or not there; a cursor that names nothing; wrong types.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    const PARAM: &str = "setup_intent";
    let params = request.params(&[&LIST[..], &[PARAM]].concat())?;
    let named = read::filter(&params, PARAM, ("setupintent", SetupIntentId::parse))?;
    let setup = named.ok_or_else(|| params.missing(PARAM))?;
    let expand = params.expand(Kind::List(Item::SetupAttempts))?;
    let listing = Listing {
        list: List::SetupAttempts { setup },
        parse: |text| SetupAttemptId::parse(text).map(ObjectRef::SetupAttempt),
        noun: "setup attempt",
        filters: vec![(ObjectRef::Setup(setup), "setupintent", PARAM)],
    };
    read::many(&request, &params, (listing, expand)).await
}
