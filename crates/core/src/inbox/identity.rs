//! What a verified webhook is called, so that a second copy of it is known for what it is.
//!
//! An identity is only ever read from what the signature covers. A header that it does not cover
//! can be changed by whoever replays a webhook; so it names nothing here.

use alloc::string::String;

use sha2::{Digest as _, Sha256};

use super::head::{
    Before, EventHead, Field, InboxError, document, identifier, integer, map, read_event,
    skip_other,
};
use crate::webhook::Scheme;

/// What a verified webhook is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Incoming {
    /// An event to be stored.
    Event(Identity),
    /// Slack asks whether this address is the merchant's: answer with this text, store nothing.
    Challenge(String),
}

/// What an event is known by, and what is said of its place among others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The same on every copy of the event, and on no other event of this sender. Visible ASCII, 1
    /// to 255 characters.
    pub id: String,
    /// What happened, if the signed part says so.
    pub kind: Option<String>,
    /// What it is about. Only where the signed part also says enough to order by.
    pub object_id: Option<String>,
    /// When it happened, in seconds since the epoch, if the signed part says so.
    pub created_s: Option<i64>,
    /// Its number among the events of its object, from senders that count.
    pub sequence: Option<u64>,
    /// What of its object was due here before it.
    pub before: Before,
}

/// Reads the identity of a webhook that was verified. `signed_id` is the header that the scheme
/// signs an id in, where it has one.
///
/// By scheme: Stripe's is the body's `id`. Standard Webhooks' is the header; its body may be
/// anything, and is read as Stripe's where it has that shape. Slack's is the body's `event_id`.
/// GitHub and Shopify sign no id, so it is the SHA-256 of the body in hexadecimal.
///
/// # Errors
/// [`InboxError`], which says why the signed part names no event.
pub fn identify(scheme: Scheme, signed_id: &[u8], body: &[u8]) -> Result<Incoming, InboxError> {
    match scheme {
        Scheme::Stripe => read_event(body).map(Identity::of_head).map(Incoming::Event),
        Scheme::Standard => of_signed_id(signed_id, body).map(Incoming::Event),
        Scheme::Slack => of_slack(body),
        Scheme::GitHub | Scheme::Shopify => Ok(Incoming::Event(Identity::bare(digest(body)))),
    }
}

impl Identity {
    /// For a sender that counts and sends every number here: what came before is the number before,
    /// where the sender does not say it itself.
    #[must_use]
    pub fn gapless(self) -> Self {
        let before = match (self.before, self.sequence) {
            (Before::Unsaid, Some(0 | 1)) => Before::Nothing,
            (Before::Unsaid, Some(sequence)) => Before::Sequence(sequence.saturating_sub(1)),
            (said, _) => said,
        };
        Self { before, ..self }
    }

    fn bare(id: String) -> Self {
        let before = Before::Unsaid;
        Self { id, kind: None, object_id: None, created_s: None, sequence: None, before }
    }

    /// What an event's own body says of it.
    pub fn of_head(head: EventHead) -> Self {
        let EventHead { id, object_id, created_s, sequence, before, kind } = head;
        Self { id, kind: Some(kind), object_id, created_s: Some(created_s), sequence, before }
    }
}

fn of_signed_id(signed_id: &[u8], body: &[u8]) -> Result<Identity, InboxError> {
    let field = "webhook-id";
    if signed_id.is_empty() {
        return Err(InboxError::Missing { field });
    }
    let dots = matches!(signed_id, b"." | b"..");
    let plain = signed_id.len() <= 255 && signed_id.iter().all(u8::is_ascii_graphic) && !dots;
    let id = core::str::from_utf8(signed_id).ok().filter(|_| plain);
    let id = String::from(id.ok_or(InboxError::Malformed { field })?);
    Ok(match read_event(body) {
        Ok(head) => Identity { id, ..Identity::of_head(head) },
        Err(_) => Identity::bare(id),
    })
}

/// <https://docs.slack.dev/apis/events-api/>: an outer event around the one that happened, or the
/// question whose address this is.
fn of_slack(body: &[u8]) -> Result<Incoming, InboxError> {
    let mut id = Field::Unseen;
    let mut outer_kind = Field::Unseen;
    let mut inner_kind = Field::Unseen;
    let mut created_s = Field::Unseen;
    let mut challenge = Field::Unseen;
    document(body, |scan, name| match name {
        "event_id" => id.set("event_id", identifier(scan, "event_id")?),
        "type" => outer_kind.set("type", identifier(scan, "type")?),
        "event_time" => created_s.set("event_time", integer(scan, "event_time")?),
        "challenge" => challenge.set("challenge", identifier(scan, "challenge")?),
        "event" => {
            let mut kind = Field::Unseen;
            map(scan, "event")?;
            scan.map(|scan, name| match name {
                "type" => kind.set("event.type", identifier(scan, "event.type")?),
                _ => skip_other(scan, name),
            })?;
            inner_kind.set("event", kind.value())
        }
        _ => skip_other(scan, name),
    })?;
    let missing = |field| InboxError::Missing { field };
    let kind = outer_kind.value().ok_or(missing("type"))?;
    if kind == "url_verification" {
        let challenge = challenge.value().ok_or(missing("challenge"))?;
        return Ok(Incoming::Challenge(String::from(challenge)));
    }
    Ok(Incoming::Event(Identity {
        kind: Some(String::from(inner_kind.value().unwrap_or(kind))),
        created_s: created_s.value(),
        ..Identity::bare(String::from(id.value().ok_or(missing("event_id"))?))
    }))
}

fn digest(body: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(body) {
        for nibble in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(u32::from(nibble), 16));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &[u8] =
        br#"{"id":"evt_1","created":5,"type":"a.b","sequence":3,"data":{"object":{"id":"pi_1"}}}"#;

    fn event(scheme: Scheme, id: &[u8], body: &[u8]) -> Identity {
        match identify(scheme, id, body) {
            Ok(Incoming::Event(identity)) => identity,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn stripe_is_called_by_its_body() {
        let identity = event(Scheme::Stripe, b"other", EVENT);
        assert_eq!(
            identity,
            Identity {
                id: "evt_1".into(),
                kind: Some("a.b".into()),
                object_id: Some("pi_1".into()),
                created_s: Some(5),
                sequence: Some(3),
                before: Before::Unsaid,
            }
        );
        for body in [&b"{}"[..], b"", b"x", b"\xff", br#"{"id":"evt_1"}"#] {
            assert!(identify(Scheme::Stripe, b"evt_1", body).is_err());
        }
    }

    #[test]
    fn standard_is_called_by_its_header_whatever_its_body() {
        let identity = event(Scheme::Standard, b"msg_1", EVENT);
        assert_eq!(
            (identity.id.as_str(), identity.object_id.as_deref(), identity.sequence),
            ("msg_1", Some("pi_1"), Some(3))
        );
        for body in [&b""[..], b"\xff\xfe", b"[]", br#"{"id":"a","id":"b"}"#] {
            assert_eq!(event(Scheme::Standard, b"msg_1", body), Identity::bare("msg_1".into()));
        }
        for id in [&b""[..], b"a b", b"\xff", &[b'a'; 256]] {
            assert!(identify(Scheme::Standard, id, EVENT).is_err());
        }
    }

    #[test]
    fn slack_is_called_by_its_body() {
        let body = br#"{"token":"x","team_id":"T1","type":"event_callback","event_id":"Ev1",
            "event_time":1795000000,"event":{"type":"app_mention","text":"\u00e9"}}"#;
        let identity = event(Scheme::Slack, b"", body);
        let expected = Identity {
            kind: Some("app_mention".into()),
            created_s: Some(1_795_000_000),
            ..Identity::bare("Ev1".into())
        };
        assert_eq!(identity, expected);
        let challenge = br#"{"token":"x","challenge":"3eZbrw1aB1","type":"url_verification"}"#;
        assert_eq!(
            identify(Scheme::Slack, b"", challenge),
            Ok(Incoming::Challenge("3eZbrw1aB1".into()))
        );
        for body in [
            &br#"{"type":"url_verification"}"#[..],
            br#"{"type":"url_verification","challenge":"a<b> c"}"#,
            br#"{"type":"event_callback","event":{"type":"x"}}"#,
            br#"{"type":"event_callback","event_id":"a","event_id":"b"}"#,
            br#"{"type":"event_callback","event_id":"a","event":[]}"#,
            br#"{"event_id":"a"}"#,
            b"payload=%7B%7D",
        ] {
            assert!(identify(Scheme::Slack, b"", body).is_err());
        }
    }

    #[test]
    fn a_body_that_is_signed_alone_is_its_own_name() {
        for scheme in [Scheme::GitHub, Scheme::Shopify] {
            let first = event(scheme, b"delivery-1", b"abc");
            assert_eq!(
                first.id,
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
            );
            assert_eq!(first, event(scheme, b"delivery-2", b"abc"));
            assert_ne!(first, event(scheme, b"delivery-1", b"abd"));
            assert_eq!((first.kind, first.object_id), (None, None));
        }
    }

    #[test]
    fn a_sender_of_every_number_says_what_came_before() {
        let at = |sequence, before| Identity { sequence, before, ..Identity::bare("x".into()) };
        for (sequence, said, expected) in [
            (Some(7), Before::Unsaid, Before::Sequence(6)),
            (Some(2), Before::Unsaid, Before::Sequence(1)),
            (Some(1), Before::Unsaid, Before::Nothing),
            (Some(0), Before::Unsaid, Before::Nothing),
            (Some(7), Before::Sequence(3), Before::Sequence(3)),
            (Some(7), Before::Nothing, Before::Nothing),
            (None, Before::Unsaid, Before::Unsaid),
        ] {
            assert_eq!(at(sequence, said).gapless().before, expected, "{sequence:?} {said:?}");
        }
    }

    #[test]
    fn thin_events_have_their_time_as_text_and_their_object_elsewhere() {
        let thin = r#"{"id":"evt_t","object":"v2.core.event","type":"v1.billing.meter.no_meter_found",
            "created":"2024-09-17T06:20:52.246Z","related_object":{"id":"mtr_1","url":"/v1"}}"#;
        let identity = event(Scheme::Stripe, b"", thin.as_bytes());
        assert_eq!(
            (identity.id.as_str(), identity.object_id.as_deref(), identity.created_s),
            ("evt_t", Some("mtr_1"), Some(1_726_554_052))
        );
        let alone = thin.replace(r#"{"id":"mtr_1","url":"/v1"}"#, "null");
        assert_eq!(event(Scheme::Stripe, b"", alone.as_bytes()).object_id, None);
        for (from, to) in [
            (r#""2024-09-17T06:20:52.246Z""#, "1726554052"),
            ("2024-09-17T", "2024-09-17 "),
            ("v2.core.event", "event"),
            (r#"{"id":"mtr_1","#, r#"{"id":"mtr_1","id":"mtr_2","#),
            (r#""related_object""#, r#""related_object":null,"related_object""#),
        ] {
            let changed = thin.replace(from, to);
            assert!(identify(Scheme::Stripe, b"", changed.as_bytes()).is_err(), "{to}");
        }
    }

    #[test]
    fn what_came_before_has_a_smaller_number() {
        for (numbers, expected) in [
            (r#""sequence":3,"previous_sequence":2"#, Some(Before::Sequence(2))),
            (r#""sequence":3,"previous_sequence":null"#, Some(Before::Nothing)),
            (r#""sequence":3"#, Some(Before::Unsaid)),
            (r#""sequence":3,"previous_sequence":3"#, None),
            (r#""sequence":3,"previous_sequence":4"#, None),
            (r#""previous_sequence":2"#, None),
            (r#""sequence":9007199254740991"#, Some(Before::Unsaid)),
            (r#""sequence":9007199254740992"#, None),
            (r#""sequence":9223372036854775808"#, None),
        ] {
            let text = core::str::from_utf8(EVENT).expect("text");
            let body = text.replace(r#""sequence":3"#, numbers);
            let read = read_event(body.as_bytes()).ok().map(|head| head.before);
            assert_eq!(read, expected, "{numbers}");
        }
    }
}
