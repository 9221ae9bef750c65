//! Creating an intent for a static page, and changing its amount: the page names items, this Worker
//! names the price.
//!
//! Here: the settings, the price of a cart and the request to the backend, all pure. The handler
//! that calls the backend is `routes::checkout`. Not here: any rule about money; it is core's.

mod cart;
mod upstream;

use farthing_core::currency::Currency;
use farthing_core::money::Money;
use farthing_core::origin::Origin;

use crate::config::{self, BareSecret, ConfigError};
use crate::json::Json;
use crate::named::Named;
use crate::setting::{self, Bound, Lookup};

pub(crate) use cart::{Order, parse, parse_change};
pub(crate) use upstream::{Answer, CartKeys, Reply, change_form, form, read_answer, read_record};

/// The cart key's HMAC must not be the weak link.
const CHECKOUT_SECRET_LEAST: usize = 32;
/// A person who pays asks for an intent once or twice; behind one address there may be a few.
const PER_MINUTE_DEFAULT: u32 = 30;
const PER_MINUTE_MAX: u32 = 100_000;
/// Either of these bindings can hold the rate; each by a method that it has.
const LIMITS: [(&str, &str); 2] = [("RATE_LIMIT", "limit"), ("LIMITER", "idFromName")];

/// What is needed to create intents.
pub(crate) struct CheckoutConfig {
    /// The backend's address, without a slash at the end.
    pub(crate) api_base: String,
    /// The merchant's secret key at the backend.
    pub(crate) secret_key: BareSecret,
    /// What the page confirms with.
    pub(crate) publishable_key: String,
    /// Turns a cart key into an idempotency key.
    pub(crate) cart_keys: CartKeys,
    /// By item.
    pub(crate) prices: Named<Price>,
    /// Exact origins of the pages that may call.
    pub(crate) origins: Vec<Origin>,
    /// Requests that one address may make in a minute; zero: as many as it likes.
    pub(crate) per_minute: u32,
}

/// What one piece costs.
#[derive(Clone, Debug)]
pub(crate) struct Price {
    pub(crate) each: Money,
}

/// A price as written in `PRICES`.
struct PriceText {
    amount: i64,
    currency: String,
}

impl PriceText {
    fn from_json(json: &Json) -> Option<Self> {
        // The name is for whoever reads the settings.
        let known = json.has_only(&["amount", "currency", "name"]);
        let (amount, currency) = (json.whole_of("amount")?, json.text_of("currency")?);
        known.then_some(Self { amount, currency })
    }
}

impl CheckoutConfig {
    /// Reads the checkout's settings. `PRICES` switches it on; then all of them must be there.
    pub(crate) fn parse(
        lookup: Lookup<'_>,
        bound: Bound<'_>,
    ) -> Result<Option<Self>, Box<ConfigError>> {
        let Some(prices) = parse_prices(lookup)? else { return Ok(None) };
        let api_base = required(lookup, "API_BASE", "it is where intents are created")?;
        if !setting::callable(&api_base) {
            return Err(ConfigError::Address { variable: "API_BASE" }.into());
        }
        let why = "it makes an idempotency key of a cart key";
        let cart_keys = setting::secret(lookup, "CHECKOUT_SECRET", CHECKOUT_SECRET_LEAST)?
            .and_then(|secret| CartKeys::new(secret.expose()))
            .ok_or(ConfigError::Missing { variable: "CHECKOUT_SECRET", why })?;
        let why = "the backend asks for it";
        let variable = "FARTHING_SECRET_KEY";
        let secret_key = config::merchant_key(variable, required(lookup, variable, why)?)?;
        let publishable_key = parse_publishable(lookup, secret_key.expose())?;
        let bounds = (0, PER_MINUTE_MAX);
        let per_minute =
            setting::number(lookup, "CHECKOUT_PER_MINUTE", bounds, PER_MINUTE_DEFAULT)?;
        if per_minute > 0 && !LIMITS.iter().any(|(name, method)| bound(name, method)) {
            let why = "CHECKOUT_PER_MINUTE needs the Durable Object of class Limiter bound by that name, or the platform's rate limit bound as RATE_LIMIT, or to be 0";
            return Err(ConfigError::Missing { variable: "LIMITER", why }.into());
        }
        Ok(Some(Self {
            api_base: api_base.trim_end_matches('/').to_owned(),
            secret_key,
            publishable_key,
            cart_keys,
            prices,
            origins: parse_origins(lookup)?,
            per_minute,
        }))
    }
}

/// The page's key: every page is given it, so that it must not be any other key by mistake.
fn parse_publishable(lookup: Lookup<'_>, secret_key: &str) -> Result<String, Box<ConfigError>> {
    let why = "the page confirms with it";
    let key = required(lookup, "FARTHING_PUBLISHABLE_KEY", why)?;
    let (test, live) = (config::is_key(&key, "pk_test_"), config::is_key(&key, "pk_live_"));
    if !test && !live {
        return Err(ConfigError::PublishableKey.into());
    }
    // Another backend's keys may name no mode; then there is nothing to compare.
    let mode = secret_key.get("sk_".len()..).unwrap_or_default();
    let other = if test { "live_" } else { "test_" };
    if mode.starts_with(other) { Err(ConfigError::Modes.into()) } else { Ok(key) }
}

fn parse_prices(lookup: Lookup<'_>) -> Result<Option<Named<Price>>, Box<ConfigError>> {
    let written = setting::table(lookup, "PRICES", PriceText::from_json)?;
    let Some(written) = written else { return Ok(None) };
    let mut prices = Named::new();
    for (item, text) in written {
        match price(&text) {
            Ok(each) => prices.insert(item, Price { each }),
            Err(code) => return Err(ConfigError::Price { item, code }.into()),
        }
    }
    Ok(Some(prices))
}

fn parse_origins(lookup: Lookup<'_>) -> Result<Vec<Origin>, Box<ConfigError>> {
    let mut origins = Vec::new();
    for (index, text) in setting::list(lookup, "ORIGINS").iter().enumerate() {
        let position = index.saturating_add(1);
        let origin = Origin::parse(text)
            .map_err(|error| ConfigError::Origin { position, code: error.code() })?;
        origins.push(origin);
    }
    Ok(origins)
}

fn required(
    lookup: Lookup<'_>,
    variable: &'static str,
    why: &'static str,
) -> Result<String, Box<ConfigError>> {
    setting::text(lookup, variable).ok_or(ConfigError::Missing { variable, why }.into())
}

fn price(text: &PriceText) -> Result<Money, &'static str> {
    let currency = Currency::parse(&text.currency).map_err(|error| error.code())?;
    let each = Money::new(text.amount, currency).map_err(|error| error.code())?;
    // A price below the currency's minimum is fine: several pieces may reach it.
    if each.is_zero() { Err("zero") } else { Ok(each) }
}
