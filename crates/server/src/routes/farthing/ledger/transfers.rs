//! `GET /v1/farthing/ledger/transfers`

use farthing_domain::query::List;

use super::{LIST, OWNER, page, reasons, source, transfer_of, write_transfer};
use crate::error::ApiError;
use crate::request::{HouseRequest, Outcome};
use crate::wire::list;

/// Movements of funds with their entries, newest first, perhaps for one reason or of one object.
///
/// # Errors
/// A merchant, a source or a cursor that is not there; wrong types.
pub async fn handle(HouseRequest(request): HouseRequest) -> Result<Outcome, ApiError> {
    let params = request.params(&[&OWNER[..], &LIST, &["reason", "source"]].concat())?;
    let tenant = request.owner(&params).await?;
    let reasons = reasons(&params)?;
    let source = source(&request, &params, tenant).await?;
    let wanted = List::Transfers { reasons, source, touching: None };
    let found = page(&request, &params, (tenant, wanted)).await?;
    let items = (found.rows.iter().filter_map(transfer_of), found.has_more);
    Ok(request.outcome(200, list::of(items, &request.path, write_transfer)))
}
