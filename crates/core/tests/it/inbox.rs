//! The rules of the edge's inbox.

use farthing_core::inbox::{Before, EventHead, InboxError, read_event, shard};

const EVENT: &str = r#"{
  "id": "evt_1", "object": "event", "created": 1795000000, "type": "charge.succeeded",
  "sequence": 7, "previous_sequence": 5, "livemode": false, "request": null,
  "data": { "object": { "object": "charge", "id": "ch_1", "metadata": { "id": "x\u00e9" } },
            "previous_attributes": { "id": "ch_0" } }
}"#;

fn head() -> EventHead {
    read_event(EVENT.as_bytes()).expect("an event")
}

#[test]
fn the_head_is_read_from_its_own_places() {
    let expected = EventHead {
        id: "evt_1".into(),
        object_id: Some("ch_1".into()),
        created_s: 1_795_000_000,
        sequence: Some(7),
        before: Before::Sequence(5),
        kind: "charge.succeeded".into(),
    };
    assert_eq!(head(), expected);
}

#[test]
fn an_event_without_the_optional_parts_is_an_event() {
    let event = br#"{"id":"evt_2","created":-1,"type":"ping","data":{"object":{"id":null}}}"#;
    let head = read_event(event).expect("an event");
    assert_eq!((head.object_id.as_deref(), head.created_s), (None, -1));
    assert_eq!((head.sequence, head.before), (None, Before::Unsaid));
    let first = br#"{"id":"evt_3","created":1,"type":"ping","sequence":1,"previous_sequence":null,"data":{}}"#;
    assert_eq!(read_event(first).expect("an event").before, Before::Nothing);
}

#[test]
fn what_two_parsers_could_read_differently_is_refused() {
    let duplicate = |field| Err(InboxError::Duplicate { field });
    let malformed = |field| Err(InboxError::Malformed { field });
    let missing = |field| Err(InboxError::Missing { field });
    for (from, to, expected) in [
        (r#""object": "event""#, r#""id": "evt_2""#, duplicate("id")),
        (r#""object": "event""#, r#""type": "x""#, duplicate("type")),
        (r#""object": "event""#, r#""created": 1"#, duplicate("created")),
        (r#""object": "event""#, r#""sequence": null"#, duplicate("sequence")),
        (r#""object": "event""#, r#""data": {}"#, duplicate("data")),
        (r#""object": "charge""#, r#""id": "ch_2""#, duplicate("data.object.id")),
        (r#""object": "charge""#, r#""id": null"#, duplicate("data.object.id")),
        (r#""previous_attributes""#, r#""object""#, duplicate("data.object")),
        (r#""object": "event""#, r#""\u0069d": "evt_2""#, malformed("name")),
        (r#""object": "charge""#, r#""\u0069d": "ch_2""#, malformed("name")),
        (r#""evt_1""#, r#""evt\u005f1""#, malformed("id")),
        (r#""evt_1""#, r#""""#, malformed("id")),
        (r#""evt_1""#, r#""evt 1""#, malformed("id")),
        (r#""evt_1""#, r#""évt""#, malformed("id")),
        (r#""evt_1""#, r#"".""#, malformed("id")),
        (r#""evt_1""#, r#""..""#, malformed("id")),
        (r#""evt_1""#, "1", malformed("id")),
        (r#""evt_1""#, "null", missing("id")),
        (r#""id": "evt_1""#, r#""di": "evt_1""#, missing("id")),
        (r#""charge.succeeded""#, "null", missing("type")),
        (r#""data""#, r#""datum""#, missing("data")),
        (r#""created": 1795000000"#, r#""created": null"#, missing("created")),
        (r#""created": 1795000000"#, r#""created": "1""#, malformed("created")),
        (r#""created": 1795000000"#, r#""created": 1.5"#, malformed("created")),
        (r#""created": 1795000000"#, r#""created": 1e9"#, malformed("created")),
        (r#""created": 1795000000"#, r#""created": 9223372036854775808"#, malformed("created")),
        (r#""sequence": 7"#, r#""sequence": -7"#, malformed("sequence")),
        (r#""sequence": 7"#, r#""sequence": true"#, malformed("sequence")),
        (
            r#"{ "object": { "object""#,
            r#"{ "object": [], "x": { "object""#,
            malformed("data.object"),
        ),
    ] {
        assert!(EVENT.contains(from), "{from}");
        let event = EVENT.replacen(from, to, 1);
        assert_eq!(read_event(event.as_bytes()), expected, "{to}");
    }
}

#[test]
fn what_is_not_json_is_refused_at_its_byte() {
    for (text, at) in [
        ("", 0),
        ("[]", 0),
        ("null", 0),
        ("{", 1),
        ("{}x", 2),
        ("{,}", 1),
        (r#"{"a":1,}"#, 7),
        (r#"{"a" 1}"#, 5),
        (r#"{"a":01}"#, 6),
        (r#"{"a":1.}"#, 7),
        (r#"{"a":.5}"#, 5),
        (r#"{"a":+1}"#, 5),
        (r#"{"a":-}"#, 7),
        (r#"{"a":1e}"#, 7),
        (r#"{"a":NaN}"#, 5),
        (r#"{"a":nul}"#, 8),
        (r#"{"a":tru}"#, 8),
        (r#"{"a":"\x"}"#, 8),
        (r#"{"a":"\u12g4"}"#, 11),
        ("{\"a\":\"\n\"}", 7),
        (r#"{"a":"b}"#, 8),
        (r"{'a':1}", 1),
        (r#"{"a":[1 2]}"#, 8),
        (r#"{"a":[1,]}"#, 8),
        (r#"{"a":/**/1}"#, 5),
        ("\u{feff}{}", 0),
    ] {
        let found = read_event(text.as_bytes());
        assert_eq!(found, Err(InboxError::NotJson { at }), "{text}");
    }
    let not_utf8 = read_event(b"{\"a\":\"\xff\"}");
    assert_eq!(not_utf8, Err(InboxError::NotJson { at: 6 }));
}

#[test]
fn depth_is_bounded() {
    let nested = |depth: usize| {
        let (open, close) = ("[".repeat(depth), "]".repeat(depth));
        let event =
            EVENT.replacen(r#""request": null"#, &format!(r#""request": {open}{close}"#), 1);
        read_event(event.as_bytes()).map(|head| head.id)
    };
    assert_eq!(nested(63), Ok("evt_1".into()), "the outer map is the first level");
    assert_eq!(nested(64), Err(InboxError::TooDeep));
    assert_eq!(nested(200_000), Err(InboxError::TooDeep));
}

#[test]
fn shards_are_those_of_the_published_hash() {
    // The known answers of 32-bit FNV-1a.
    assert_eq!(shard("", u32::MAX), 0x811c_9dc5);
    assert_eq!(shard("a", u32::MAX), 0xe40c_292c);
    assert_eq!(shard("foobar", u32::MAX), 0xbf9c_f968);
    assert_eq!(shard("foobar", 16), 8);
    assert_eq!(shard("foobar", 1), 0);
    assert_eq!(shard("foobar", 0), 0);
}
