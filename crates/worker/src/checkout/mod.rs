//! Creating an intent for a static page, and changing its amount: the page names items, this Worker
//! names the price.
//!
//! Here: the settings, the price of a cart and the request to the backend, all pure. The handler
//! that calls the backend is `routes::checkout`. Not here: any rule about money; it is core's.

mod cart;
mod upstream;

use std::collections::BTreeMap;
use std::fmt;

use farthing_core::currency::Currency;
use farthing_core::money::Money;
use serde::Deserialize;

use crate::address::Address;
use crate::config::ConfigError;
use crate::setting::{self, Lookup};

pub(crate) use cart::{Order, parse, parse_change};
pub(crate) use upstream::{Answer, CartKeys, Reply, change_form, form, read_answer, read_record};

/// The cart key's HMAC must not be the weak link.
const CHECKOUT_SECRET_LEAST: usize = 32;

/// What is needed to create intents.
pub(crate) struct CheckoutConfig {
    /// The backend's address, without a slash at the end.
    pub(crate) api_base: String,
    /// The merchant's secret key at the backend.
    pub(crate) secret_key: String,
    /// What the page confirms with.
    pub(crate) publishable_key: String,
    /// Turns a cart key into an idempotency key.
    pub(crate) cart_keys: CartKeys,
    /// By item.
    pub(crate) prices: BTreeMap<String, Price>,
    /// Exact origins of the pages that may call.
    pub(crate) origins: Vec<String>,
}

impl fmt::Debug for CheckoutConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckoutConfig")
            .field("api_base", &self.api_base)
            .field("secret_key", &"[redacted]")
            .field("cart_keys", &"[redacted]")
            .field("prices", &self.prices)
            .field("origins", &self.origins)
            .finish_non_exhaustive()
    }
}

/// What one piece costs.
#[derive(Clone, Debug)]
pub(crate) struct Price {
    pub(crate) each: Money,
}

/// A price as written in `PRICES`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PriceText {
    amount: i64,
    currency: String,
    #[serde(default, rename = "name")]
    _name: Option<String>, // For whoever reads the settings.
}

impl CheckoutConfig {
    /// Reads the checkout's settings. `PRICES` switches it on; then all of them must be there.
    pub(crate) fn parse(lookup: Lookup<'_>) -> Result<Option<Self>, ConfigError> {
        let Some(written) = setting::json::<BTreeMap<String, PriceText>>(lookup, "PRICES")? else {
            return Ok(None);
        };
        let mut prices = BTreeMap::new();
        for (item, text) in written {
            let each =
                price(&text).map_err(|code| ConfigError::Price { item: item.clone(), code })?;
            prices.insert(item, Price { each });
        }
        let api_base = required(lookup, "API_BASE", "it is where intents are created")?;
        if !setting::callable(&api_base) {
            return Err(ConfigError::Address { variable: "API_BASE" });
        }
        let origins = setting::list(lookup, "ORIGINS");
        for (index, origin) in origins.iter().enumerate() {
            if !is_origin(origin) {
                return Err(ConfigError::Origin { position: index.saturating_add(1) });
            }
        }
        let why = "it makes an idempotency key of a cart key";
        let cart_keys = setting::secret(lookup, "CHECKOUT_SECRET", CHECKOUT_SECRET_LEAST)?
            .and_then(|secret| CartKeys::new(&secret))
            .ok_or(ConfigError::Missing { variable: "CHECKOUT_SECRET", why })?;
        Ok(Some(Self {
            api_base: api_base.trim_end_matches('/').to_owned(),
            secret_key: required(lookup, "FARTHING_SECRET_KEY", "the backend asks for it")?,
            publishable_key: required(
                lookup,
                "FARTHING_PUBLISHABLE_KEY",
                "the page confirms with it",
            )?,
            cart_keys,
            prices,
            origins,
        }))
    }
}

fn required(
    lookup: Lookup<'_>,
    variable: &'static str,
    why: &'static str,
) -> Result<String, ConfigError> {
    setting::text(lookup, variable).ok_or(ConfigError::Missing { variable, why })
}

fn price(text: &PriceText) -> Result<Money, &'static str> {
    let currency = Currency::parse(&text.currency).map_err(|error| error.code())?;
    let each = Money::new(text.amount, currency).map_err(|error| error.code())?;
    // A price below the currency's minimum is fine: several pieces may reach it.
    if each.is_zero() { Err("zero") } else { Ok(each) }
}

fn is_origin(text: &str) -> bool {
    Address::parse(text).is_some_and(|address| address.is_origin())
}
