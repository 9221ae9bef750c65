//! The renderer that `store` is given: from a reply to its status and bytes (decision 2).

use farthing_core::id::{IntentId, SetupIntentId};
use farthing_domain::intent::IntentState;
use farthing_domain::network::Decline;
use farthing_domain::object::ObjectRef;
use farthing_domain::refusal::Refusal;
use farthing_domain::reply::{Answer, Render, Reply};
use farthing_domain::tenant::TenantId;
use farthing_domain::view::View;

use super::expand::Expand;
use super::json::{Object, object};
use super::{Rows, bank, clock, customer, endpoint, error, intent, previous, setup};
use crate::error::table::{API, CARD, Row};
use crate::error::{decline, refusal};

/// What stands in a kept body where the webhook secret belongs; the response puts the secret in, so
/// that no body at rest holds one. No secret that is ever minted looks like it.
pub const SECRET_PLACEHOLDER: &str = "whsec_(not kept)";

/// Renders replies.
#[derive(Clone, Debug)]
pub struct Renderer {
    public_url: String,
}

impl Renderer {
    /// A renderer of a server that browsers reach under this URL.
    pub fn new(public_url: impl Into<String>) -> Self {
        let public_url: String = public_url.into();
        Self { public_url: public_url.trim_end_matches('/').to_owned() }
    }

    fn rows<'v>(&'v self, view: &'v View, tenant: TenantId) -> Rows<'v> {
        Rows { view, tenant, now: None, public_url: &self.public_url }
    }
}

impl Render for Renderer {
    fn object(&self, view: &View, tenant: TenantId, what: ObjectRef) -> Vec<u8> {
        let mut out = Vec::with_capacity(2048);
        self.rows(view, tenant).write(&mut out, what, &Expand::none());
        out
    }

    fn previous(&self, before: &[u8], after: &[u8]) -> Vec<u8> {
        previous::attributes(before, after)
    }

    fn reply(
        &self,
        view: &View,
        tenant: TenantId,
        reply: &Reply,
        expand: &[String],
    ) -> Option<Answer> {
        let rows = self.rows(view, tenant);
        match reply {
            Reply::Object(what) => {
                let mut body = Vec::with_capacity(2048);
                rows.write(&mut body, *what, &Expand::of(expand));
                Some(Answer { status: 200, body })
            }
            Reply::Declined(id) => Some(declined(&rows, *id)),
            Reply::IncrementDeclined(id, decline) => Some(increment_declined(&rows, *id, decline)),
            Reply::SetupDeclined(id) => Some(setup::declined(&rows, *id)),
            Reply::NetworkRefused(id) => Some(with_intent(&rows, &network_refused(), *id)),
            Reply::Unresolved(id) => Some(with_intent(&rows, &unresolved(), *id)),
            Reply::CustomerDeleted(id) => {
                Some(Answer { status: 200, body: object(|out| customer::deleted(out, *id)) })
            }
            Reply::EndpointOpened(id) => {
                let row = view.endpoint(tenant, *id).expect("an endpoint just made is there");
                let secret = Some(SECRET_PLACEHOLDER);
                let body = object(|out| endpoint::fields(out, row, secret));
                Some(Answer { status: 200, body })
            }
            Reply::EndpointDeleted(id) => {
                Some(Answer { status: 200, body: object(|out| endpoint::deleted(out, *id)) })
            }
            Reply::BankAccountDeleted(id) => {
                Some(Answer { status: 200, body: object(|out| bank::deleted(out, *id)) })
            }
            Reply::ClockAdvanced { now, offset_ms } => {
                let body = object(|out| clock::fields(out, *now, *offset_ms));
                Some(Answer { status: 200, body })
            }
            Reply::PayoutSettings => {
                let row = view.tenant(tenant).expect("a command comes from a known tenant");
                let body = object(|out| bank::settings(out, rows.live(), row.payouts));
                Some(Answer { status: 200, body })
            }
            Reply::ReserveSet { whole, available } => {
                let body = object(|out| bank::reserve(out, tenant, (*whole, *available)));
                Some(Answer { status: 200, body })
            }
            Reply::Refused(refused) => Some(refused_answer(&rows, refused)),
            Reply::Begun(_) | Reply::Replay(_) | Reply::Done => None,
        }
    }
}

/// The answer to a refusal; those about an intent's state carry the intent.
fn refused_answer(rows: &Rows<'_>, refused: &Refusal) -> Answer {
    let row = refusal::row(refused);
    if let Refusal::CardRefused(decline) = refused {
        let body = object(|out| {
            out.object("error", |out| {
                error::decline(out, decline);
                out.plain("type", CARD);
            });
        });
        return Answer { status: row.status, body };
    }
    let about = match refused {
        Refusal::IntentState { intent, .. }
        | Refusal::HoldLapsed { intent }
        | Refusal::CaptureAboveHold { intent, .. }
        | Refusal::CaptureRefused { intent, .. }
        | Refusal::IncrementRefused { intent, .. } => Some(*intent),
        Refusal::MethodMissing { intent, .. }
        | Refusal::CustomerMissing { intent, .. }
        | Refusal::MethodForeign { intent, .. }
        | Refusal::MethodSpent { intent, .. } => *intent,
        Refusal::SetupState { setup, .. }
        | Refusal::NoMicrodeposits { setup }
        | Refusal::SetupMethodMissing { setup: Some(setup) } => {
            return setup::with(rows, &row, *setup);
        }
        _ => None,
    };
    match about {
        Some(id) => with_intent(rows, &row, id),
        None => Answer { status: row.status, body: error::body(&row, |_| {}) },
    }
}

/// The card was refused. The intent was loaded and says why.
fn declined(rows: &Rows<'_>, id: IntentId) -> Answer {
    let last = rows.view.intent(rows.tenant, id).and_then(|row| match &row.state {
        IntentState::RequiresPaymentMethod { last_error } => last_error.as_ref(),
        _ => None,
    });
    let body = object(|out| {
        out.object("error", |out| match last {
            Some(last) => {
                // The type comes last in it, so the intent goes in front.
                attach_intent(out, rows, id);
                intent::payment_error(out, rows, last);
            }
            None => out.plain("type", CARD),
        });
    });
    Answer { status: 402, body }
}

/// The holder's bank would not hold more. The intent is as it was, so its own last error says
/// nothing of this.
fn increment_declined(rows: &Rows<'_>, id: IntentId, decline: &Decline) -> Answer {
    let body = object(|out| {
        out.object("error", |out| {
            attach_intent(out, rows, id);
            error::decline(out, decline);
            out.plain("type", CARD);
        });
    });
    Answer { status: 402, body }
}

fn with_intent(rows: &Rows<'_>, row: &Row, id: IntentId) -> Answer {
    let body = error::body(row, |out| attach_intent(out, rows, id));
    Answer { status: row.status, body }
}

fn attach_intent(out: &mut Object<'_>, rows: &Rows<'_>, id: IntentId) {
    let what = ObjectRef::Intent(id);
    if rows.has(what) {
        let mut bytes = Vec::with_capacity(2048);
        rows.write(&mut bytes, what, &Expand::none());
        out.raw("payment_intent", &bytes);
    }
}

/// The answer to a refusal that carries its set-up intent.
pub fn setup_refused(rows: &Rows<'_>, refused: &Refusal, id: SetupIntentId) -> Answer {
    setup::with(rows, &refusal::row(refused), id)
}

/// The network would not capture or release.
pub fn network_refused() -> Row {
    Row::bad(decline::message("processing_error", None))
        .status(402)
        .kind(CARD)
        .code("processing_error")
}

/// The network did not say in time whether it captured or released.
pub fn unresolved() -> Row {
    Row::bad(
        "It is not known yet whether the network carried this out. Send the request again with the same idempotency key to find out.",
    )
    .status(500)
    .kind(API)
    .retry(true)
}
