//! The shape of answers, learned from the answers themselves and from the marks around what may be
//! null. What has a name on the wire (`"object": "charge"`) is learned once, under that name.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

/// Everything with a name of its own, by name.
pub(super) type Named = BTreeMap<String, Shape>;

/// What was seen in one place.
#[derive(Default)]
pub(super) struct Shape {
    kinds: BTreeSet<&'static str>,
    /// The words of a field that tells kinds of objects apart.
    words: BTreeSet<String>,
    names: BTreeSet<String>,
    items: Option<Box<Shape>>,
    /// Fields with how often they were there, in the order in which they came first.
    fields: Vec<(String, Shape, usize)>,
    objects: usize,
    /// Names of the caller's own.
    open: Option<Value>,
}

impl Shape {
    /// Learns from one answer; what has a name is learned there.
    pub(super) fn learn(&mut self, value: &Value, named: &mut Named) {
        let mut found = Vec::new();
        self.see(value, &mut found);
        while let Some((name, map)) = found.pop() {
            named.entry(name).or_default().map(&map, &mut found);
        }
    }

    fn see(&mut self, value: &Value, found: &mut Vec<(String, Map<String, Value>)>) {
        match value {
            Value::Null => drop(self.kinds.insert("null")),
            Value::Bool(_) => drop(self.kinds.insert("boolean")),
            Value::Number(number) if number.is_i64() => drop(self.kinds.insert("integer")),
            Value::Number(_) => drop(self.kinds.insert("number")),
            Value::String(_) => drop(self.kinds.insert("string")),
            Value::Array(items) => {
                let shape = self.items.get_or_insert_default();
                for item in items {
                    shape.see(item, found);
                }
            }
            Value::Object(map) => match (map.get("$maybe"), name_of(map)) {
                (Some(kind), _) => {
                    self.kinds.insert(if kind == "integer" { "integer" } else { "string" });
                    self.kinds.insert("null");
                }
                (None, Some(name)) => {
                    self.names.insert(name.clone());
                    found.push((name, map.clone()));
                }
                (None, None) => self.map(map, found),
            },
        }
    }

    fn map(&mut self, map: &Map<String, Value>, found: &mut Vec<(String, Map<String, Value>)>) {
        self.objects += 1;
        for (name, value) in map {
            let place = self.fields.iter().position(|(known, ..)| known == name);
            let place = place.unwrap_or_else(|| {
                self.fields.push((name.clone(), Self::default(), 0));
                self.fields.len() - 1
            });
            let (_, shape, seen) = &mut self.fields[place];
            *seen += 1;
            match (name.as_str(), value) {
                ("object", Value::String(word)) => drop(shape.words.insert(word.clone())),
                ("metadata", Value::Object(_)) => {
                    shape.open = Some(json!({"type": "string"}));
                }
                // Of whatever was changed, and of whatever was asked for.
                ("previous_attributes" | "response_body", Value::Object(_)) => {
                    shape.open = Some(json!(true));
                }
                _ => shape.see(value, found),
            }
        }
    }

    /// As a schema.
    pub(super) fn schema(&self) -> Value {
        let mut ways = Vec::new();
        if !self.words.is_empty() {
            ways.push(json!({"type": "string", "enum": self.words}));
        }
        match self.kinds.iter().collect::<Vec<_>>().as_slice() {
            [] => {}
            [one] => ways.push(json!({"type": one})),
            several => ways.push(json!({"type": several})),
        }
        for name in &self.names {
            ways.push(json!({"$ref": format!("#/components/schemas/{name}")}));
        }
        if let Some(items) = &self.items {
            ways.push(json!({"type": "array", "items": items.schema()}));
        }
        if let Some(values) = &self.open {
            ways.push(json!({"type": "object", "additionalProperties": values}));
        }
        if self.objects > 0 {
            ways.push(self.object());
        }
        match ways.len() {
            0 => json!({}),
            1 => ways.remove(0),
            _ => json!({"anyOf": ways}),
        }
    }

    fn object(&self) -> Value {
        let required: Vec<&str> = self
            .fields
            .iter()
            .filter(|(_, _, seen)| *seen == self.objects)
            .map(|(name, ..)| name.as_str())
            .collect();
        let properties: Map<String, Value> =
            self.fields.iter().map(|(name, shape, _)| (name.clone(), shape.schema())).collect();
        let mut schema = json!({"type": "object", "properties": properties});
        if !required.is_empty() {
            schema["required"] = json!(required);
        }
        schema
    }
}

/// What an object is called, if it is more than a page of others. The rest of one that was deleted is
/// something else.
fn name_of(map: &Map<String, Value>) -> Option<String> {
    match map.get("object")?.as_str()? {
        "list" | "search_result" => None,
        name if map.get("deleted") == Some(&json!(true)) => Some(format!("deleted_{name}")),
        name => Some(name.to_owned()),
    }
}
