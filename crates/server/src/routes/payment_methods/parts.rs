//! The parameters of a card.

use farthing_domain::object::Billing;

use crate::error::ApiError;
use crate::params::{Params, TEXT_CHARS_MAX};
use crate::routes::payment_intents::parts::address;

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
