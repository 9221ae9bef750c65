//! Whose turn it is among the events of one object.

use std::collections::{BTreeMap, BTreeSet};

use farthing_core::inbox::{Before, Gap, Line, Mark, Patience, Place, Step, Waiting, next};
use farthing_core::time::TimestampMs;
use proptest::prelude::*;

const PATIENCE: Patience =
    Patience { gap_ms: 1_000, baseline_ms: 100, reorder_ms: 10, hold_ms: 5_000 };

fn at(ms: i64) -> TimestampMs {
    TimestampMs::from_ms(ms)
}

/// An event of a sender that counts, arrived at zero.
fn counted(sequence: u64, before: u64) -> Waiting {
    Waiting {
        place: Place { sequence: Some(sequence), created_s: 0, id: format!("evt_{sequence}") },
        before: if before == 0 { Before::Nothing } else { Before::Sequence(before) },
        arrived: at(0),
        due: at(0),
        first_try: None,
        redriven: false,
    }
}

/// An event of a sender that does not count.
fn dated(created_s: i64, id: &str) -> Waiting {
    let place = Place { sequence: None, created_s, id: id.to_owned() };
    Waiting { place, before: Before::Unsaid, ..counted(0, 0) }
}

/// An object whose events up to this one were handed on.
fn after(sequence: u64) -> Line {
    let mut line = Line::new(at(0));
    line.hand_on(&counted(sequence, 0).place);
    line
}

fn send(index: usize, marks: [Option<Mark>; 2], gap: Option<Gap>) -> Step {
    Step::Send { index, marks, gap }
}

fn until(ms: i64, gap: Option<Gap>) -> Step {
    Step::Until { moment: at(ms), gap }
}

#[test]
fn events_that_follow_one_another_go_at_once() {
    let go = send(0, [None, None], None);
    assert_eq!(next(&Line::new(at(0)), &[counted(1, 0)], PATIENCE, at(0)), go);
    assert_eq!(next(&after(1), &[counted(2, 1), counted(3, 2)], PATIENCE, at(0)), go);
    // Numbers may be left out: the ones between were not due here.
    assert_eq!(next(&after(1), &[counted(9, 1)], PATIENCE, at(0)), go);
    assert_eq!(next(&after(1), &[], PATIENCE, at(0)), Step::Rest);
}

#[test]
fn a_missing_event_is_waited_for_and_then_named() {
    let gap = Some(Gap { from: 2, to: 4 });
    let waiting = [counted(5, 4), counted(6, 5)];
    assert_eq!(next(&after(1), &waiting, PATIENCE, at(999)), until(1_000, gap));
    let marked = send(0, [Some(Mark::Gap), None], gap);
    assert_eq!(next(&after(1), &waiting, PATIENCE, at(1_000)), marked);
    // The event that comes meanwhile goes first, and may leave a smaller gap.
    let waiting = [counted(4, 3), counted(5, 4)];
    let smaller = Some(Gap { from: 2, to: 3 });
    assert_eq!(next(&after(1), &waiting, PATIENCE, at(9)), until(1_000, smaller));
}

#[test]
fn before_the_first_event_that_is_seen_nothing_is_missing() {
    let line = Line::new(at(0));
    assert_eq!(next(&line, &[counted(7, 6)], PATIENCE, at(99)), until(100, None));
    let go = send(0, [None, None], None);
    assert_eq!(next(&line, &[counted(7, 6)], PATIENCE, at(100)), go);
    // What comes meanwhile goes first, and a sender's first event need not wait.
    assert_eq!(next(&line, &[counted(6, 0), counted(7, 6)], PATIENCE, at(1)), go);
}

#[test]
fn without_numbers_the_time_of_creation_orders_and_a_set_time_is_waited() {
    let mut line = Line::new(at(0));
    let waiting = [dated(1, "evt_b"), dated(2, "evt_a")];
    assert_eq!(next(&line, &waiting, PATIENCE, at(9)), until(10, None));
    assert_eq!(next(&line, &waiting, PATIENCE, at(10)), send(0, [None, None], None));
    line.hand_on(&waiting[1].place);
    let stale = send(0, [Some(Mark::Stale), None], None);
    assert_eq!(next(&line, &waiting[..1], PATIENCE, at(0)), stale, "it need not wait any more");
}

#[test]
fn what_is_late_is_told_by_number_or_time_and_never_by_id() {
    let numbered = |sequence, created_s, id: &str| Waiting {
        place: Place { sequence: Some(sequence), created_s, id: id.to_owned() },
        ..counted(sequence, 0)
    };
    for (handed, event, late) in [
        (dated(5, "evt_b"), dated(4, "evt_c"), true),
        (dated(5, "evt_b"), dated(5, "evt_a"), false),
        (dated(5, "evt_b"), dated(5, "evt_c"), false),
        (dated(5, "evt_b"), dated(6, "evt_a"), false),
        (numbered(5, 9, "evt_b"), numbered(4, 10, "evt_c"), true),
        (numbered(5, 9, "evt_b"), numbered(6, 8, "evt_a"), false),
        (numbered(5, 9, "evt_b"), numbered(5, 8, "evt_a"), false),
        (numbered(5, 9, "evt_b"), dated(10, "evt_c"), true),
        (dated(9, "evt_b"), numbered(1, 8, "evt_a"), false),
    ] {
        let mut line = Line::new(at(0));
        line.hand_on(&handed.place);
        let mark = late.then_some(Mark::Stale);
        let step = next(&line, std::slice::from_ref(&event), PATIENCE, at(10));
        assert_eq!(step, send(0, [mark, None], None), "{event:?} after {handed:?}");
        // Whatever went on, what is remembered never goes back.
        line.hand_on(&event.place);
        assert_eq!(line.handed, Some(handed.place.max(event.place)));
    }
}

#[test]
fn an_event_in_retry_holds_back_its_object_and_not_for_ever() {
    let tried = Waiting { first_try: Some(at(0)), due: at(3_000), ..counted(2, 1) };
    let behind = counted(3, 2);
    let both = [tried.clone(), behind.clone()];
    assert_eq!(next(&after(1), &both, PATIENCE, at(1)), until(3_000, None));
    assert_eq!(next(&after(1), &both, PATIENCE, at(3_000)), send(0, [None, None], None));
    // Its next try is after the hold: those behind it go on when the hold ends.
    let both = [Waiting { due: at(9_000), ..tried }, behind];
    assert_eq!(next(&after(1), &both, PATIENCE, at(1)), until(5_000, None));
    let passes = send(1, [None, Some(Mark::AfterUnsent)], None);
    assert_eq!(next(&after(1), &both, PATIENCE, at(5_000)), passes, "what is here is not missing");
    // Then it is tried once more, too late.
    let late = send(0, [Some(Mark::Late), None], None);
    assert_eq!(next(&after(3), &both[..1], PATIENCE, at(9_000)), late);
    assert_eq!(next(&after(3), &both[..1], PATIENCE, at(8_999)), until(9_000, None));
}

#[test]
fn what_was_parked_is_told_to_those_after_it_and_comes_late() {
    let mut line = after(1);
    line.pass(&counted(2, 1).place);
    line.parked = true;
    let after_unsent = send(0, [None, Some(Mark::AfterUnsent)], None);
    assert_eq!(next(&line, &[counted(3, 2)], PATIENCE, at(0)), after_unsent);
    let redriven = Waiting { redriven: true, ..counted(2, 1) };
    let late = send(0, [Some(Mark::Late), None], None);
    assert_eq!(next(&after(3), &[redriven], PATIENCE, at(0)), late);
}

#[test]
fn a_gap_closes_as_its_events_come() {
    let gap = Gap { from: 2, to: 5 };
    let part = |from, to| Some(Gap { from, to });
    assert_eq!(gap.without(5, Before::Sequence(4)), [part(2, 4), None]);
    assert_eq!(gap.without(5, Before::Sequence(2)), [part(2, 2), None]);
    assert_eq!(gap.without(5, Before::Sequence(1)), [None, None]);
    assert_eq!(gap.without(5, Before::Nothing), [None, None]);
    assert_eq!(gap.without(5, Before::Unsaid), [None, None]);
    assert_eq!(gap.without(3, Before::Sequence(2)), [part(2, 2), part(4, 5)]);
    assert_eq!(gap.without(3, Before::Sequence(1)), [None, part(4, 5)]);
    assert_eq!(gap.without(6, Before::Sequence(5)), [part(2, 5), None], "it is none of its own");
    assert_eq!(gap.without(1, Before::Nothing), [part(2, 5), None]);
}

/// One object's events as they arrive, and what a receiver sees when nothing fails.
struct Played {
    order: Vec<u64>,
    gaps: BTreeSet<(u64, u64)>,
}

/// Lets events arrive, one a millisecond, then waits until nothing waits any more.
fn play(arrivals: &[(u64, u64)], patience: Patience) -> Played {
    let mut line = Line::new(at(0));
    let mut waiting = BTreeMap::<u64, Waiting>::new();
    let mut seen = BTreeSet::new();
    let mut played = Played { order: Vec::new(), gaps: BTreeSet::new() };
    let mut now = 0;
    for &(sequence, before) in arrivals {
        now += 1;
        if seen.insert(sequence) {
            let event = Waiting { arrived: at(now), due: at(now), ..counted(sequence, before) };
            waiting.insert(sequence, event);
        }
        settle(&mut line, &mut waiting, &mut played, (patience, at(now)));
    }
    while let Some(moment) = settle(&mut line, &mut waiting, &mut played, (patience, at(now))) {
        assert!(moment > at(now), "it waits for something that is still to come");
        now = moment.ms();
    }
    assert!(waiting.is_empty(), "nothing is left behind");
    played
}

fn settle(
    line: &mut Line,
    waiting: &mut BTreeMap<u64, Waiting>,
    played: &mut Played,
    (patience, now): (Patience, TimestampMs),
) -> Option<TimestampMs> {
    loop {
        let events: Vec<_> = waiting.values().cloned().collect();
        match next(line, &events, patience, now) {
            Step::Rest => return None,
            Step::Until { moment, .. } => return Some(moment),
            Step::Send { index, gap, .. } => {
                let event = events.get(index).expect("an event that waits");
                line.hand_on(&event.place);
                let sequence = event.place.sequence.expect("a number");
                waiting.remove(&sequence);
                played.order.push(sequence);
                played.gaps.extend(gap.map(|gap| (gap.from, gap.to)));
            }
        }
    }
}

/// Numbers that were due here, in order, some withheld; then shuffled, with copies.
fn streams() -> impl Strategy<Value = (Vec<u64>, Vec<(u64, u64)>)> {
    let due = prop::collection::btree_set(1_u64..60, 1..40);
    (due, prop::collection::vec(0_u8..100, 60)).prop_flat_map(|(due, fate)| {
        let due: Vec<u64> = due.into_iter().collect();
        let mut arrivals = Vec::new();
        let mut before = 0;
        for (&sequence, fate) in due.iter().zip(fate) {
            let copies = match fate {
                0..15 => 0,
                15..30 => 2,
                _ => 1,
            };
            arrivals.extend(std::iter::repeat_n((sequence, before), copies));
            before = sequence;
        }
        (Just(due), Just(arrivals).prop_shuffle())
    })
}

proptest! {
    #[test]
    fn a_shuffled_stream_comes_out_in_order_once_with_every_gap((due, arrivals) in streams()) {
        let patient = Patience { gap_ms: 10_000, baseline_ms: 5_000, ..PATIENCE };
        let arrived: BTreeSet<u64> = arrivals.iter().map(|&(sequence, _)| sequence).collect();
        let played = play(&arrivals, patient);
        prop_assert_eq!(&played.order, &arrived.iter().copied().collect::<Vec<_>>());
        // A run of missing numbers is one gap, which ends with the last of them that was due;
        // before the first arrival and after the last nothing can be known.
        let mut gaps = BTreeSet::new();
        let mut last = None;
        let mut missing = None;
        for &sequence in &due {
            if arrived.contains(&sequence) {
                if let (Some(last), Some(to)) = (last, missing) {
                    gaps.insert((last + 1, to));
                }
                (last, missing) = (Some(sequence), None);
            } else {
                missing = Some(sequence);
            }
        }
        prop_assert_eq!(played.gaps, gaps);
    }

    #[test]
    fn impatience_loses_nothing_either((_, arrivals) in streams()) {
        let hasty = Patience { gap_ms: 0, baseline_ms: 0, reorder_ms: 0, hold_ms: 0 };
        let arrived: BTreeSet<u64> = arrivals.iter().map(|&(sequence, _)| sequence).collect();
        let mut order = play(&arrivals, hasty).order;
        order.sort_unstable();
        prop_assert_eq!(order, arrived.into_iter().collect::<Vec<_>>());
    }
}
