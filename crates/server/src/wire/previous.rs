//! What an event says of its object's former fields: `previous_attributes`.
//!
//! Both renderings are at hand, so nobody has to remember what a command may change: what differs
//! is what changed. Of a map only the pairs that differ are told, and one that was not there is null.

use serde_json::{Map, Value};

use super::json::{Object, object, object_into, text_into};

/// What of the earlier rendering is otherwise in the later one.
///
/// # Panics
/// If either is no object: both are renderings of ours.
pub fn attributes(before: &[u8], after: &[u8]) -> Vec<u8> {
    let read = |bytes| -> Map<String, Value> {
        serde_json::from_slice(bytes).expect("a rendering is one object")
    };
    let (before, after) = (read(before), read(after));
    object(|out| changed(out, &before, &after))
}

fn changed(out: &mut Object<'_>, before: &Map<String, Value>, after: &Map<String, Value>) {
    let new = after.keys().filter(|key| !before.contains_key(*key));
    for key in before.keys().chain(new) {
        match (before.get(key), after.get(key)) {
            (was, is) if was == is => {}
            (Some(Value::Object(was)), Some(Value::Object(is))) => {
                out.object(key, |out| changed(out, was, is));
            }
            (was, _) => {
                let mut bytes = Vec::with_capacity(64);
                value_into(&mut bytes, was.unwrap_or(&Value::Null));
                out.raw(key, &bytes);
            }
        }
    }
}

fn value_into(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::String(text) => text_into(out, text),
        Value::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                value_into(out, item);
            }
            out.push(b']');
        }
        Value::Object(pairs) => object_into(out, |out| {
            for (key, value) in pairs {
                let mut bytes = Vec::with_capacity(64);
                value_into(&mut bytes, value);
                out.raw(key, &bytes);
            }
        }),
        // These are ASCII as they print.
        Value::Null | Value::Bool(_) | Value::Number(_) => {
            out.extend_from_slice(value.to_string().as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_told_and_in_maps_only_the_pairs() {
        for (before, after, expected) in [
            (r#"{"a":1,"b":2}"#, r#"{"a":1,"b":2}"#, "{}"),
            (r#"{"a":1,"b":null}"#, r#"{"a":2,"b":"x"}"#, r#"{"a":1,"b":null}"#),
            (
                r#"{"m":{"a":"1","b":"2"}}"#,
                r#"{"m":{"b":"3","c":"4"}}"#,
                r#"{"m":{"a":"1","b":"2","c":null}}"#,
            ),
            (r#"{"l":["ü"]}"#, r#"{"l":[]}"#, r#"{"l":["\u00fc"]}"#),
            (r#"{"s":{"x":[{"y":true}]}}"#, r#"{"s":null}"#, r#"{"s":{"x":[{"y":true}]}}"#),
            (r#"{"s":null}"#, r#"{"s":{"x":1}}"#, r#"{"s":null}"#),
        ] {
            let found = attributes(before.as_bytes(), after.as_bytes());
            assert_eq!(String::from_utf8(found).unwrap(), expected);
        }
    }
}
