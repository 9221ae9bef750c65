//! A writer of compact JSON whose fields keep the order in which they are written.
//!
//! Everything it writes is ASCII: other characters are escaped, because receivers that re-encode
//! what they verify disagree about anything else. Bodies are rendered on the path of every payment,
//! so there is no tree in between.

use std::fmt::{Display, Write};

/// An object being written.
#[derive(Debug)]
pub struct Object<'o> {
    out: &'o mut Vec<u8>,
    first: bool,
}

/// Writes one object.
pub fn object(fields: impl FnOnce(&mut Object<'_>)) -> Vec<u8> {
    let mut out = Vec::with_capacity(2048);
    object_into(&mut out, fields);
    out
}

/// Writes one object behind what is there already.
pub fn object_into(out: &mut Vec<u8>, fields: impl FnOnce(&mut Object<'_>)) {
    out.push(b'{');
    let mut object = Object { out, first: true };
    fields(&mut object);
    object.out.push(b'}');
}

impl Object<'_> {
    /// A text.
    pub fn text(&mut self, key: &str, value: &str) {
        text_into(self.key(key), value);
    }

    /// A text, or null.
    pub fn maybe_text(&mut self, key: &str, value: Option<&str>) {
        #[cfg(feature = "rehearsal")]
        if crate::notes::is_kept() {
            return self.marked(
                key,
                "string",
                value.map(|value| |out: &mut _| text_into(out, value)),
            );
        }
        match value {
            Some(value) => self.text(key, value),
            None => self.null(key),
        }
    }

    /// What prints as a text that needs no escapes: an id, a code.
    pub fn plain(&mut self, key: &str, value: impl Display) {
        let out = self.key(key);
        out.push(b'"');
        display_into(out, value);
        out.push(b'"');
    }

    /// The same, or null.
    pub fn maybe_plain(&mut self, key: &str, value: Option<impl Display>) {
        #[cfg(feature = "rehearsal")]
        if crate::notes::is_kept() {
            let value = value.map(|value| value.to_string());
            return self.marked(
                key,
                "string",
                value.map(|value| move |out: &mut _| text_into(out, &value)),
            );
        }
        match value {
            Some(value) => self.plain(key, value),
            None => self.null(key),
        }
    }

    /// A whole number.
    pub fn int(&mut self, key: &str, value: impl Into<i64>) {
        let value: i64 = value.into();
        display_into(self.key(key), value);
    }

    /// A whole number, or null.
    pub fn maybe_int(&mut self, key: &str, value: Option<i64>) {
        #[cfg(feature = "rehearsal")]
        if crate::notes::is_kept() {
            return self.marked(
                key,
                "integer",
                value.map(|value| move |out: &mut _| display_into(out, value)),
            );
        }
        match value {
            Some(value) => self.int(key, value),
            None => self.null(key),
        }
    }

    /// Yes or no.
    pub fn bool(&mut self, key: &str, value: bool) {
        display_into(self.key(key), value);
    }

    /// Null.
    pub fn null(&mut self, key: &str) {
        self.key(key).extend_from_slice(b"null");
    }

    /// Null, for each of several keys.
    pub fn nulls(&mut self, keys: &[&str]) {
        for key in keys {
            self.null(key);
        }
    }

    /// A value that is JSON already.
    pub fn raw(&mut self, key: &str, json: &[u8]) {
        self.key(key).extend_from_slice(json);
    }

    /// An object within.
    pub fn object(&mut self, key: &str, fields: impl FnOnce(&mut Object<'_>)) {
        object_into(self.key(key), fields);
    }

    /// A list of what `write` appends for each item.
    pub fn list<T>(
        &mut self,
        key: &str,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Vec<u8>, T),
    ) {
        let out = self.key(key);
        out.push(b'[');
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            write(out, item);
        }
        out.push(b']');
    }

    /// A list of texts.
    pub fn texts<'t>(&mut self, key: &str, items: impl IntoIterator<Item = &'t str>) {
        self.list(key, items, text_into);
    }

    /// What may be null, with what it is otherwise (see [`crate::notes`]).
    #[cfg(feature = "rehearsal")]
    fn marked(&mut self, key: &str, kind: &str, write: Option<impl FnOnce(&mut Vec<u8>)>) {
        object_into(self.key(key), |out| {
            out.plain("$maybe", kind);
            if let Some(write) = write {
                write(out.key("value"));
            }
        });
    }

    fn key(&mut self, key: &str) -> &mut Vec<u8> {
        if !self.first {
            self.out.push(b',');
        }
        self.first = false;
        text_into(self.out, key);
        self.out.push(b':');
        self.out
    }
}

/// Writes a text, with everything outside printable ASCII escaped.
pub fn text_into(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    for character in text.chars() {
        match character {
            '"' => out.extend_from_slice(br#"\""#),
            '\\' => out.extend_from_slice(br"\\"),
            '\n' => out.extend_from_slice(br"\n"),
            '\r' => out.extend_from_slice(br"\r"),
            '\t' => out.extend_from_slice(br"\t"),
            ' '..='~' => out.push(u8::try_from(character).unwrap_or(b'?')),
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    display_into(out, format_args!("\\u{unit:04x}"));
                }
            }
        }
    }
    out.push(b'"');
}

fn display_into(out: &mut Vec<u8>, value: impl Display) {
    struct Bytes<'o>(&'o mut Vec<u8>);
    impl Write for Bytes<'_> {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            self.0.extend_from_slice(text.as_bytes());
            Ok(())
        }
    }
    write!(Bytes(out), "{value}").expect("writing to memory cannot fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_keep_their_order() {
        let bytes = object(|out| {
            out.text("z", "1");
            out.null("a");
            out.object("m", |out| out.bool("x", true));
            out.list("l", [1, 2], display_into);
        });
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            r#"{"z":"1","a":null,"m":{"x":true},"l":[1,2]}"#
        );
    }

    #[test]
    fn every_text_becomes_ascii_and_reads_back() {
        for text in ["", "plain", "ü", "\u{1f4b8}", "\"\\\n\r\t\u{0}\u{7f}", "\u{2028}\u{feff}"] {
            let bytes = object(|out| out.text("t", text));
            assert!(bytes.is_ascii());
            let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
            assert_eq!(value["t"], text);
        }
    }
}
