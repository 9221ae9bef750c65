//! The writer: fields and items in the order they are given, no white space.

use farthing_core::print::Digits;

use super::Json;

/// A map being written.
#[derive(Debug)]
pub(crate) struct Map(String);

/// A list being written.
#[derive(Debug)]
pub(crate) struct List(String);

impl Map {
    pub(crate) fn new() -> Self {
        Self("{".to_owned())
    }

    /// A field whose value is JSON already.
    pub(crate) fn raw(mut self, name: &str, json: &str) -> Self {
        self.name(name);
        self.0.push_str(json);
        self
    }

    pub(crate) fn text(mut self, name: &str, text: &str) -> Self {
        self.name(name);
        quote(&mut self.0, text);
        self
    }

    /// A text or `null`.
    pub(crate) fn maybe_text(self, name: &str, text: Option<&str>) -> Self {
        match text {
            Some(text) => self.text(name, text),
            None => self.raw(name, "null"),
        }
    }

    pub(crate) fn whole(self, name: &str, number: i64) -> Self {
        self.raw(name, Digits::signed(number).as_str())
    }

    /// A whole number or `null`.
    pub(crate) fn maybe_whole(self, name: &str, number: Option<i64>) -> Self {
        match number {
            Some(number) => self.whole(name, number),
            None => self.raw(name, "null"),
        }
    }

    pub(crate) fn count(self, name: &str, number: u64) -> Self {
        self.raw(name, Digits::of(number).as_str())
    }

    pub(crate) fn flag(self, name: &str, flag: bool) -> Self {
        self.raw(name, if flag { "true" } else { "false" })
    }

    /// The fields of a map that was read.
    pub(crate) fn all(self, map: &Json) -> Self {
        let fields = map.fields().unwrap_or_default().iter();
        fields.fold(self, |map, (name, value)| map.raw(name, &shown(value)))
    }

    /// The document.
    pub(crate) fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }

    fn name(&mut self, name: &str) {
        separate(&mut self.0);
        quote(&mut self.0, name);
        self.0.push(':');
    }
}

impl List {
    pub(crate) fn new() -> Self {
        Self("[".to_owned())
    }

    /// An item that is JSON already.
    pub(crate) fn raw(mut self, json: &str) -> Self {
        separate(&mut self.0);
        self.0.push_str(json);
        self
    }

    pub(crate) fn text(mut self, text: &str) -> Self {
        separate(&mut self.0);
        quote(&mut self.0, text);
        self
    }

    /// A whole list: each item as what makes JSON of it says.
    pub(crate) fn of<T>(items: &[T], json: impl Fn(&T) -> String) -> String {
        items.iter().fold(Self::new(), |list, item| list.raw(&json(item))).end()
    }

    /// The document.
    pub(crate) fn end(mut self) -> String {
        self.0.push(']');
        self.0
    }
}

/// A value that was read, written again.
pub(crate) fn shown(value: &Json) -> String {
    match value {
        Json::Null => "null".to_owned(),
        Json::Flag(flag) => if *flag { "true" } else { "false" }.to_owned(),
        Json::Number(digits) => digits.clone(),
        Json::Text(text) => {
            let mut json = String::new();
            quote(&mut json, text);
            json
        }
        Json::List(items) => List::of(items, shown),
        Json::Map(_) => Map::new().all(value).end(),
    }
}

fn separate(json: &mut String) {
    if json.len() > 1 {
        json.push(',');
    }
}

fn quote(json: &mut String, text: &str) {
    json.push('"');
    for char in text.chars() {
        match char {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            '\0'..='\u{1f}' => {
                json.push_str("\\u00");
                for nibble in [u32::from(char) >> 4, u32::from(char) & 15] {
                    json.extend(char::from_digit(nibble, 16));
                }
            }
            char => json.push(char),
        }
    }
    json.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_alike() {
        let text = "\"\\/\u{0}\u{1f}\n\r\t\u{7f}\u{e9}\u{2028}\u{1f600}";
        let list = List::new().text(text).raw("1").end();
        let map = Map::new()
            .text("a\"b", text)
            .maybe_text("c", None)
            .whole("d", i64::MIN)
            .count("e", u64::MAX)
            .maybe_whole("f", Some(0))
            .flag("g", true)
            .raw("h", &list)
            .end();
        let json = Json::parse(map.as_bytes()).unwrap();
        assert_eq!(json.text_of("a\"b").as_deref(), Some(text));
        assert_eq!((json.field("c"), json.whole_of("d")), (None, Some(i64::MIN)));
        assert_eq!(json.field("e"), Some(&Json::Number(u64::MAX.to_string())));
        let items = json.field("h").and_then(Json::items).unwrap();
        assert_eq!(items.first().and_then(Json::text), Some(text));
        let theirs: serde_json::Value = serde_json::from_str(&map).unwrap();
        assert_eq!(theirs["a\"b"], text);
        assert_eq!((Map::new().end(), List::new().end()), ("{}".into(), "[]".into()));
    }
}
