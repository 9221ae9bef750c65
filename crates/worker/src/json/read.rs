//! The reader: strict, as core's scanner is, and stricter where two readers could see two different
//! documents: a name that appears twice is refused, and so is a text with half a surrogate pair.

use farthing_core::json::{JsonError, Kind, Scan, unescaped};

/// Fields of one map: more than any setting or cart has. Each name is compared with those before it.
const FIELDS_MAX: usize = 1_024;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Json {
    Null,
    Flag(bool),
    /// As it is written: who wants a number says which kind of number.
    Number(String),
    Text(String),
    List(Vec<Json>),
    /// In the order of the document.
    Map(Vec<(String, Json)>),
}

impl Json {
    /// Reads a whole document.
    ///
    /// # Errors
    /// [`JsonError`], with the place.
    pub(crate) fn parse(document: &[u8]) -> Result<Self, JsonError> {
        let text = std::str::from_utf8(document)
            .map_err(|error| JsonError::NotJson { at: error.valid_up_to() })?;
        let mut scan = Scan::new(text);
        let value = Self::read(&mut scan)?;
        scan.end()?;
        Ok(value)
    }

    /// Reads the next value.
    ///
    /// # Errors
    /// [`JsonError`], with the place.
    pub(crate) fn read(scan: &mut Scan<'_>) -> Result<Self, JsonError> {
        Ok(match scan.kind()? {
            Kind::Map => {
                let mut fields = Vec::<(String, Self)>::new();
                scan.map(|scan, name| {
                    let name = plain(name, scan.at())?;
                    let known = fields.iter().any(|(other, _)| *other == name);
                    if known || fields.len() >= FIELDS_MAX {
                        return Err(JsonError::NotJson { at: scan.at() });
                    }
                    fields.push((name, Self::read(scan)?));
                    Ok(())
                })?;
                Self::Map(fields)
            }
            Kind::List => {
                let mut items = Vec::new();
                scan.list(|scan| {
                    items.push(Self::read(scan)?);
                    Ok::<_, JsonError>(())
                })?;
                Self::List(items)
            }
            Kind::Text => Self::Text(plain(scan.string()?, scan.at())?),
            Kind::Number => Self::Number(scan.number()?.to_owned()),
            Kind::Bool => Self::Flag(scan.flag()?),
            Kind::Null => {
                scan.skip()?;
                Self::Null
            }
        })
    }

    /// The field of a map; `None` too where there is `null`, or no map.
    pub(crate) fn field(&self, name: &str) -> Option<&Self> {
        let (_, value) = self.fields()?.iter().find(|(field, _)| field == name)?;
        if *value == Self::Null { None } else { Some(value) }
    }

    /// The fields of a map.
    pub(crate) fn fields(&self) -> Option<&[(String, Self)]> {
        if let Self::Map(fields) = self { Some(fields) } else { None }
    }

    /// The items of a list.
    pub(crate) fn items(&self) -> Option<&[Self]> {
        if let Self::List(items) = self { Some(items) } else { None }
    }

    /// The items of a list; none where it is no list.
    pub(crate) fn into_items(self) -> Vec<Self> {
        if let Self::List(items) = self { items } else { Vec::new() }
    }

    /// The items of a list, each in its shape.
    pub(crate) fn each<T>(&self, shape: impl Fn(&Self) -> Option<T>) -> Option<Vec<T>> {
        self.items()?.iter().map(shape).collect()
    }

    /// A text.
    pub(crate) fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// A yes or no.
    pub(crate) fn flag(&self) -> Option<bool> {
        if let Self::Flag(flag) = self { Some(*flag) } else { None }
    }

    /// A whole number. `1.0` and `1e3` are none.
    pub(crate) fn whole(&self) -> Option<i64> {
        if let Self::Number(digits) = self { digits.parse().ok() } else { None }
    }

    /// The text of a field.
    pub(crate) fn text_of(&self, name: &str) -> Option<String> {
        self.field(name)?.text().map(str::to_owned)
    }

    /// The whole number of a field, if it fits its type.
    pub(crate) fn whole_of<T: TryFrom<i64>>(&self, name: &str) -> Option<T> {
        T::try_from(self.field(name)?.whole()?).ok()
    }

    /// Whether it is a map without any field but these.
    pub(crate) fn has_only(&self, names: &[&str]) -> bool {
        self.fields().is_some_and(|all| all.iter().all(|(name, _)| names.contains(&name.as_str())))
    }
}

/// What a string stands for that ends before a place.
pub(crate) fn plain(raw: &str, at: usize) -> Result<String, JsonError> {
    unescaped(raw).map(String::from).ok_or(JsonError::NotJson { at })
}

#[cfg(test)]
mod tests {
    use super::super::shown;
    use super::*;

    #[test]
    fn documents() {
        let table = [
            ("null", "null"),
            (" [ true , false ] ", "[true,false]"),
            ("{\"a\":{\"b\":[1,-2,0,1.50,1e9]}}", "{\"a\":{\"b\":[1,-2,0,1.50,1e9]}}"),
            (r#"{"a":"\u00e9\n\ud83d\ude00"}"#, "{\"a\":\"\u{e9}\\n\u{1f600}\"}"),
            ("[]", "[]"),
            ("{}", "{}"),
            ("[1,]", "3"),
            ("{\"a\":1,\"a\":2}", "11"),
            (r#"{"a":1,"\u0061":2}"#, "16"),
            ("01", "1"),
            (r#""\ud800""#, "8"),
            ("1 2", "2"),
        ];
        for (document, expected) in table {
            let got = match Json::parse(document.as_bytes()) {
                Ok(value) => shown(&value),
                Err(error) => error.at().to_string(),
            };
            assert_eq!(got, expected, "{document}");
        }
        assert_eq!(Json::parse(b"[\xff]"), Err(JsonError::NotJson { at: 1 }));
        let wide = |count: usize| {
            let fields: Vec<String> = (0..count).map(|nth| format!("\"{nth}\":{nth}")).collect();
            Json::parse(format!("{{{}}}", fields.join(",")).as_bytes())
        };
        assert!(wide(FIELDS_MAX).is_ok() && wide(FIELDS_MAX + 1).is_err());
    }

    #[test]
    fn fields_are_taken_by_name_and_kind() {
        let json = Json::parse(br#"{"a":"x","b":7,"c":null,"d":7.0,"e":true,"f":[1]}"#).unwrap();
        assert_eq!(json.text_of("a").as_deref(), Some("x"));
        assert_eq!(json.text_of("b"), None);
        assert_eq!(json.whole_of::<u8>("b"), Some(7));
        assert_eq!((json.whole_of::<i64>("d"), json.whole_of::<i64>("a")), (None, None));
        assert_eq!((json.field("c"), json.field("z")), (None, None));
        assert_eq!(json.field("e").and_then(Json::flag), Some(true));
        assert_eq!(json.field("f").and_then(|list| list.each(Json::whole)), Some(vec![1]));
        assert!(json.has_only(&["a", "b", "c", "d", "e", "f"]) && !json.has_only(&["a"]));
        assert!(!Json::Null.has_only(&[]));
    }
}
