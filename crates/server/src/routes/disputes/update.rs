//! `POST /v1/disputes/{id}`

use farthing_core::id::DisputeId;
use farthing_domain::command::{Ask, UpdateDispute};
use farthing_domain::dispute::EVIDENCE;
use farthing_domain::limits::EVIDENCE_CHARS;

use crate::error::ApiError;
use crate::params::Params;
use crate::read;
use crate::request::{ApiRequest, Outcome};
use crate::wire::expand::Kind;

pub(crate) const KNOWN: &[&str] = &["evidence", "expand", "metadata", "submit"];

/// Gathers evidence and, unless told not to, submits it.
///
/// # Errors
/// Every line of the table about a parameter; a dispute that is not there, or over.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    let id = || read::path_id(&request, DisputeId::parse, ("dispute", "dispute"));
    answer(&request, id).await
}

/// The same of a dispute that was named in another way.
///
/// # Errors
/// The same.
pub(crate) async fn answer(
    request: &ApiRequest,
    id: impl FnOnce() -> Result<DisputeId, ApiError>,
) -> Result<Outcome, ApiError> {
    let params = request.params(KNOWN)?;
    let evidence = evidence(&params)?;
    let submit = params.boolean("submit")?;
    let metadata = params.metadata_patch()?;
    let expand = params.expand(Kind::Dispute)?;
    let id = id()?;
    let ask = UpdateDispute { id, evidence, submit, metadata };
    request.submit(Ask::UpdateDispute(Box::new(ask)), expand).await
}

/// What is named, each with its text, or with none where it is empty.
fn evidence(params: &Params<'_>) -> Result<Vec<(&'static str, Option<String>)>, ApiError> {
    let mut outer = String::new();
    let Some(given) = params.map("evidence", &mut outer, &EVIDENCE)? else {
        return Ok(Vec::new());
    };
    let mut evidence = Vec::new();
    for name in EVIDENCE {
        if let Some(text) = given.long(name, EVIDENCE_CHARS)? {
            evidence.push((name, (!text.is_empty()).then(|| text.to_owned())));
        }
    }
    Ok(evidence)
}
