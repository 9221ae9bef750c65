//! `GET /v1/farthing/idempotency/{key}`
//!
//! ```text
//! curl 127.0.0.1:4242/v1/farthing/idempotency/order-6735 -u sk_test_farthing_dev:
//! ```

use farthing_core::id::{IntentId, RefundId};
use farthing_core::idempotency::IdempotencyKey;
use farthing_domain::attempt::{Attempt, Call};
use farthing_domain::idempotency::{Record, RecordState};
use farthing_domain::view::{Key, Row, View};
use serde_json::Value;

use crate::error::ApiError;
use crate::request::{ApiRequest, Outcome};
use crate::wire::json::{Object, object};

/// What became of the request that first used a key: for whoever lost its answer and does not have
/// the request at hand to send it again. A key that nobody has used is an answer too, and so is a
/// key of somebody else, which looks the same.
///
/// # Errors
/// A text that is no key.
pub async fn handle(request: ApiRequest) -> Result<Outcome, ApiError> {
    request.params(&[])?;
    let key = IdempotencyKey::parse(&request.id)?;
    let found = Key::Record(request.tenant, request.scoped(&key));
    // One snapshot: the record, and the attempt or the answer that it points to.
    let view = request.app.store.fetch_with(move |view: &View| wanted(view, found)).await?;
    let record = match view.row(&found) {
        Some(Row::Record(record)) => Some(record),
        _ => None,
    };
    let body = object(|out| {
        out.plain("object", "farthing.idempotency_record");
        out.text("key", key.as_str());
        if let Some(record) = record {
            known(out, &view, record);
        } else {
            out.plain("status", "unknown");
            out.nulls(&["created", "object_id", "request", "response_status"]);
        }
    });
    Ok(request.outcome(200, body))
}

fn wanted(view: &View, found: Key) -> Vec<Key> {
    if !view.knows(&found) {
        return vec![found];
    }
    let next = match view.row(&found) {
        Some(Row::Record(record)) => match record.state {
            RecordState::InProgress { attempt } => Key::Attempt(attempt),
            RecordState::Done { body, .. } => Key::Body(record.tenant, body),
        },
        _ => return vec![],
    };
    if view.knows(&next) { vec![] } else { vec![next] }
}

fn known(out: &mut Object<'_>, view: &View, record: &Record) {
    let (status, object_id, answered) = match record.state {
        RecordState::InProgress { attempt } => {
            let attempt = view.attempt(attempt);
            ("in_progress", attempt.map(of_attempt), None)
        }
        RecordState::Done { status, body, .. } => {
            let body = view.body(record.tenant, body);
            let id = body.and_then(|body| of_body(&body.bytes));
            ("finished", id.or_else(|| record.intent.map(of_intent)), Some(i64::from(status)))
        }
    };
    out.plain("status", status);
    out.int("created", record.created.seconds());
    out.maybe_text("object_id", object_id.as_deref());
    out.object("request", |out| {
        out.text("id", &record.request_id);
        out.plain("method", "POST");
        out.maybe_text("path", record.path.as_deref());
    });
    out.maybe_int("response_status", answered);
}

fn of_intent(id: IntentId) -> String {
    id.to_string()
}

/// What an attempt that is under way is about.
fn of_attempt(attempt: &Attempt) -> String {
    match &attempt.call {
        Call::Refund { refund, .. } => RefundId::to_string(refund),
        Call::Verify { setup, .. } => setup.to_string(),
        Call::Authorize { .. }
        | Call::Capture { .. }
        | Call::Increment { .. }
        | Call::Void { .. } => of_intent(attempt.intent),
    }
}

/// What a kept answer is about: the object in it, or the intent of a refused payment.
fn of_body(bytes: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(bytes).ok()?;
    let refused = ["/error/payment_intent/id", "/error/setup_intent/id"];
    let refused = || refused.iter().find_map(|path| body.pointer(path));
    let id = body.get("id").or_else(refused)?;
    id.as_str().map(str::to_owned)
}
