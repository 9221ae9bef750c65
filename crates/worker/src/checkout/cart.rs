//! From the page's JSON to a priced order. The page never sends an amount.

use farthing_core::idempotency::IdempotencyKey;
use farthing_core::money::Money;

use super::CheckoutConfig;
use crate::json::Json;
use crate::named::Named;
use crate::problem::Problem;
use crate::words::{digits, filled};

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
    pub(crate) pieces: Named<u32>,
}

struct Cart {
    items: Vec<Line>,
    cart_key: String,
}

/// A cart that changed after its intent was made.
struct Change {
    items: Vec<Line>,
    cart_key: String,
    update_key: String,
}

struct Line {
    id: String,
    quantity: u32,
}

// An amount sent by a page is an error, not something to overlook: a field of another name is refused.
impl Cart {
    fn from_json(json: &Json) -> Option<Self> {
        let known = json.has_only(&["items", "cart_key"]);
        let (items, cart_key) = (lines(json)?, json.text_of("cart_key")?);
        known.then_some(Self { items, cart_key })
    }
}

impl Change {
    fn from_json(json: &Json) -> Option<Self> {
        let known = json.has_only(&["items", "cart_key", "update_key"]);
        let (items, cart_key) = (lines(json)?, json.text_of("cart_key")?);
        known.then_some(Self { items, cart_key, update_key: json.text_of("update_key")? })
    }
}

fn lines(cart: &Json) -> Option<Vec<Line>> {
    let line = |json: &Json| {
        let (id, quantity) = (json.text_of("id")?, json.whole_of("quantity")?);
        json.has_only(&["id", "quantity"]).then_some(Line { id, quantity })
    };
    cart.field("items")?.items()?.iter().map(line).collect()
}

/// Reads and prices a cart.
///
/// # Errors
/// [`Problem::Checkout`] with the first thing that is wrong.
pub(crate) fn parse(config: &CheckoutConfig, body: &[u8]) -> Result<Order, Box<Problem>> {
    let cart = Json::parse(body).ok().as_ref().and_then(Cart::from_json).ok_or_else(|| {
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
) -> Result<(Order, String), Box<Problem>> {
    let change = Json::parse(body).ok().as_ref().and_then(Change::from_json).ok_or_else(|| {
        refuse(
            "invalid_cart",
            "Send {\"items\":[{\"id\",\"quantity\"}],\"cart_key\",\"update_key\"} and nothing else: the price is named here.",
        )
    })?;
    let Change { items, cart_key, update_key } = change;
    strong(&update_key, "weak_update_key", "update_key")?;
    Ok((priced(config, Cart { items, cart_key })?, update_key))
}

fn strong(key: &str, code: &'static str, name: &str) -> Result<(), Box<Problem>> {
    if IdempotencyKey::parse(key).is_ok_and(|key| key.bits_at_least_128()) {
        return Ok(());
    }
    let sentence = "{} must be at least 128 random bits: a UUID, 32 hexadecimal digits or 22 other characters.";
    Err(refuse(code, &filled(sentence, &[name])).into())
}

fn priced(config: &CheckoutConfig, cart: Cart) -> Result<Order, Box<Problem>> {
    strong(&cart.cart_key, "weak_cart_key", "cart_key")?;
    if cart.items.is_empty() || cart.items.len() > LINES_MAX {
        return Err(refuse(
            "cart_size",
            &filled("A cart has 1 to {} lines.", &[&digits(LINES_MAX)]),
        )
        .into());
    }
    let pieces = count(cart.items)?;
    let total = price(config, &pieces)?;
    total.check_charge().map_err(|error| refuse(error.code(), &error.to_string()))?;
    Ok(Order { cart_key: cart.cart_key, total, pieces })
}

fn count(lines: Vec<Line>) -> Result<Named<u32>, Box<Problem>> {
    let mut pieces = Named::<u32>::new();
    for line in lines {
        let sum = pieces.entry(line.id, 0);
        *sum = sum.saturating_add(line.quantity);
        if line.quantity == 0 || *sum > QUANTITY_MAX {
            let sentence = "A quantity is 1 to {} pieces of an item.";
            let message = filled(sentence, &[&digits(QUANTITY_MAX)]);
            return Err(refuse("invalid_quantity", &message).into());
        }
    }
    Ok(pieces)
}

fn price(config: &CheckoutConfig, pieces: &Named<u32>) -> Result<Money, Box<Problem>> {
    let mut total: Option<Money> = None;
    for (item, quantity) in pieces.iter() {
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
    Ok(total.ok_or_else(|| refuse("cart_size", "The cart is empty."))?)
}

fn refuse(code: &'static str, message: &str) -> Problem {
    Problem::Checkout { code, message: message.to_owned() }
}
