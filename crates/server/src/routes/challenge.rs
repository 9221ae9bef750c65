//! The issuer's challenge, as the simulator plays it: where an intent's `next_action` leads.
//!
//! A page with two buttons. It is opened by a browser without any key, so its address names the
//! tenant and carries the intent's client secret; whoever has not got that sees nothing.

use axum::extract::{Path, Request, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use farthing_core::id::IntentId;
use farthing_core::idempotency::Param;
use farthing_domain::command::{AnswerChallenge, Ask};
use farthing_domain::intent::{Intent, IntentState};
use farthing_domain::tenant::TenantId;
use farthing_domain::view::Key;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use http::{HeaderValue, StatusCode};

use crate::app::{App, Shared};
use crate::auth::same_secret;
use crate::error::ApiError;
use crate::flow;
use crate::form::Form;
use crate::request::read_form;
use crate::wire::intent::client_secret;

const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";
const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:26rem;margin:4rem auto;padding:0 1rem}button{font:inherit;padding:.6rem 1.2rem;margin-right:.6rem}";

/// Shows the challenge.
///
/// # Errors
/// What the store could not do.
pub async fn show(
    State(app): State<Shared>,
    Path((tenant, id)): Path<(i64, String)>,
    request: Request,
) -> Result<Response, ApiError> {
    let form = read_form(request).await?;
    let Some(secret) = text(&form, "client_secret") else { return Ok(nothing()) };
    let Some(row) = find(&app, tenant, &id, secret).await? else { return Ok(nothing()) };
    let IntentState::RequiresAction { .. } = row.state else { return Ok(over()) };
    // The secret is letters, digits and underscores once it has been compared.
    let amount = crate::error::refusal::display(row.amount);
    Ok(page(
        StatusCode::OK,
        &format!(
            "<h1>Is this you?</h1><p>This page stands for your bank's. A payment of {amount} waits for your word.</p><form method=\"post\"><input type=\"hidden\" name=\"client_secret\" value=\"{secret}\"><button name=\"answer\" value=\"pass\">Yes, pay</button><button name=\"answer\" value=\"fail\">No</button></form>"
        ),
    ))
}

/// Takes the holder's answer, and sends the browser back to the shop.
///
/// # Errors
/// What the store could not do.
pub async fn answer(
    State(app): State<Shared>,
    Path((tenant, id)): Path<(i64, String)>,
    request: Request,
) -> Result<Response, ApiError> {
    let form = read_form(request).await?;
    let Some(secret) = text(&form, "client_secret") else { return Ok(nothing()) };
    let Some(row) = find(&app, tenant, &id, secret).await? else { return Ok(nothing()) };
    let IntentState::RequiresAction { return_url } = &row.state else { return Ok(over()) };
    let passed = match text(&form, "answer") {
        Some("pass") => true,
        Some("fail") => false,
        _ => return Ok(nothing()),
    };
    let ask = Ask::AnswerChallenge(AnswerChallenge { id: row.id, passed });
    flow::run(&app, flow::own(&app, row.tenant, ask)).await?;
    match return_url {
        Some(url) => Ok(back(url, &row, outcome(&app, &row).await?)),
        None => Ok(over()),
    }
}

/// The intent, for whoever knows its client secret.
async fn find(app: &App, tenant: i64, id: &str, secret: &str) -> Result<Option<Intent>, ApiError> {
    let Some(id) = IntentId::parse(id) else { return Ok(None) };
    let tenant = TenantId::from_raw(tenant);
    let view = app.store.fetch(vec![Key::Intent(tenant, id)]).await?;
    let row = view.intent(tenant, id).cloned();
    Ok(row.filter(|row| same_secret(secret, &client_secret(row))))
}

/// The wire's word for how it stands now: what the holder clicked says nothing about the money.
async fn outcome(app: &App, row: &Intent) -> Result<&'static str, ApiError> {
    let view = app.store.fetch(vec![Key::Intent(row.tenant, row.id)]).await?;
    Ok(match view.intent(row.tenant, row.id).map(|intent| &intent.state) {
        Some(IntentState::Succeeded { .. } | IntentState::RequiresCapture { .. }) => "succeeded",
        Some(IntentState::RequiresPaymentMethod { .. } | IntentState::Canceled { .. }) | None => {
            "failed"
        }
        Some(
            IntentState::Processing
            | IntentState::RequiresConfirmation
            | IntentState::RequiresAction { .. },
        ) => "pending",
    })
}

fn back(url: &str, row: &Intent, status: &str) -> Response {
    let glue = if url.contains('?') { '&' } else { '?' };
    let secret = client_secret(row);
    let to = format!(
        "{url}{glue}payment_intent={}&payment_intent_client_secret={secret}&redirect_status={status}",
        row.id
    );
    // Only to the web: the merchant gave the address, and a browser follows it.
    if url.starts_with("https://") || url.starts_with("http://") {
        Redirect::to(&to).into_response()
    } else {
        over()
    }
}

fn text<'f>(form: &'f Form, name: &str) -> Option<&'f str> {
    match form.params.get(name) {
        Some(Param::Text(text)) => Some(text),
        Some(Param::List(_) | Param::Map(_)) | None => None,
    }
}

fn nothing() -> Response {
    page(
        StatusCode::NOT_FOUND,
        "<h1>Nothing here</h1><p>This address is not, or no longer, valid.</p>",
    )
}

fn over() -> Response {
    page(StatusCode::OK, "<h1>Done</h1><p>You can close this page.</p>")
}

fn page(status: StatusCode, body: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>Your bank</title><style>{STYLE}</style><body>{body}</body></html>"
    );
    let mut response = (status, Html(html)).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}
