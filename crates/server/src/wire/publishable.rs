//! What a publishable key is shown of an intent: what a page needs, and nothing of the merchant's.

use serde_json::{Map, Value};

/// The fields of an intent that leave with a publishable key.
const INTENT_FIELDS: [&str; 27] = [
    "id",
    "object",
    "allowed_payment_method_types",
    "amount",
    "amount_details",
    "automatic_payment_methods",
    "canceled_at",
    "cancellation_reason",
    "capture_method",
    "client_secret",
    "confirmation_method",
    "created",
    "currency",
    "description",
    "excluded_payment_method_types",
    "last_payment_error",
    "livemode",
    "next_action",
    "payment_method",
    "payment_method_configuration_details",
    "payment_method_types",
    "processing",
    "receipt_email",
    "setup_future_usage",
    "shipping",
    "source",
    "status",
];

/// The fields of a set-up intent that leave with a publishable key.
const SETUP_FIELDS: [&str; 17] = [
    "id",
    "object",
    "allowed_payment_method_types",
    "automatic_payment_methods",
    "cancellation_reason",
    "client_secret",
    "created",
    "description",
    "excluded_payment_method_types",
    "last_setup_error",
    "livemode",
    "next_action",
    "payment_method",
    "payment_method_configuration_details",
    "payment_method_types",
    "status",
    "usage",
];

/// Takes out of a body what a publishable key may not see, in order and for replays alike.
pub fn reduce(compact: &[u8]) -> Vec<u8> {
    let Ok(Value::Object(mut body)) = serde_json::from_slice(compact) else {
        return compact.to_vec();
    };
    reduce_object(&mut body);
    if let Some(Value::Object(error)) = body.get_mut("error") {
        if let Some(Value::Object(intent)) = error.get_mut("payment_intent") {
            reduce_object(intent);
        }
        if let Some(Value::Object(setup)) = error.get_mut("setup_intent") {
            reduce_object(setup);
        }
        if let Some(Value::Object(method)) = error.get_mut("payment_method") {
            reduce_object(method);
        }
        error.shift_remove("charge");
    }
    serde_json::to_vec(&Value::Object(body)).unwrap_or_default()
}

fn reduce_object(object: &mut Map<String, Value>) {
    match object.get("object").and_then(Value::as_str) {
        Some("payment_intent") => object.retain(|name, _| INTENT_FIELDS.contains(&name.as_str())),
        Some("setup_intent") => object.retain(|name, _| SETUP_FIELDS.contains(&name.as_str())),
        Some("token") => {
            if let Some(Value::Object(card)) = object.get_mut("card") {
                card.shift_remove("fingerprint");
            }
        }
        Some("payment_method") => {
            object.shift_remove("metadata");
            // A customer's id is no secret; who it is, is.
            if let Some(Value::Object(customer)) = object.get("customer") {
                let id = customer.get("id").cloned().unwrap_or_default();
                object.insert("customer".to_owned(), id);
            }
            // The same number has the same fingerprint: no page needs to find that out.
            if let Some(Value::Object(card)) = object.get_mut("card") {
                card.shift_remove("fingerprint");
            }
        }
        _ => {}
    }
    for nested in ["last_payment_error", "last_setup_error", "payment_method"] {
        if let Some(Value::Object(inner)) = object.get_mut(nested) {
            inner.shift_remove("charge");
            reduce_object(inner);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::reduce;

    fn check(before: &str, after: &str) {
        assert_eq!(String::from_utf8(reduce(before.as_bytes())).unwrap(), after);
    }

    #[test]
    fn the_merchants_own_is_taken_out() {
        check(
            r#"{"id":"pi_1","object":"payment_intent","metadata":{"a":"b"},"latest_charge":"ch_1","status":"succeeded"}"#,
            r#"{"id":"pi_1","object":"payment_intent","status":"succeeded"}"#,
        );
        check(
            r#"{"error":{"code":"x","charge":"ch_1","payment_intent":{"object":"payment_intent","metadata":{},"last_payment_error":{"charge":"ch_1","payment_method":{"object":"payment_method","metadata":{},"card":{"fingerprint":"f","last4":"4242"}}}}}}"#,
            r#"{"error":{"code":"x","payment_intent":{"object":"payment_intent","last_payment_error":{"payment_method":{"object":"payment_method","card":{"last4":"4242"}}}}}}"#,
        );
        check(r#"{"error":{"message":"no"}}"#, r#"{"error":{"message":"no"}}"#);
    }
}
