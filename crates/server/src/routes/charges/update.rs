//! `POST /v1/charges/{id}`

use farthing_core::id::{ChargeId, CustomerId};
use farthing_domain::charge::UserReport;
use farthing_domain::command::{Ask, Patch, UpdateCharge};

use crate::error::ApiError;
use crate::params::{Params, TEXT_CHARS_MAX};
use crate::read;
use crate::request::{ApiRequest, Outcome};
use crate::routes::payment_intents::parts::{email, shipping};
use crate::wire::charge::REPORTS;
use crate::wire::expand::Kind;

const KNOWN: &[&str] = &[
    "customer",
    "description",
    "expand",
    "fraud_details",
    "metadata",
    "receipt_email",
    "shipping",
    "transfer_group",
];

/// Changes a charge's own fields.
///
/// # Errors
/// Every line of the table about a parameter.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let params = request.params(KNOWN)?;
    let description = params.patch("description", TEXT_CHARS_MAX)?;
    let metadata = params.metadata_patch()?;
    let report = report(&params)?;
    let (receipt_email, shipping) = (email(&params, "receipt_email")?, shipping(&params)?);
    let transfer_group = params.owned("transfer_group")?.map(String::into_boxed_str);
    let customer = read::filter(&params, "customer", ("customer", CustomerId::parse))?;
    let expand = params.expand(Kind::Charge)?;
    let id = read::path_id(&request, ChargeId::parse, ("charge", "id"))?;
    let ask = UpdateCharge {
        id,
        customer,
        description,
        metadata,
        receipt_email,
        report,
        shipping,
        transfer_group,
    };
    request.submit(Ask::UpdateCharge(Box::new(ask)), expand).await
}

/// What the merchant says of the payer; empty unsets.
fn report(params: &Params<'_>) -> Result<Patch<UserReport>, ApiError> {
    let mut outer = String::new();
    let Some(details) = params.map("fraud_details", &mut outer, &["user_report"])? else {
        return Ok(Patch::Keep);
    };
    if details.scalar("user_report").is_ok_and(|text| text == Some("")) {
        return Ok(Patch::Unset);
    }
    Ok(details.choice("user_report", &REPORTS)?.map_or(Patch::Keep, Patch::Set))
}
