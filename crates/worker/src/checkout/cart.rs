//! From the page's JSON to a priced order. The page never sends an amount.

use std::collections::BTreeMap;

use farthing_core::idempotency::IdempotencyKey;
use farthing_core::money::Money;
use serde::Deserialize;

use super::CheckoutConfig;
use crate::problem::Problem;

/// Lines of a cart: as many as a person fills, few enough that pricing them is free.
const LINES_MAX: usize = 100;
/// Pieces of one item.
const QUANTITY_MAX: u32 = 1_000;

/// A cart with its price.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) cart_key: String,
    pub(crate) total: Money,
    /// Pieces by item, in one order whatever the page's: equal carts make equal requests.
    pub(crate) pieces: BTreeMap<String, u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)] // An amount sent by a page is an error, not something to overlook.
struct Cart {
    items: Vec<Line>,
    cart_key: String,
}

/// A cart that changed after its intent was made.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    items: Vec<Line>,
    cart_key: String,
    update_key: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    id: String,
    quantity: u32,
}

/// Reads and prices a cart.
///
/// # Errors
/// [`Problem::Checkout`] with the first thing that is wrong.
pub(crate) fn parse(config: &CheckoutConfig, body: &[u8]) -> Result<Order, Problem> {
    let cart: Cart = serde_json::from_slice(body).map_err(|_| {
        refuse(
            "invalid_cart",
            "Send {\"items\":[{\"id\",\"quantity\"}],\"cart_key\"} and nothing else: the price is named here.",
        )
    })?;
    priced(config, cart)
}

/// Reads and prices a cart that changed, with the key of this one change.
///
/// # Errors
/// [`Problem::Checkout`] with the first thing that is wrong.
pub(crate) fn parse_change(
    config: &CheckoutConfig,
    body: &[u8],
) -> Result<(Order, String), Problem> {
    let change: Change = serde_json::from_slice(body).map_err(|_| {
        refuse(
            "invalid_cart",
            "Send {\"items\":[{\"id\",\"quantity\"}],\"cart_key\",\"update_key\"} and nothing else: the price is named here.",
        )
    })?;
    let Change { items, cart_key, update_key } = change;
    strong(&update_key, "weak_update_key", "update_key")?;
    Ok((priced(config, Cart { items, cart_key })?, update_key))
}

fn strong(key: &str, code: &'static str, name: &str) -> Result<(), Problem> {
    if IdempotencyKey::parse(key).is_ok_and(|key| key.bits_at_least_128()) {
        return Ok(());
    }
    let message = format!(
        "{name} must be at least 128 random bits: a UUID, 32 hexadecimal digits or 22 other characters."
    );
    Err(refuse(code, &message))
}

fn priced(config: &CheckoutConfig, cart: Cart) -> Result<Order, Problem> {
    strong(&cart.cart_key, "weak_cart_key", "cart_key")?;
    if cart.items.is_empty() || cart.items.len() > LINES_MAX {
        return Err(refuse("cart_size", &format!("A cart has 1 to {LINES_MAX} lines.")));
    }
    let pieces = count(cart.items)?;
    let total = price(config, &pieces)?;
    total.check_charge().map_err(|error| refuse(error.code(), &error.to_string()))?;
    Ok(Order { cart_key: cart.cart_key, total, pieces })
}

fn count(lines: Vec<Line>) -> Result<BTreeMap<String, u32>, Problem> {
    let mut pieces = BTreeMap::<String, u32>::new();
    for line in lines {
        let sum = pieces.entry(line.id).or_insert(0);
        *sum = sum.saturating_add(line.quantity);
        if line.quantity == 0 || *sum > QUANTITY_MAX {
            let message = format!("A quantity is 1 to {QUANTITY_MAX} pieces of an item.");
            return Err(refuse("invalid_quantity", &message));
        }
    }
    Ok(pieces)
}

fn price(config: &CheckoutConfig, pieces: &BTreeMap<String, u32>) -> Result<Money, Problem> {
    let mut total: Option<Money> = None;
    for (item, quantity) in pieces {
        let price = config
            .prices
            .get(item)
            .ok_or_else(|| refuse("unknown_item", "The cart names an item that has no price."))?;
        let line = price.each.times(*quantity);
        let sum = match total {
            None => line,
            Some(sum) => line.and_then(|line| sum.plus(line)),
        };
        total = Some(sum.map_err(|error| refuse(error.code(), &error.to_string()))?);
    }
    total.ok_or_else(|| refuse("cart_size", "The cart is empty."))
}

fn refuse(code: &'static str, message: &str) -> Problem {
    Problem::Checkout { code, message: message.to_owned() }
}
