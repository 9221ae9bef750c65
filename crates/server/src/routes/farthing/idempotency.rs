//! `GET /v1/farthing/idempotency/{key}`
//!
//! ```text
//! curl 127.0.0.1:4242/v1/farthing/idempotency/order-6735 -u sk_test_farthing_dev:
//! ```

use farthing_core::id::{IntentId, RefundId, SetupIntentId};
use farthing_core::idempotency::IdempotencyKey;
use farthing_domain::attempt::{Attempt, Call};
use farthing_domain::idempotency::{Record, RecordState, ScopedKey};
use farthing_domain::tenant::KeyClass;
use farthing_domain::view::{Key, Row, View};
use serde_json::Value;

use crate::error::{ApiError, Problem};
use crate::read;
use crate::request::{ApiRequest, Outcome, PublicRequest};
use crate::routes::{payment_intents, setup_intents};
use crate::wire::json::{Object, object};
use crate::wire::publishable;

/// What became of the request that first used a key: for whoever lost its answer and does not have
/// the request at hand to send it again. A key that nobody has used is an answer too, and so is a
/// key of somebody else, which looks the same.
///
/// # Errors
/// A text that is no key; a client secret that is missing or wrong.
pub async fn handle(PublicRequest(mut request): PublicRequest) -> Result<Outcome, ApiError> {
    let secret = {
        let params = request.params(&["client_secret"])?;
        params.text("client_secret")?.map(str::to_owned)
    };
    let key = IdempotencyKey::parse(&request.id)?;
    let scoped = scoped(&mut request, &key, secret.as_deref()).await?;
    let found = Key::Record(request.tenant, scoped);
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
            known(out, &view, (record, request.class));
        } else {
            out.plain("status", "unknown");
            out.nulls(&["created", "object_id", "request", "response_body", "response_status"]);
        }
    });
    Ok(request.outcome(200, body))
}

/// Where the key is looked for. The pages of an intent have keys of their own, and whoever asks for
/// one of those shows its client secret (decision 6); a secret key's are the merchant's.
async fn scoped(
    request: &mut ApiRequest,
    key: &IdempotencyKey,
    secret: Option<&str>,
) -> Result<ScopedKey, ApiError> {
    let Some(secret) = secret else {
        return match request.class {
            KeyClass::Publishable => {
                Err(Problem::MissingParameter { name: "client_secret".to_owned() }.into())
            }
            KeyClass::Secret | KeyClass::Restricted | KeyClass::Operator => Ok(request.scoped(key)),
        };
    };
    let of = secret.split("_secret_").next().unwrap_or_default();
    // One answer to every wrong one: whether there is such an intent is nobody else's business.
    let wrong = || read::no_such("client_secret", secret, "client_secret");
    let object = if let Some(id) = IntentId::parse(of) {
        let checked = payment_intents::parts::check_secret(request, id, Some(secret)).await;
        checked.map(|()| id.bytes())
    } else if let Some(id) = SetupIntentId::parse(of) {
        let checked = setup_intents::parts::check_secret(request, id, Some(secret)).await;
        checked.map(|()| id.bytes())
    } else {
        return Err(wrong());
    };
    match object {
        Ok(object) => Ok(request.scoped_to_pages_of(object, key)),
        Err(error) if matches!(error.problem(), Problem::Missing { .. }) => Err(wrong()),
        Err(error) => Err(error),
    }
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

fn known(out: &mut Object<'_>, view: &View, (record, class): (&Record, KeyClass)) {
    let (status, object_id, answered, body) = match record.state {
        RecordState::InProgress { attempt } => {
            let attempt = view.attempt(attempt);
            ("in_progress", attempt.map(of_attempt), None, None)
        }
        RecordState::Done { status, body, .. } => {
            let body = view.body(record.tenant, body).map(|body| body.bytes.as_slice());
            let id = body.and_then(of_body).or_else(|| record.intent.map(of_intent));
            ("finished", id, Some(i64::from(status)), body)
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
    match body.and_then(|body| shown(body, class)) {
        Some(body) => out.raw("response_body", &body),
        None => out.null("response_body"),
    }
    out.maybe_int("response_status", answered);
}

/// The kept answer, as its own request got it. A restricted key may be open for keys and closed for
/// what is behind them, so it learns the id alone.
fn shown(body: &[u8], class: KeyClass) -> Option<Vec<u8>> {
    match class {
        KeyClass::Secret => Some(body.to_vec()),
        KeyClass::Publishable => Some(publishable::reduce(body)),
        KeyClass::Restricted | KeyClass::Operator => None,
    }
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
