//! `POST /v1/farthing/merchants`
//!
//! ```text
//! curl 127.0.0.1:4242/v1/farthing/merchants -u ok_…: -d number=2 -d name="Second shop" \
//!   -d "origins[]=https://second.example"
//! ```

use farthing_core::id::MerchantId;
use farthing_domain::command::{Ask, OpenMerchant};
use farthing_domain::tenant::{Mode, TenantId};
use farthing_domain::view::Key;

use super::keys::{asked, pairs};
use crate::bank;
use crate::entropy;
use crate::error::{ApiError, Problem};
use crate::flow;
use crate::params::Params;
use crate::read::no_such;
use crate::request::{ApiRequest, OperatorRequest, Outcome};
use crate::wire::json::object;

/// Opens a merchant with one pair of keys for each mode, shown this once.
///
/// # Errors
/// A number that is taken; wrong types.
pub async fn handle(OperatorRequest(request): OperatorRequest) -> Result<Outcome, ApiError> {
    let params = request.params(&["allow_scripts", "name", "number", "origins", "platform"])?;
    let name = params.required("name")?.to_owned();
    let number = params.integer("number")?.ok_or_else(|| params.missing("number"))?;
    if number < 1 {
        return Err(Problem::BelowLeast { name: "number".to_owned(), least: 1 }.into());
    }
    if number > NUMBER_MAX {
        return Err(
            Problem::NotInteger { name: "number".to_owned(), value: number.to_string() }.into()
        );
    }
    let asked = asked(&request.app.config, &params)?;
    let platform = platform(&request, &params, number).await?;
    let minted = pairs(&request, number, &asked);
    let account = MerchantId::new(request.now, entropy::bytes());
    let keys = minted.iter().map(|minted| minted.key.clone()).collect();
    let ask = OpenMerchant { number, account, name: name.clone(), keys, platform };
    if let Some(refused) = request.run(Ask::OpenMerchant(Box::new(ask))).await? {
        return Ok(refused);
    }
    let tenant = TenantId::of(number, Mode::Test);
    for ask in bank::test_accounts(&request.app.vault, tenant) {
        let ask = Ask::AddBankAccount(Box::new(ask));
        request.app.store.submit(flow::own(&request.app, tenant, ask)).await?;
    }
    let body = object(|out| {
        out.plain("id", account);
        out.plain("object", "farthing.merchant");
        out.int("number", number);
        out.text("name", &name);
        out.maybe_int("platform", platform);
        super::keys::shown(out, &minted);
    });
    Ok(request.outcome(200, body))
}

/// The merchant that may act for the new one by `Stripe-Account`.
async fn platform(
    request: &ApiRequest,
    params: &Params<'_>,
    number: i64,
) -> Result<Option<i64>, ApiError> {
    let Some(platform) = params.integer("platform")? else { return Ok(None) };
    let key = Key::Tenant(TenantId::of(platform, Mode::Test));
    let view = request.app.store.fetch(vec![key]).await?;
    if platform < 1 || platform == number || view.row(&key).is_none() {
        return Err(no_such("merchant", &platform.to_string(), "platform"));
    }
    Ok(Some(platform))
}

/// A tenant's number is twice the merchant's and must fit 63 bits; nobody has as many merchants.
const NUMBER_MAX: i64 = 1 << 40;
