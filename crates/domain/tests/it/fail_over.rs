//! Which acquirer is asked, and when another one is.

use farthing_core::id::AttemptId;
use farthing_domain::acquirer::{Acquirer, Candidate, Readiness, first, follows};
use farthing_domain::attempt::Attempt;
use farthing_domain::command::{Ask, FailOver};
use farthing_domain::intent::CaptureMethod;
use farthing_domain::limits::FAIL_OVER_MS;
use farthing_domain::network::{Decline, Outcome, Reference};
use farthing_domain::reply::Reply;
use farthing_domain::tenant::TenantId;
use farthing_domain::view::{Key, Row};

use crate::world::{World, approved, capture, create, usd};

/// Acquirers in order, as `1! 0` where the first holds calls back.
fn order(text: &str) -> Vec<Candidate> {
    let candidate = |word: &str| Candidate {
        acquirer: Acquirer::new(word.trim_end_matches('!').parse().unwrap()).unwrap(),
        readiness: if word.ends_with('!') { Readiness::HeldBack } else { Readiness::Ready },
    };
    text.split_whitespace().map(candidate).collect()
}

#[test]
fn a_new_attempt_goes_to_the_first_that_is_ready() {
    for (text, expected) in
        [("0", 0), ("0!", 0), ("0 1", 0), ("0! 1", 1), ("1 0", 1), ("1! 0! 2", 2), ("1! 0!", 1)]
    {
        assert_eq!(first(&order(text)).number(), expected, "{text}");
    }
}

fn attempt_of(world: &World, id: AttemptId) -> Attempt {
    match &world.rows[&Key::Attempt(id)] {
        Row::Attempt(attempt) => attempt.clone(),
        other => panic!("not an attempt: {other:?}"),
    }
}

/// An attempt to pay, at this acquirer.
fn open(world: &mut World, at: u8) -> Attempt {
    let begun = world.submit(create(usd(2_000), CaptureMethod::Manual, Some(1)));
    let mut attempt = attempt_of(world, World::begun(&begun));
    attempt.reference = attempt.reference.at(Acquirer::new(at).unwrap());
    attempt
}

#[test]
fn only_what_never_happened_goes_on_and_only_forward() {
    let absent = || Outcome::Absent;
    let declined = || Outcome::Declined(Decline::processing_error());
    let asked = || Outcome::ActionRequired;
    let mut world = World::new();
    let cases: [(u8, &str, Outcome, Option<u8>); 9] = [
        (0, "0 1", absent(), Some(1)),
        (0, "0! 1", absent(), Some(1)),
        (0, "0 1! 2", absent(), Some(2)),
        (0, "0 1!", absent(), None),
        (1, "0 1", absent(), None),
        (0, "1 0", absent(), None),
        (3, "0 1", absent(), None),
        (0, "0 1", declined(), None),
        (0, "0 1", asked(), None),
    ];
    for (at, text, outcome, expected) in cases {
        let attempt = open(&mut world, at);
        let said = format!("{at} of {text}: {outcome:?}");
        let to = match follows(&attempt, outcome, &order(text)) {
            Ask::FailOver(FailOver { to, .. }) => Some(to.number()),
            Ask::Settle(..) => None,
            other => panic!("{other:?}"),
        };
        assert_eq!(to, expected, "{said}");
    }
}

#[test]
fn an_attempt_that_goes_elsewhere_ends_and_the_intent_waits_for_the_other() {
    let mut world = World::new();
    let attempt = open(&mut world, 0);
    let to = Acquirer::ALL[1];
    let moved = world.submit(Ask::FailOver(FailOver { attempt: attempt.id, to }));
    let next = World::begun(&moved);
    assert_ne!(next, attempt.id);
    // Whatever is said of the first changes nothing.
    for late in [
        Ask::Settle(attempt.id, approved()),
        Ask::Settle(attempt.id, Box::new(Outcome::Absent)),
        Ask::FailOver(FailOver { attempt: attempt.id, to }),
    ] {
        assert!(matches!(world.submit(late).reply, Reply::Done));
    }
    let paid = world.submit(Ask::Settle(next, approved()));
    assert!(matches!(paid.reply, Reply::Object(_)), "{:?}", paid.reply);
    // What follows goes where the charge is.
    let begun = world.submit(capture(attempt.intent, None));
    let captures = attempt_of(&world, World::begun(&begun));
    assert_eq!(captures.reference.acquirer(), to);
    // And is asked of nobody else.
    let ask = FailOver { attempt: captures.id, to: Acquirer::FIRST };
    let refused = world.submit(Ask::FailOver(ask)).reply;
    assert!(matches!(refused, Reply::NetworkRefused(_)), "{refused:?}");
}

#[test]
fn after_a_while_nobody_is_asked_any_more() {
    let minutes_s = FAIL_OVER_MS / 1_000;
    for (later_s, moves) in [(minutes_s, true), (minutes_s + 1, false)] {
        let mut world = World::new();
        let attempt = open(&mut world, 0);
        world.now_s += later_s;
        let ask = FailOver { attempt: attempt.id, to: Acquirer::ALL[1] };
        let reply = world.submit(Ask::FailOver(ask)).reply;
        let moved = matches!(reply, Reply::Begun(_));
        assert_eq!(moved, moves, "{later_s}: {reply:?}");
        assert!(moved || matches!(reply, Reply::Declined(_)), "{reply:?}");
    }
}

#[test]
fn a_name_says_where_whose_and_what() {
    for tenant in [0, 1, 77, (1 << 30) - 1] {
        let tenant = TenantId::from_raw(tenant);
        for acquirer in Acquirer::ALL {
            let reference = Reference::of(tenant, [7; 12]).at(acquirer);
            assert_eq!((reference.acquirer(), reference.parts()), (acquirer, (tenant, [7; 12])));
            assert_eq!(reference.0[..4], Reference::scope(tenant, acquirer));
            let tagged = acquirer.tag(123_456_789);
            assert_eq!(Acquirer::untag(tagged), (acquirer, 123_456_789));
            assert!(tagged < 1 << 48);
        }
    }
    assert_eq!(Acquirer::new(4), None);
}
