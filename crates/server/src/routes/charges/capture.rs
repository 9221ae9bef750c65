//! `POST /v1/charges/{id}/capture`

use farthing_core::id::ChargeId;
use farthing_domain::charge::{ChargeState, Rest};
use farthing_domain::object::ObjectRef;
use farthing_domain::view::Key;

use crate::error::{ApiError, Problem};
use crate::read;
use crate::request::{ApiRequest, Outcome};

const KNOWN: &[&str] = &[
    "amount",
    "expand",
    "receipt_email",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
];

/// Refuses: every charge is an intent's, and that is what is captured.
///
/// # Errors
/// A charge that is not there; else [`Problem::ChargeCaptured`], [`Problem::ChargeLapsed`] or
/// [`Problem::ChargeOfIntent`].
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let params = request.params(KNOWN)?;
    params.integer("amount")?;
    let id = read::path_id(&request, ChargeId::parse, ("charge", "id"))?;
    let view = read::load(&request, ObjectRef::Charge(id), false).await?;
    let charge = view.charge(request.tenant, id);
    let charge = charge.ok_or_else(|| read::missing(ObjectRef::Charge(id)))?;
    let captured = matches!(charge.state, ChargeState::Captured { rest: Rest::Released, .. });
    let key = Key::Intent(request.tenant, charge.intent);
    let of = request.app.store.fetch(vec![key]).await?;
    let intent = of.intent(request.tenant, charge.intent);
    let lapsed = intent.is_some_and(|intent| charge.lapsed(intent));
    let charge = id.to_string();
    Err(match (captured, lapsed) {
        (true, _) => Problem::ChargeCaptured { charge }.into(),
        (false, true) => Problem::ChargeLapsed { charge }.into(),
        (false, false) => Problem::ChargeOfIntent { charge }.into(),
    })
}
