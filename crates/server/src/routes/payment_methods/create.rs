//! `POST /v1/payment_methods`
//!
//! The card frame sends a card here with a publishable key; nobody else sees its number.

use std::sync::LazyLock;

use farthing_domain::command::{Ask, MethodSource};
use farthing_domain::method_type::MethodType;
use farthing_domain::object::Metadata;
use farthing_domain::tenant::KeyClass;

use super::parts::{billing, expiry, redisplay};
use crate::card::{self, Around};
use crate::error::{ApiError, Problem};
use crate::means;
use crate::request::{ApiRequest, Outcome, PublicRequest};
use crate::wire::expand::Kind;

/// What is said of a method of whatever kind; its own hash is named after its kind.
const COMMON: &[&str] = &["allow_redisplay", "billing_details", "expand", "metadata", "type"];

static KNOWN: LazyLock<Vec<&str>> = LazyLock::new(|| [COMMON, &means::NAMES].concat());

/// Stores a card, or a method of another kind.
///
/// # Errors
/// Every line of the table about a card.
pub async fn handle(PublicRequest(mut request): PublicRequest) -> Result<Outcome, ApiError> {
    let (kind, expand) = {
        let params = request.params(&KNOWN)?;
        (means::kind(&params)?, params.expand(Kind::Method)?)
    };
    request.check_claim()?;
    let around = around(&request)?;
    if kind != MethodType::CARD {
        let params = request.params(&KNOWN)?;
        let ask = means::typed(&request, &params, (kind, around))?;
        return request.submit(Ask::CreateMethod(Box::new(ask)), expand).await;
    }
    let token = token(&request)?;
    let ask = if let Some(token) = token {
        match card::token(&request, &token, around)? {
            MethodSource::New(ask) => Ask::CreateMethod(ask),
            MethodSource::Token(ask) => Ask::UseToken(ask),
            MethodSource::Stored(_) => return Err(Problem::Bug.into()),
        }
    } else {
        let expiry = expiry(&request.params(&KNOWN)?)?;
        Ask::CreateMethod(Box::new(card::typed(&mut request, "card", expiry, around)?))
    };
    request.submit(ask, expand).await
}

fn around(request: &ApiRequest) -> Result<Around, ApiError> {
    let params = request.params(&KNOWN)?;
    let metadata = match request.class {
        KeyClass::Secret | KeyClass::Restricted | KeyClass::Operator => params.metadata()?,
        // A page's word about its own card is not the merchant's.
        KeyClass::Publishable => Metadata::new(),
    };
    let redisplay = redisplay(&params)?.unwrap_or_default();
    Ok(Around { billing: billing(&params)?, metadata, redisplay })
}

/// `card[token]`, which stands for a whole card.
fn token(request: &ApiRequest) -> Result<Option<String>, ApiError> {
    let params = request.params(&KNOWN)?;
    let mut outer = String::new();
    let known = ["number", "exp_month", "exp_year", "token"];
    match params.map("card", &mut outer, &known)? {
        Some(card) => card.owned("token"),
        None => Err(params.missing("card")),
    }
}
