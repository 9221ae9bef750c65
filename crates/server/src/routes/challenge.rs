//! The issuer's challenge, as the simulator plays it: where an intent's `next_action` leads.
//!
//! A page with four answers. It is opened by a browser without any key, so its address names the
//! tenant and carries the intent's client secret; whoever has not got that sees nothing. It may stand
//! on its own, or in a frame of a page that is registered with one of the merchant's publishable
//! keys. What it tells that page is that there is news, never which: the page asks the server.

mod page;
mod subject;

use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use farthing_core::idempotency::Param;
use farthing_core::origin::Origin;
use farthing_domain::method::PaymentMethod;
use farthing_domain::method_type::Flow;
use farthing_domain::tenant::TenantId;
use farthing_domain::view::{Key, Row};
use http::HeaderMap;
use http::header::REFERER;

use self::page::Question;
use self::subject::Subject;
use crate::app::{App, Shared};
use crate::auth::same_secret;
use crate::error::ApiError;
use crate::flow;
use crate::form::Form;
use crate::gate::Class;
use crate::origin;
use crate::request::{read_form, read_sent};
use crate::wire::shapes;

/// Digits of a voucher's number on its page.
const VOUCHER_DIGITS: usize = 12;

/// What the holder can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Approve,
    Fail,
    /// Go back to the shop without an answer: the question stays open.
    Abandon,
    /// Say nothing for so long that the issuer gives up.
    TimeOut,
}

/// What somebody has shown the client secret of, and what stands around it.
struct Asked {
    row: Subject,
    method: Option<PaymentMethod>,
    merchant: String,
    /// Who may embed the page: the origins of all of the merchant's publishable keys in this mode.
    origins: Vec<Origin>,
    form: Form,
}

/// Shows the challenge.
///
/// # Errors
/// What the store could not do.
pub async fn show(
    State(app): State<Shared>,
    Path((tenant, id)): Path<(i64, String)>,
    request: Request,
) -> Result<Response, ApiError> {
    let _inside = app.gate.admit(Class::Read, app.flights.count())?;
    let framed_by = framed_by(request.headers());
    let form = read_form(request).await?;
    let Some(asked) = find(&app, (tenant, &id), form).await? else { return Ok(page::nothing()) };
    let parent = asked.text("parent").map(str::to_owned).or(framed_by);
    let parent = asked.registered(&app, parent);
    let ancestors = origin::ancestors(&app.config, &asked.origins);
    if !asked.row.waits() {
        return Ok(over(&asked.row, (parent.as_deref(), &ancestors)));
    }
    Ok(asked.question((parent.as_deref(), &ancestors), false))
}

/// Takes the holder's answer. In a frame the page that embeds it is told; otherwise the browser goes
/// back to the shop, if the shop has said where that is. What counts is the form that the holder
/// sent; the address is the work of whoever led them here.
///
/// # Errors
/// What the store could not do.
pub async fn answer(
    State(app): State<Shared>,
    Path((tenant, id)): Path<(i64, String)>,
    request: Request,
) -> Result<Response, ApiError> {
    if !by_the_holder(request.headers()) {
        return Ok(page::nothing());
    }
    let form = read_sent(request).await?;
    // A payer who answers is money already moving.
    let _inside = app.gate.admit(Class::Money, app.flights.count())?;
    let Some(asked) = find(&app, (tenant, &id), form).await? else { return Ok(page::nothing()) };
    let Some(answer) = asked.text("answer").and_then(Answer::parse) else {
        return Ok(page::nothing());
    };
    let parent = asked.registered(&app, asked.text("parent").map(str::to_owned));
    let ancestors = origin::ancestors(&app.config, &asked.origins);
    if !asked.row.waits() {
        return Ok(over(&asked.row, (parent.as_deref(), &ancestors)));
    }
    if asked.text("confirmation") != Some(asked.row.confirmations().to_string().as_str()) {
        // They said so of another amount or another card: they are asked about this one.
        return Ok(asked.question((parent.as_deref(), &ancestors), true));
    }
    if let Some(passed) = answer.verdict() {
        flow::run(&app, flow::own(&app, asked.row.tenant(), asked.row.answer(passed))).await?;
    }
    // What was clicked says nothing about the money: the server is asked.
    let after = asked.row.again(&app).await?;
    let after = after.as_ref().unwrap_or(&asked.row);
    match asked.row.return_url() {
        Some(url) if parent.is_none() && is_web(url) => Ok(back(url, after)),
        Some(_) | None => Ok(over(after, (parent.as_deref(), &ancestors))),
    }
}

impl Answer {
    fn parse(word: &str) -> Option<Self> {
        match word {
            "pass" => Some(Self::Approve),
            "fail" => Some(Self::Fail),
            "abandon" => Some(Self::Abandon),
            "timeout" => Some(Self::TimeOut),
            _ => None,
        }
    }

    /// Whether the issuer is satisfied; none while it waits. Who never answers has not authenticated,
    /// which is what the network says too.
    fn verdict(self) -> Option<bool> {
        match self {
            Self::Approve => Some(true),
            Self::Fail | Self::TimeOut => Some(false),
            Self::Abandon => None,
        }
    }
}

impl Asked {
    fn text(&self, name: &str) -> Option<&str> {
        text(&self.form, name)
    }

    /// The page that asks what is to be decided now.
    fn question(&self, (parent, ancestors): (Option<&str>, &str), again: bool) -> Response {
        let amount = self.row.amount();
        let voucher = self.method.as_ref().is_some_and(|row| row.kind.flow == Flow::Voucher);
        let number = shapes::digits(self.row.client_secret().as_bytes(), VOUCHER_DIGITS);
        let question = Question {
            merchant: &self.merchant,
            about: self.row.about(),
            amount: amount.as_deref(),
            card: self.method.as_ref(),
            client_secret: &self.row.client_secret(),
            confirmation: self.row.confirmations(),
            again,
            voucher: voucher.then_some(number.as_str()),
            parent,
        };
        page::ask(&question, ancestors)
    }

    /// The embedding page's origin, if it is one that may embed this.
    fn registered(&self, app: &App, parent: Option<String>) -> Option<String> {
        parent.filter(|parent| origin::may_embed(&app.config, &self.origins, parent))
    }
}

/// The page that says how it stands.
fn over(row: &Subject, (parent, ancestors): (Option<&str>, &str)) -> Response {
    page::over((row.about(), row.outcome()), parent, ancestors)
}

/// What is asked about, for whoever knows its client secret.
async fn find(app: &App, (tenant, id): (i64, &str), form: Form) -> Result<Option<Asked>, ApiError> {
    let Some(secret) = text(&form, "client_secret") else { return Ok(None) };
    let tenant = TenantId::from_raw(tenant);
    let Some(row) = Subject::find(app, tenant, id).await? else { return Ok(None) };
    if !same_secret(secret, &row.client_secret()) {
        return Ok(None);
    }
    let pages = Key::ApiKeys(tenant);
    let mut keys = vec![Key::Tenant(tenant), pages];
    keys.extend(row.method().map(|method| Key::Method(tenant, method)));
    let view = app.store.fetch(keys).await?;
    let method = row.method().and_then(|method| view.method(tenant, method).cloned());
    let merchant = view.tenant(tenant).map(|tenant| tenant.name.clone()).unwrap_or_default();
    let origins = view.set(&pages).iter().flat_map(|row| match row {
        Row::ApiKey(key) => key.pages.origins.clone(),
        _ => Vec::new(),
    });
    Ok(Some(Asked { origins: origins.collect(), row, method, merchant, form }))
}

/// Whether the page's own form may have sent this: a page that has the client secret must not answer
/// by a script, without the holder. Browsers say whose request it is, and no script can change that;
/// `none` is the holder who sends the form again. (`Origin` would not do: the page's
/// policy of no referrer makes it `null` for its own form.) What says nothing is an old browser, or
/// none, which could say anything.
fn by_the_holder(headers: &HeaderMap) -> bool {
    let mut given = headers.get_all("sec-fetch-site").iter();
    given.all(|site| site == "same-origin" || site == "none")
}

/// The origin of the page around the frame that asks, where the browser says that it is a frame and
/// whose. It counts only if it is registered.
fn framed_by(headers: &HeaderMap) -> Option<String> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if text("sec-fetch-dest") != Some("iframe") {
        return None;
    }
    let (scheme, rest) = text(REFERER.as_str())?.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    Some(format!("{scheme}://{authority}"))
}

fn back(url: &str, row: &Subject) -> Response {
    // What follows `#` is the page's own, question marks included: the query goes before it.
    let (url, fragment) =
        url.split_once('#').map_or((url, None), |(url, after)| (url, Some(after)));
    let glue = if url.contains('?') { '&' } else { '?' };
    let status = row.outcome().redirect_status();
    let mut to = format!("{url}{glue}{}&redirect_status={status}", row.query());
    if let Some(fragment) = fragment {
        to.push('#');
        to.push_str(fragment);
    }
    Redirect::to(&to).into_response()
}

/// Only to the web: the merchant gave the address, and a browser follows it.
fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

fn text<'f>(form: &'f Form, name: &str) -> Option<&'f str> {
    match form.params.get(name) {
        Some(Param::Text(text)) => Some(text),
        Some(Param::List(_) | Param::Map(_)) | None => None,
    }
}
