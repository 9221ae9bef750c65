//! The request to the backend and what its answer means to a page. Pure.

use farthing_core::print::Digits;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::{CheckoutConfig, Order};
use crate::json::{Json, Map};
use crate::problem::Problem;
use crate::query;
use crate::words::{digits, filled, replaced};

/// The longest value of a metadata entry on the wire.
const METADATA_VALUE_MAX: usize = 500;

/// What the page gets.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    id: String,
    client_secret: String,
    amount: i64,
    currency: String,
    publishable_key: String,
}

/// The backend's intent, as far as it matters here.
struct Intent {
    id: String,
    client_secret: String,
    amount: i64,
    currency: String,
}

impl Intent {
    fn from_json(json: &Json) -> Option<Self> {
        Some(Self {
            id: json.text_of("id")?,
            client_secret: json.text_of("client_secret")?,
            amount: json.whole_of("amount")?,
            currency: json.text_of("currency")?,
        })
    }
}

impl Answer {
    /// The body of the answer.
    pub(crate) fn to_json(&self) -> String {
        Map::new()
            .text("id", &self.id)
            .text("client_secret", &self.client_secret)
            .whole("amount", self.amount)
            .text("currency", &self.currency)
            .text("publishable_key", &self.publishable_key)
            .end()
    }
}

/// Makes idempotency keys of cart keys: the same for every click, reload and tab that holds the cart
/// key, and not to be computed by anybody else, so a page cannot reach into another key's answer.
#[derive(Clone)]
pub(crate) struct CartKeys(Hmac<Sha256>);

impl CartKeys {
    /// Keys under one secret; `None` if it cannot be one.
    pub(crate) fn new(secret: &str) -> Option<Self> {
        Hmac::new_from_slice(secret.as_bytes()).ok().map(Self)
    }

    /// The key of a cart: 64 hexadecimal digits.
    pub(crate) fn idempotency_key(&self, cart_key: &str) -> String {
        self.digits(&[cart_key])
    }

    /// The key of one change of a cart. No cart key holds a line feed, so this is nobody's cart.
    pub(crate) fn update_key(&self, cart_key: &str, update_key: &str) -> String {
        self.digits(&[cart_key, "\n", update_key])
    }

    fn digits(&self, parts: &[&str]) -> String {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(part.as_bytes());
        }
        let mut hex = String::with_capacity(64);
        for byte in mac.finalize().into_bytes() {
            for nibble in [byte >> 4, byte & 15] {
                hex.extend(char::from_digit(u32::from(nibble), 16));
            }
        }
        hex
    }
}

/// The form of `POST /v1/payment_intents`. Equal orders make equal bytes: the backend compares.
pub(crate) fn form(order: &Order) -> String {
    let mut form = change_form(order);
    form.push_str("&automatic_payment_methods[enabled]=true");
    form
}

/// The form of `POST /v1/payment_intents/{id}`.
pub(crate) fn change_form(order: &Order) -> String {
    let mut items = String::new();
    for (item, quantity) in order.pieces.iter() {
        let before = if items.is_empty() { "" } else { ", " };
        items.push_str(&filled("{}{} x {}", &[before, item, &digits(*quantity)]));
    }
    // A list of before would be a wrong one; an empty value takes it away.
    let items = if items.len() <= METADATA_VALUE_MAX { items.as_str() } else { "" };
    let amount = Digits::signed(order.total.minor());
    let currency = order.total.currency().code();
    filled(
        "amount={}&currency={}&metadata[items]={}",
        &[amount.as_str(), currency, &query::encode(items)],
    )
}

/// What the backend says of the key that a cart's intent was made with: the intent, once it is there.
///
/// # Errors
/// As [`read_answer`]; [`Problem::Backend`] while the intent is being made.
pub(crate) fn read_record(
    reply: Reply,
    keys: (&str, &str),
) -> Result<Option<String>, Box<Problem>> {
    if reply.status != 200 {
        return Err(refused(reply, keys).into());
    }
    let record = Json::parse(&reply.body).map_err(|_| Problem::OutcomeUnknown)?;
    let status = record.text_of("status").ok_or(Problem::OutcomeUnknown)?;
    if status == "in_progress" {
        return Err(Problem::Backend {
            status: 409,
            code: "idempotency_key_in_use".to_owned(),
            kind: "idempotency_error".to_owned(),
            message: "The intent of this cart is still being made; try again.".to_owned(),
            retry_after: Some("1".to_owned()),
        }
        .into());
    }
    Ok(record.text_of("object_id"))
}

/// The backend's answer to one request, as it came.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// What the backend's answer means. `keys` are the one it was asked with and the page's own: where
/// the backend names the first in its message, the page reads the second.
///
/// # Errors
/// [`Problem::Backend`] with the backend's own error; [`Problem::OutcomeUnknown`] when the answer
/// does not say whether an intent exists, so that the page keeps its key and tries again.
pub(crate) fn read_answer(
    config: &CheckoutConfig,
    reply: Reply,
    keys: (&str, &str),
) -> Result<Answer, Box<Problem>> {
    if !(200..=299).contains(&reply.status) {
        return Err(refused(reply, keys).into());
    }
    let intent = Json::parse(&reply.body).ok().as_ref().and_then(Intent::from_json);
    let intent = intent.ok_or(Problem::OutcomeUnknown)?;
    Ok(Answer {
        id: intent.id,
        client_secret: intent.client_secret,
        amount: intent.amount,
        currency: intent.currency,
        publishable_key: config.publishable_key.clone(),
    })
}

/// What an answer means that is no success.
fn refused(reply: Reply, keys: (&str, &str)) -> Problem {
    match reply.status {
        // Our key, our mistake: the backend's words are for the operator and not for the page.
        status @ (401 | 403) => Problem::Backend {
            status,
            code: "backend_key_refused".to_owned(),
            kind: "api_error".to_owned(),
            message: "The payment backend refused this Worker's key; set FARTHING_SECRET_KEY."
                .to_owned(),
            retry_after: None,
        },
        400..=599 => backend_error(reply, keys),
        _ => Problem::OutcomeUnknown,
    }
}

fn bare(status: u16) -> String {
    filled("The payment backend answered with status {}.", &[&digits(status)])
}

fn backend_error(reply: Reply, (asked_with, of_page): (&str, &str)) -> Problem {
    let Reply { status, retry_after, body } = reply;
    let parsed = Json::parse(&body).unwrap_or(Json::Null);
    let text = |name: &str| parsed.field("error")?.text_of(name);
    let Some(kind) = text("type") else {
        // Not the backend's own words: something between answered. A 5xx leaves it open.
        return if status >= 500 {
            Problem::OutcomeUnknown
        } else {
            Problem::Backend {
                status,
                code: "backend_error".to_owned(),
                kind: "api_error".to_owned(),
                message: bare(status),
                retry_after,
            }
        };
    };
    let message = match text("message") {
        Some(message) => replaced(&message, asked_with, of_page),
        None => bare(status),
    };
    Problem::Backend {
        status,
        code: text("code").unwrap_or_else(|| kind.clone()),
        message,
        kind,
        retry_after,
    }
}
