//! `POST /v1/tokens`
//!
//! A card that was typed, kept to be used once. Bank accounts, personal data and the rest of what
//! tokens can stand for are refused by name.

use farthing_domain::command::Ask;
use farthing_domain::method::Redisplay;
use farthing_domain::object::{Address, Billing, Metadata};

use crate::card::{self, Around};
use crate::error::{ApiError, Problem};
use crate::params::{Params, TEXT_CHARS_MAX};
use crate::request::{Outcome, PublicRequest};
use crate::wire::expand::Kind;

const KNOWN: &[&str] =
    &["account", "bank_account", "card", "customer", "cvc_update", "expand", "person", "pii"];
/// What a token could stand for elsewhere.
const OTHERS: [&str; 6] = ["account", "bank_account", "customer", "cvc_update", "person", "pii"];
const CARD: &[&str] = &[
    "address_city",
    "address_country",
    "address_line1",
    "address_line2",
    "address_state",
    "address_zip",
    "currency",
    "exp_month",
    "exp_year",
    "name",
    "number",
];

/// Keeps a card.
///
/// # Errors
/// Every line of the table about a card; anything but a card.
pub async fn handle(PublicRequest(mut request): PublicRequest) -> Result<Outcome, ApiError> {
    let (expiry, around, expand) = {
        let params = request.params(KNOWN)?;
        if let Some(other) = OTHERS.into_iter().find(|other| params.has(other)) {
            return Err(Problem::TokenKind { name: other.to_owned() }.into());
        }
        if params.scalar("card").is_ok_and(|text| text.is_some()) {
            return Err(Problem::TokenKind { name: "card".to_owned() }.into());
        }
        let (expiry, billing) = read(&params)?;
        let around =
            Around { billing, metadata: Metadata::new(), redisplay: Redisplay::Unspecified };
        (expiry, around, params.expand(Kind::Leaf)?)
    };
    request.check_claim()?;
    let ask = card::typed(&mut request, "card", expiry, around)?;
    request.submit(Ask::CreateToken(Box::new(ask)), expand).await
}

/// Month and year, and whom the card belongs to.
fn read(params: &Params<'_>) -> Result<((i64, i64), Billing), ApiError> {
    let mut outer = String::new();
    let card = params.map("card", &mut outer, CARD)?.ok_or_else(|| params.missing("card"))?;
    card.required("number")?;
    let month = card.integer("exp_month")?.ok_or_else(|| card.missing("exp_month"))?;
    let year = card.integer("exp_year")?.ok_or_else(|| card.missing("exp_year"))?;
    let part = |name| card.note(name, TEXT_CHARS_MAX);
    part("currency")?; // For cards that are paid out to: of no use here.
    let address = Address {
        city: part("address_city")?,
        country: part("address_country")?,
        line1: part("address_line1")?,
        line2: part("address_line2")?,
        postal_code: part("address_zip")?,
        state: part("address_state")?,
    };
    Ok(((month, year), Billing { address, name: part("name")?, ..Billing::default() }))
}
