//! How long a request can wait, from its method and path alone: so that no route can forget to say.

use http::Method;

/// The classes, in the order in which they are turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Lists and searches: long, and somebody can look again later.
    List,
    /// One object.
    Read,
    /// Something new, or a change.
    Create,
    /// Money that is already moving: captures, cancellations, refunds, disputes, a payer's answer.
    Money,
}

/// Lists of one word after `/v1/` and words that are no list.
const ONE: [&str; 3] = ["balance", "balance_settings", "account"];
/// What stands below an object, or among our own words, and is one object itself.
const ONE_BELOW: [&str; 5] =
    ["dispute", "test_clock", "openapi.json", "settlement", "payout_settings"];

impl Class {
    /// All, in order.
    pub const ALL: [Self; 4] = [Self::List, Self::Read, Self::Create, Self::Money];

    /// Its name in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Read => "read",
            Self::Create => "create",
            Self::Money => "money",
        }
    }

    /// Of so much room, the part that this class may fill, in hundredths: what is above is for those
    /// that come after it in order.
    pub fn share(self) -> u32 {
        match self {
            Self::List => 50,
            Self::Read => 70,
            Self::Create => 85,
            Self::Money => 100,
        }
    }

    /// The class of a request.
    pub fn of(method: &Method, path: &str) -> Self {
        let path = path.strip_prefix("/v1/").unwrap_or(path);
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        if method == Method::GET || method == Method::HEAD || method == Method::OPTIONS {
            return if is_list(&parts) { Self::List } else { Self::Read };
        }
        match parts.as_slice() {
            ["payment_intents", _, "capture" | "cancel" | "increment_authorization"]
            | ["setup_intents", _, "cancel"]
            | ["charges", _, "capture" | "refund" | "refunds"]
            | ["charges", _, "dispute", ..]
            | ["refunds" | "disputes" | "payouts", ..]
            | ["farthing", "challenge", ..] => Self::Money,
            _ => Self::Create,
        }
    }
}

/// Whether a path names many: a collection at its end, and not one object of it.
fn is_list(parts: &[&str]) -> bool {
    match parts {
        [one] => !ONE.contains(one),
        [_, "search"] | ["radar", _] | ["farthing", "ledger", _] => true,
        ["farthing", word] => !ONE_BELOW.contains(word),
        ["farthing" | "radar", ..] => false,
        [_, _, below] => !ONE_BELOW.contains(below),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_wait_is_told_from_what_cannot() {
        for (method, path, class) in [
            ("GET", "/v1/charges", Class::List),
            ("GET", "/v1/charges/search", Class::List),
            ("GET", "/v1/charges/ch_1", Class::Read),
            ("GET", "/v1/charges/ch_1/refunds", Class::List),
            ("GET", "/v1/charges/ch_1/dispute", Class::Read),
            ("GET", "/v1/balance", Class::Read),
            ("GET", "/v1/setup_attempts", Class::List),
            ("GET", "/v1/radar/early_fraud_warnings", Class::List),
            ("GET", "/v1/radar/early_fraud_warnings/issfr_1", Class::Read),
            ("GET", "/v1/customers/cus_1/payment_methods", Class::List),
            ("GET", "/v1/customers/cus_1/payment_methods/pm_1", Class::Read),
            ("GET", "/v1/farthing/idempotency/k", Class::Read),
            ("GET", "/v1/farthing/events", Class::List),
            ("GET", "/v1/farthing/ledger/entries", Class::List),
            ("GET", "/v1/farthing/test_clock", Class::Read),
            ("POST", "/v1/payment_intents", Class::Create),
            ("POST", "/v1/payment_intents/pi_1", Class::Create),
            ("POST", "/v1/payment_intents/pi_1/confirm", Class::Create),
            ("POST", "/v1/payment_intents/pi_1/capture", Class::Money),
            ("POST", "/v1/payment_intents/pi_1/cancel", Class::Money),
            ("POST", "/v1/refunds", Class::Money),
            ("POST", "/v1/refunds/re_1/cancel", Class::Money),
            ("POST", "/v1/disputes/du_1", Class::Money),
            ("POST", "/v1/charges/ch_1/dispute/close", Class::Money),
            ("DELETE", "/v1/customers/cus_1", Class::Create),
        ] {
            assert_eq!(Class::of(&method.parse().unwrap(), path), class, "{method} {path}");
        }
    }

    #[test]
    fn who_comes_later_in_order_has_more_room() {
        assert!(Class::ALL.windows(2).all(|pair| pair[0].share() < pair[1].share()));
        assert_eq!(Class::Money.share(), 100);
    }
}
