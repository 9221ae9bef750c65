//! The parameters of a card.

use farthing_core::id::PaymentMethodId;
use farthing_domain::command::MethodSource;
use farthing_domain::method::Redisplay;
use farthing_domain::object::Billing;

use crate::card;
use crate::error::ApiError;
use crate::params::{Params, TEXT_CHARS_MAX};
use crate::read;
use crate::request::ApiRequest;
use crate::routes::payment_intents::parts::address;

/// The card of the path.
///
/// # Errors
/// [`Problem::Missing`](crate::error::Problem::Missing) for what was never issued.
pub fn path_id(request: &ApiRequest) -> Result<PaymentMethodId, ApiError> {
    read::path_id(request, PaymentMethodId::parse, ("PaymentMethod", "payment_method"))
}

/// The same, or one of the simulator's, minted on the spot.
///
/// # Errors
/// As [`path_id`].
pub fn path_source(request: &ApiRequest) -> Result<MethodSource, ApiError> {
    match card::simulated(request, &request.id)? {
        Some(source) => Ok(source),
        None => path_id(request).map(MethodSource::Stored),
    }
}

/// `billing_details` within something.
///
/// # Errors
/// Wrong types.
pub fn billing(of: &Params<'_>) -> Result<Billing, ApiError> {
    let mut outer = String::new();
    let known = ["address", "email", "name", "phone"];
    let Some(parts) = of.map("billing_details", &mut outer, &known)? else {
        return Ok(Billing::default());
    };
    Ok(Billing {
        address: address(&parts)?.unwrap_or_default(),
        email: parts.email("email")?,
        name: parts.note("name", TEXT_CHARS_MAX)?,
        phone: parts.note("phone", TEXT_CHARS_MAX)?,
    })
}

/// `allow_redisplay` within something.
///
/// # Errors
/// Another word.
pub fn redisplay(of: &Params<'_>) -> Result<Option<Redisplay>, ApiError> {
    let words = [Redisplay::Always, Redisplay::Limited, Redisplay::Unspecified];
    of.choice("allow_redisplay", &words.map(|word| (word.wire(), word)))
}

/// The expiry of the card within something: month and year.
///
/// # Errors
/// Parts that are not there or no numbers.
pub fn expiry(of: &Params<'_>) -> Result<(i64, i64), ApiError> {
    let mut outer = String::new();
    let known = ["number", "exp_month", "exp_year"];
    let card = of.map("card", &mut outer, &known)?.ok_or_else(|| of.missing("card"))?;
    card.required("number")?;
    let month = card.integer("exp_month")?.ok_or_else(|| card.missing("exp_month"))?;
    let year = card.integer("exp_year")?.ok_or_else(|| card.missing("exp_year"))?;
    Ok((month, year))
}
