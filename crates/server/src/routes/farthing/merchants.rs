//! `POST /v1/farthing/merchants`
//!
//! ```text
//! curl 127.0.0.1:4242/v1/farthing/merchants -u ok_…: -d number=2 -d name="Second shop" \
//!   -d "origins[]=https://second.example"
//! ```

use farthing_core::id::MerchantId;
use farthing_domain::command::{Ask, OpenMerchant};

use super::keys::{Minted, asked, mint};
use crate::entropy;
use crate::error::{ApiError, Problem};
use crate::request::{OperatorRequest, Outcome};
use crate::wire::json::object;

/// Opens a merchant with one pair of keys for each mode, shown this once.
///
/// # Errors
/// A number that is taken; wrong types.
pub async fn handle(OperatorRequest(request): OperatorRequest) -> Result<Outcome, ApiError> {
    let params = request.params(&["allow_scripts", "name", "number", "origins"])?;
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
    let minted: Vec<Minted> = mint(&request, number, &asked);
    let account = MerchantId::new(request.now, entropy::bytes());
    let keys = minted.iter().map(|minted| minted.key.clone()).collect();
    let ask = OpenMerchant { number, account, name: name.clone(), keys };
    request.run(Ask::OpenMerchant(Box::new(ask))).await?.map_or_else(
        || {
            let body = object(|out| {
                out.plain("id", account);
                out.plain("object", "farthing.merchant");
                out.int("number", number);
                out.text("name", &name);
                super::keys::list(out, &minted);
            });
            Ok(request.outcome(200, body))
        },
        Ok,
    )
}

/// A tenant's number is twice the merchant's and must fit 63 bits; nobody has as many merchants.
const NUMBER_MAX: i64 = 1 << 40;
