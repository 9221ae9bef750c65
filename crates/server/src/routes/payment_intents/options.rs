//! `payment_method_options[card]`: what is asked of a card beyond an ordinary payment. Options of other
//! kinds are taken and not acted on.

use farthing_domain::intent::{CardRequests, ThreeDSecure, Wish};

use crate::error::ApiError;
use crate::means;
use crate::params::Params;

const WISHES: [(&str, Wish); 2] = [("if_available", Wish::IfAvailable), ("never", Wish::Never)];

const MOMENTS: [(&str, ThreeDSecure); 3] = [
    ("any", ThreeDSecure::Any),
    ("automatic", ThreeDSecure::Automatic),
    ("challenge", ThreeDSecure::Challenge),
];

/// The requests, all of them replaced; none where nothing is said of cards.
///
/// # Errors
/// Other options of cards; other words; options of what is no kind.
pub(super) fn card(params: &Params<'_>) -> Result<Option<CardRequests>, ApiError> {
    let (mut outer, mut inner) = (String::new(), String::new());
    let Some(options) = params.map("payment_method_options", &mut outer, &means::NAMES)? else {
        return Ok(None);
    };
    let known = [
        "request_extended_authorization",
        "request_incremental_authorization",
        "request_multicapture",
        "request_overcapture",
        "request_three_d_secure",
    ];
    let Some(card) = options.map("card", &mut inner, &known)? else { return Ok(None) };
    Ok(Some(CardRequests {
        extended: card.choice("request_extended_authorization", &WISHES)?,
        incremental: card.choice("request_incremental_authorization", &WISHES)?,
        multicapture: card.choice("request_multicapture", &WISHES)?,
        overcapture: card.choice("request_overcapture", &WISHES)?,
        three_d_secure: card.choice("request_three_d_secure", &MOMENTS)?.unwrap_or_default(),
    }))
}
