//! The few fields of an event that the inbox goes by.
//!
//! Read without building the document, but the whole of it is checked: a body that only begins
//! well is refused, and so is one that names a field twice, because two parsers could then see two
//! different events under one signature.

use alloc::string::String;
use core::fmt;

use super::moment::seconds_of;
use crate::json::{JsonError, Kind, Scan};
use crate::print;

const ID_BYTES_MAX: usize = 255;
/// The largest whole number that every parser reads alike (RFC 8259, section 6), and that comes back
/// from a store as it went in.
const EXACT_MAX: u64 = (1 << 53) - 1;
/// What an event says it is that carries only a reference to its object (Stripe's "thin" events).
/// It has its time as text, and its object under another name.
const THIN: &str = "v2.core.event";

/// What the inbox goes by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventHead {
    /// The event's id: its identity. Signed, as it is part of the body.
    pub id: String,
    /// What it is about: `data.object.id`, or in a thin event `related_object.id`, where the object
    /// has an id.
    pub object_id: Option<String>,
    /// When it happened, in seconds since the epoch.
    pub created_s: i64,
    /// Its number among the events of its object, from senders that count.
    pub sequence: Option<u64>,
    /// What of its object was due here before it.
    pub before: Before,
    /// What happened: `type`.
    pub kind: String,
}

/// What the sender says it sent here of an object before an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Before {
    /// It does not say.
    Unsaid,
    /// Nothing: the event is the first.
    Nothing,
    /// An event with this number.
    Sequence(u64),
}

/// Why a body is no event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InboxError {
    /// Not JSON, or not UTF-8.
    NotJson {
        /// The first byte that cannot be part of it.
        at: usize,
    },
    /// Nested too deeply.
    TooDeep,
    /// A field that every event has is absent.
    Missing {
        /// Its name.
        field: &'static str,
    },
    /// A field has a type or a value that no event has.
    Malformed {
        /// Its name.
        field: &'static str,
    },
    /// A field appears twice.
    Duplicate {
        /// Its name.
        field: &'static str,
    },
}

/// Reads the head of an event as Stripe, or Farthing, sends it.
///
/// # Errors
/// [`InboxError`], which says why the body is no event.
pub fn read_event(body: &[u8]) -> Result<EventHead, InboxError> {
    let mut fields = Fields::default();
    document(body, |scan, name| fields.read(scan, name))?;
    fields.finish()
}

/// Reads a body that is one map and nothing else.
pub(super) fn document<'a>(
    body: &'a [u8],
    field: impl FnMut(&mut Scan<'a>, &'a str) -> Result<(), InboxError>,
) -> Result<(), InboxError> {
    let text = core::str::from_utf8(body)
        .map_err(|error| InboxError::NotJson { at: error.valid_up_to() })?;
    let mut scan = Scan::new(text);
    if scan.kind()? != Kind::Map {
        return Err(InboxError::NotJson { at: 0 });
    }
    scan.map(field)?;
    Ok(scan.end()?)
}

/// A field while the document is being read.
#[derive(Default)]
pub(super) enum Field<T> {
    #[default]
    Unseen,
    Null,
    Value(T),
}

#[derive(Default)]
struct Fields<'a> {
    id: Field<&'a str>,
    object: Field<&'a str>,
    kind: Field<&'a str>,
    created: Field<Created<'a>>,
    sequence: Field<u64>,
    previous_sequence: Field<u64>,
    data: Field<Reference<'a>>,
    related: Field<Reference<'a>>,
}

/// What an event is about, if that has an id.
struct Reference<'a>(Option<&'a str>);

/// A time as it is written.
enum Created<'a> {
    Seconds(i64),
    Text(&'a str),
}

impl<T> Field<T> {
    pub(super) fn set(&mut self, field: &'static str, value: Option<T>) -> Result<(), InboxError> {
        match self {
            Self::Unseen => {
                *self = value.map_or(Self::Null, Self::Value);
                Ok(())
            }
            Self::Null | Self::Value(_) => Err(InboxError::Duplicate { field }),
        }
    }

    pub(super) fn value(self) -> Option<T> {
        match self {
            Self::Unseen | Self::Null => None,
            Self::Value(value) => Some(value),
        }
    }
}

impl<'a> Fields<'a> {
    fn read(&mut self, scan: &mut Scan<'a>, name: &str) -> Result<(), InboxError> {
        match name {
            "id" => self.id.set("id", identifier(scan, "id")?),
            "object" => self.object.set("object", identifier(scan, "object")?),
            "type" => self.kind.set("type", identifier(scan, "type")?),
            "created" => self.created.set("created", created(scan)?),
            "sequence" => self.sequence.set("sequence", count(scan, "sequence")?),
            "previous_sequence" => {
                self.previous_sequence.set("previous_sequence", count(scan, "previous_sequence")?)
            }
            "data" => self.data.set("data", data(scan)?),
            "related_object" => self.related.set("related_object", related(scan)?),
            _ => skip_other(scan, name),
        }
    }

    fn finish(self) -> Result<EventHead, InboxError> {
        let missing = |field| InboxError::Missing { field };
        let thin = self.object.value() == Some(THIN);
        let object_id = if thin {
            self.related.value().and_then(|Reference(id)| id)
        } else {
            self.data.value().ok_or(missing("data"))?.0
        };
        let created_s = match self.created.value().ok_or(missing("created"))? {
            Created::Seconds(seconds) if !thin => Some(seconds),
            Created::Text(text) if thin => seconds_of(text),
            Created::Seconds(_) | Created::Text(_) => None,
        };
        let sequence = self.sequence.value();
        Ok(EventHead {
            id: String::from(self.id.value().ok_or(missing("id"))?),
            kind: String::from(self.kind.value().ok_or(missing("type"))?),
            created_s: created_s.ok_or(InboxError::Malformed { field: "created" })?,
            object_id: object_id.map(String::from),
            sequence,
            before: match self.previous_sequence {
                Field::Unseen => Before::Unsaid,
                Field::Null => Before::Nothing,
                // What came before has a smaller number, and only what is counted has any.
                Field::Value(number) if Some(number) < sequence => Before::Sequence(number),
                Field::Value(_) => {
                    return Err(InboxError::Malformed { field: "previous_sequence" });
                }
            },
        })
    }
}

/// `data.object.id`, where the object has one; `None` without data.
fn data<'a>(scan: &mut Scan<'a>) -> Result<Option<Reference<'a>>, InboxError> {
    if scan.kind()? == Kind::Null {
        scan.skip()?;
        return Ok(None);
    }
    let mut object = Field::Unseen;
    map(scan, "data")?;
    scan.map(|scan, name| match name {
        "object" => object.set("data.object", id_within(scan, "data.object", "data.object.id")?),
        _ => skip_other(scan, name),
    })?;
    Ok(Some(Reference(object.value())))
}

/// `related_object.id`; `None` without a related object.
fn related<'a>(scan: &mut Scan<'a>) -> Result<Option<Reference<'a>>, InboxError> {
    if scan.kind()? == Kind::Null {
        scan.skip()?;
        return Ok(None);
    }
    id_within(scan, "related_object", "related_object.id").map(Reference).map(Some)
}

/// The `id` in a map.
fn id_within<'a>(
    scan: &mut Scan<'a>,
    field: &'static str,
    id_field: &'static str,
) -> Result<Option<&'a str>, InboxError> {
    let mut id = Field::Unseen;
    map(scan, field)?;
    scan.map(|scan, name| match name {
        "id" => id.set(id_field, identifier(scan, id_field)?),
        _ => skip_other(scan, name),
    })?;
    Ok(id.value())
}

fn created<'a>(scan: &mut Scan<'a>) -> Result<Option<Created<'a>>, InboxError> {
    if scan.kind()? == Kind::Text {
        return Ok(Some(Created::Text(scan.string()?)));
    }
    Ok(integer(scan, "created")?.map(Created::Seconds))
}

pub(super) fn map(scan: &mut Scan<'_>, field: &'static str) -> Result<(), InboxError> {
    if scan.kind()? == Kind::Map { Ok(()) } else { Err(InboxError::Malformed { field }) }
}

/// Passes over a field that is none of ours. A name with an escape in it could be one of ours to
/// another parser, and no event has such names where we look.
pub(super) fn skip_other(scan: &mut Scan<'_>, name: &str) -> Result<(), InboxError> {
    if name.contains('\\') {
        return Err(InboxError::Malformed { field: "name" });
    }
    Ok(scan.skip()?)
}

/// A string that can be a key: visible ASCII, and no escapes, so that it has one spelling. Nor is it
/// one or two dots, which no path of a URL can hold, however they are encoded.
pub(super) fn identifier<'a>(
    scan: &mut Scan<'a>,
    field: &'static str,
) -> Result<Option<&'a str>, InboxError> {
    let text = match scan.kind()? {
        Kind::Text => scan.string()?,
        Kind::Null => {
            scan.skip()?;
            return Ok(None);
        }
        Kind::Map | Kind::List | Kind::Number | Kind::Bool => {
            return Err(InboxError::Malformed { field });
        }
    };
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
        && !matches!(text, "." | "..");
    if plain && (1..=ID_BYTES_MAX).contains(&text.len()) {
        Ok(Some(text))
    } else {
        Err(InboxError::Malformed { field })
    }
}

pub(super) fn integer(scan: &mut Scan<'_>, field: &'static str) -> Result<Option<i64>, InboxError> {
    match scan.kind()? {
        Kind::Null => {
            scan.skip()?;
            Ok(None)
        }
        Kind::Number => {
            let number: Option<i64> = scan.number()?.parse().ok();
            let exact = number.filter(|number| number.unsigned_abs() <= EXACT_MAX);
            exact.map(Some).ok_or(InboxError::Malformed { field })
        }
        Kind::Map | Kind::List | Kind::Text | Kind::Bool => Err(InboxError::Malformed { field }),
    }
}

fn count(scan: &mut Scan<'_>, field: &'static str) -> Result<Option<u64>, InboxError> {
    let number = integer(scan, field)?;
    number
        .map(|number| u64::try_from(number).map_err(|_| InboxError::Malformed { field }))
        .transpose()
}

impl InboxError {
    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotJson { .. } => "event_not_json",
            Self::TooDeep => "event_too_deep",
            Self::Missing { .. } => "event_field_missing",
            Self::Malformed { .. } => "event_field_malformed",
            Self::Duplicate { .. } => "event_field_duplicate",
        }
    }
}

impl From<JsonError> for InboxError {
    fn from(error: JsonError) -> Self {
        match error {
            JsonError::NotJson { at } => Self::NotJson { at },
            JsonError::TooDeep { .. } => Self::TooDeep,
        }
    }
}

impl fmt::Display for InboxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson { at } => {
                print::between(f, "The body is not JSON (see byte ", print::count(*at), ").")
            }
            Self::TooDeep => f.write_str("The body is nested too deeply."),
            Self::Missing { field } => parts(f, ["The event has no ", field, "."]),
            Self::Malformed { field } => parts(f, ["The event's ", field, " is malformed."]),
            Self::Duplicate { field } => parts(f, ["The event has ", field, " twice."]),
        }
    }
}

fn parts(f: &mut fmt::Formatter<'_>, parts: [&str; 3]) -> fmt::Result {
    parts.iter().try_for_each(|part| f.write_str(part))
}

impl core::error::Error for InboxError {}
