//! `POST /v1/farthing/keys`
//!
//! ```text
//! curl 127.0.0.1:4242/v1/farthing/keys -u op_farthing_…: -d merchant=1 \
//!   -d "origins[]=https://shop.example"
//! curl 127.0.0.1:4242/v1/farthing/keys -u sk_test_…: -d class=restricted -d name=agent \
//!   -d "scopes[payment_intents]=write" -d "caps[currency]=usd" -d "caps[total_amount]=20000" \
//!   -d "caps[window_seconds]=86400" -d expires_in=604800
//! ```

use farthing_domain::command::Ask;
use farthing_domain::tenant::{KeyClass, Mode, Pages, TenantId};

use super::{CLASSES, asked, new_fields, pairs, rights, shown};
use crate::error::{ApiError, Problem};
use crate::mint::{Minted, mint};
use crate::params::Params;
use crate::request::{ApiRequest, HouseRequest, Outcome};
use crate::wire::json::object;

const KNOWN: [&str; 5] = ["allow_scripts", "class", "livemode", "merchant", "origins"];

/// Adds one key of a class, or, without a class, a pair of keys for each mode. Shown this once.
///
/// # Errors
/// A merchant that is not there; origins that are none; wrong types; more than the key that asks may
/// give.
pub async fn handle(HouseRequest(request): HouseRequest) -> Result<Outcome, ApiError> {
    let params = request.params(&[&KNOWN[..], &rights::KNOWN].concat())?;
    match params.choice("class", &CLASSES)? {
        Some(class) => one(&request, &params, class).await,
        None if request.class == KeyClass::Operator => several(&request, &params).await,
        None => Err(params.missing("class")),
    }
}

async fn one(
    request: &ApiRequest,
    params: &Params<'_>,
    class: KeyClass,
) -> Result<Outcome, ApiError> {
    if request.class != KeyClass::Operator && class != KeyClass::Restricted {
        return Err(Problem::OperatorKeyRequired.into());
    }
    let tenant = request.owner(params).await?;
    let asked = asked(&request.app.config, params)?;
    let mut minted: Minted = mint(&request.app.vault, class, tenant);
    minted.key.rights = rights::rights(params, request.wall)?;
    minted.key.pages = Pages {
        origins: asked.origins.unwrap_or_default(),
        allow_scripts: asked.allow_scripts.unwrap_or(false),
    };
    if let Some(refused) = request.run(Ask::AddKeys(vec![minted.key.clone()])).await? {
        return Ok(refused);
    }
    let body = object(|out| {
        out.plain("object", "farthing.key");
        out.int("merchant", tenant.merchant());
        new_fields(out, &minted);
    });
    Ok(request.outcome(200, body))
}

async fn several(request: &ApiRequest, params: &Params<'_>) -> Result<Outcome, ApiError> {
    for name in [&["livemode"], &rights::KNOWN[..]].concat() {
        if params.has(name) {
            return Err(params.missing("class"));
        }
    }
    let number = request.owner(params).await?.merchant();
    let asked = asked(&request.app.config, params)?;
    let minted = pairs(request, number, &asked);
    let keys = minted.iter().map(|minted| minted.key.clone()).collect();
    if let Some(refused) = request.run(Ask::AddKeys(keys)).await? {
        return Ok(refused);
    }
    let body = object(|out| {
        out.plain("object", "farthing.keys");
        out.int("merchant", number);
        shown(out, &minted);
    });
    Ok(request.outcome(200, body))
}

/// The operators' own rows, which belong to no merchant.
pub const OPERATORS: TenantId = TenantId::from_raw(0);

/// The mode that `livemode` names.
///
/// # Errors
/// Wrong types.
pub fn mode(params: &Params<'_>) -> Result<Mode, ApiError> {
    Ok(if params.boolean("livemode")?.unwrap_or(false) { Mode::Live } else { Mode::Test })
}
