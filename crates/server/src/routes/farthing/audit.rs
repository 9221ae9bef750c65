//! `GET /v1/farthing/audit`
//!
//! ```text
//! curl "127.0.0.1:4242/v1/farthing/audit?limit=20" -u op_…:
//! ```

use farthing_domain::audit::Kept;

use crate::error::ApiError;
use crate::read::limit;
use crate::request::{OperatorRequest, Outcome};
use crate::wire::json::{Object, object_into};
use crate::wire::list;

/// Lists the trail, newest first. The cursor is the place of a line.
///
/// # Errors
/// Wrong types.
pub async fn handle(OperatorRequest(request): OperatorRequest) -> Result<Outcome, ApiError> {
    let params = request.params(&["limit", "starting_after"])?;
    let limit = limit(&params)?;
    let before = params.integer("starting_after")?;
    let mut lines = request.app.store.trail(before, limit + 1).await?;
    let has_more = lines.len() > limit;
    lines.truncate(limit);
    let body = list::of((lines.iter(), has_more), &request.path, |out, kept: &Kept| {
        object_into(out, |out| fields(out, kept));
    });
    Ok(request.outcome(200, body))
}

fn fields(out: &mut Object<'_>, kept: &Kept) {
    let line = &kept.line;
    out.int("id", kept.place);
    out.plain("object", "farthing.audit_line");
    out.text("action", &line.action);
    out.text("actor", &line.actor);
    out.maybe_int("count", line.count);
    out.int("created", line.at.seconds());
    out.maybe_text("request", line.request.as_deref());
    out.maybe_int("response_status", line.status.map(i64::from));
}
