//! The table of what follows each answer to a delivery, and what the machine holds in the air.

use farthing_core::id::{EndpointId, EventId};
use farthing_core::retry::Schedule;
use farthing_core::time::TimestampMs;
use farthing_domain::command::AfterTry;
use farthing_domain::delivery::{Delivery, DeliveryState, Groups};
use farthing_domain::query::Scan;
use farthing_domain::tenant::{Mode, TenantId};

use super::*;
use crate::deliver::limits::{LATE_MS, SCAN_GAP_MS, SWEEP_MS};

const START: TimestampMs = TimestampMs::from_seconds(1_700_000_000);

fn due(event: u8, endpoint: u8) -> Delivery {
    Delivery {
        tenant: TenantId::of(1, Mode::Test),
        event: EventId::new(START, [0, 0, 0, 0, 0, event]),
        endpoint: EndpointId::new(START, [0, 0, 0, 0, 0, endpoint]),
        previous_sequence: 0,
        tries: 0,
        state: DeliveryState::Due { at: START },
        last_status: None,
    }
}

/// A machine with its clock.
struct Run {
    machine: Machine,
    now: TimestampMs,
}

impl Run {
    fn new() -> Self {
        Self { machine: Machine::new(Schedule::dev(), Groups::ALL), now: START }
    }

    fn later(&mut self, ms: i64) {
        self.now = self.now.plus_ms(ms);
    }

    fn tell(&mut self, input: Input) -> (Vec<Delivery>, Vec<Try>, Option<Scan>) {
        let (mut sent, mut recorded, mut scan) = (Vec::new(), Vec::new(), None);
        for action in self.machine.step(self.now, 0, input).0 {
            match action {
                Action::Send(more) => sent.extend(more),
                Action::Record(more) => recorded.extend(more),
                Action::Scan(wanted) => scan = Some(wanted),
            }
        }
        (sent, recorded, scan)
    }

    /// Has everything accepted and recorded that is in the air or follows; the first scan meanwhile.
    fn work_off(&mut self, mut flying: Vec<Delivery>) -> Option<Scan> {
        let mut scan = None;
        while let Some(next) = flying.pop() {
            let (more, _, first) = self.tell(Input::Tried(next.clone(), Answer::Status(200)));
            flying.extend(more);
            let (more, _, second) = self.tell(Input::Recorded(vec![name(&next)]));
            flying.extend(more);
            scan = scan.or(first).or(second);
        }
        scan
    }

    /// Answers a scan; what is sent for it.
    fn find(&mut self, rows: Vec<Delivery>) -> Vec<Delivery> {
        self.tell(Input::Scanned(rows)).0
    }
}

fn name(delivery: &Delivery) -> Name {
    (delivery.event, delivery.endpoint)
}

#[test]
fn an_endpoint_begins_with_one_try_and_earns_more() {
    let mut run = Run::new();
    assert!(run.tell(Input::Tick).2.is_some());
    let rows: Vec<_> = (0..4).map(|event| due(event, 1)).collect();
    let first = run.find(rows);
    assert_eq!(first.len(), 1);
    let (next, recorded, _) = run.tell(Input::Tried(first[0].clone(), Answer::Status(200)));
    assert_eq!((next.len(), recorded.len()), (2, 1));
    assert_eq!(recorded[0].then, AfterTry::Delivered);
}

#[test]
fn what_follows_each_answer() {
    for (answer, tries, then) in [
        (Answer::Status(204), 0, AfterTry::Delivered),
        (Answer::Status(301), 0, AfterTry::Again(START.plus_ms(1_000))),
        (Answer::Status(404), 1, AfterTry::Again(START.plus_ms(5_000))),
        (Answer::Nobody, 2, AfterTry::Again(START.plus_ms(30_000))),
        (Answer::Status(500), 3, AfterTry::GiveUp),
        (Answer::Status(410), 0, AfterTry::GiveUp),
        (Answer::Gone, 0, AfterTry::GiveUp),
    ] {
        let mut run = Run::new();
        run.tell(Input::Tick);
        let sent = run.find(vec![Delivery { tries, ..due(1, 1) }]);
        let (_, recorded, _) = run.tell(Input::Tried(sent[0].clone(), answer));
        assert_eq!(recorded[0].then, then, "{answer:?} after {tries}");
    }
}

#[test]
fn a_delivery_is_in_the_air_once_until_its_result_is_stored() {
    let mut run = Run::new();
    run.tell(Input::Tick);
    let sent = run.find(vec![due(1, 1)]);
    assert_eq!(sent.len(), 1);
    run.later(SCAN_IDLE_MS);
    assert!(run.tell(Input::Tick).2.is_some());
    // Still stored as due, because its result is not there yet.
    assert!(run.find(vec![due(1, 1)]).is_empty());
    run.later(SCAN_IDLE_MS);
    let (_, recorded, scan) = run.tell(Input::Tried(sent[0].clone(), Answer::Status(200)));
    assert_eq!((recorded.len(), scan.is_some()), (1, true));
    // The scan that is under way may have read it before the result was stored.
    run.tell(Input::Recorded(vec![name(&sent[0])]));
    assert!(run.find(vec![due(1, 1)]).is_empty(), "sent twice by a stale reading");
    run.later(SCAN_IDLE_MS);
    assert!(run.tell(Input::Tick).2.is_some());
    assert_eq!(run.find(vec![due(1, 1)]).len(), 1, "due again by a later reading");
}

#[test]
fn slow_tries_give_their_place_back() {
    let mut run = Run::new();
    run.tell(Input::Tick);
    let crowd = |from: usize| {
        (from..from + SCAN_ROWS)
            .map(|number| {
                let [.., a, b] = number.to_be_bytes();
                let endpoint = EndpointId::new(START, [9, 0, 0, 0, a, b]);
                Delivery { endpoint, ..due(1, 1) }
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(run.find(crowd(0)).len(), YOUNG_MAX);
    run.later(SCAN_GAP_MS);
    run.tell(Input::Committed);
    assert!(run.find(crowd(SCAN_ROWS)).is_empty(), "no place is left");
    run.later(SLOW_MS);
    let (sent, ..) = run.tell(Input::Tick);
    assert_eq!(sent.len(), YOUNG_MAX, "those that hang hold nobody up");
    assert_eq!(run.machine.flying(), 2 * YOUNG_MAX);
}

#[test]
fn an_endpoint_with_enough_is_left_out_of_the_next_scan_and_read_again_later() {
    let mut run = Run::new();
    run.tell(Input::Tick);
    let sent = run.find((0..8).map(|event| due(event, 1)).collect());
    assert_eq!(sent.len(), 1);
    run.later(SCAN_GAP_MS);
    let (.., scan) = run.tell(Input::Committed);
    let Some(Scan::Deliveries { except, .. }) = scan else { panic!("no scan") };
    assert_eq!(except, [sent[0].endpoint]);
    run.find(Vec::new());
    // When most of what was held is done, its rest is read without waiting for a commit.
    run.later(SCAN_GAP_MS);
    let endpoint = sent[0].endpoint;
    let scan = run.work_off(sent);
    let Some(Scan::DeliveriesTo { endpoints, .. }) = scan else { panic!("no refill: {scan:?}") };
    assert_eq!(endpoints[0].0, endpoint);
    // As many as were asked for: there are more, and it stays left out of what is read for all.
    let more: Vec<_> = (10..).take(endpoints[0].1).map(|event| due(event, 1)).collect();
    let sent = run.find(more);
    run.later(SCAN_GAP_MS);
    let (.., scan) = run.tell(Input::Committed);
    assert!(matches!(scan, Some(Scan::Deliveries { except, .. }) if except == [endpoint]));
    run.find(Vec::new());
    run.later(SCAN_GAP_MS);
    let scan = run.work_off(sent);
    assert!(matches!(scan, Some(Scan::DeliveriesTo { .. })), "{scan:?}");
    // Fewer than that: nothing is left, and it is read like all others again.
    run.find(Vec::new());
    run.later(SCAN_GAP_MS);
    let (.., scan) = run.tell(Input::Committed);
    assert!(matches!(scan, Some(Scan::Deliveries { except, .. }) if except.is_empty()));
}

#[test]
fn a_backlog_is_passed_over_once_and_everything_is_looked_at_now_and_then() {
    let mut run = Run::new();
    let since = |scan: Option<Scan>| match scan {
        Some(Scan::Deliveries { since, .. }) => since,
        other => panic!("{other:?}"),
    };
    assert_eq!(since(run.tell(Input::Tick).2), TimestampMs::from_ms(0));
    run.find((0..8).map(|event| due(event, 1)).collect());
    run.later(SCAN_GAP_MS);
    let read_to = START.plus_ms(-LATE_MS);
    assert_eq!(since(run.tell(Input::Committed).2), read_to, "from where the last one ended");
    run.find(Vec::new());
    run.later(SWEEP_MS);
    assert_eq!(since(run.tell(Input::Committed).2), TimestampMs::from_ms(0));
    run.find(Vec::new());
    // Another's endpoints have become ours: what is behind was never read for them.
    run.later(SCAN_GAP_MS);
    run.tell(Input::Groups(Groups::of([0])));
    run.find(Vec::new());
    run.later(SCAN_GAP_MS);
    assert_eq!(since(run.tell(Input::Groups(Groups::ALL)).2), TimestampMs::from_ms(0));
    // A clock that steps back sees what is due then.
    run.find(Vec::new());
    run.now = START.plus_ms(-60_000);
    assert!(run.tell(Input::Committed).2.is_none(), "not so soon after the last");
    run.later(SCAN_IDLE_MS + 2 * SWEEP_MS + 60_000);
    assert!(run.tell(Input::Tick).2.is_some());
}

#[test]
fn a_full_reading_goes_on_from_its_last_row() {
    let mut run = Run::new();
    let Some(Scan::Deliveries { limit, .. }) = run.tell(Input::Tick).2 else { panic!("no scan") };
    let rows: Vec<_> = (0..limit)
        .map(|number| {
            let [.., a, b] = number.to_be_bytes();
            let endpoint = EndpointId::new(START, [9, 0, 0, 0, a, b]);
            let at = START.plus_ms(i64::try_from(number).unwrap() - 100_000);
            Delivery { endpoint, state: DeliveryState::Due { at }, ..due(1, 1) }
        })
        .collect();
    let last = rows.last().unwrap().state;
    run.find(rows);
    run.later(SCAN_GAP_MS);
    let Some(Scan::Deliveries { since, .. }) = run.tell(Input::Tick).2 else { panic!("no scan") };
    assert_eq!(DeliveryState::Due { at: since }, last);
}

#[test]
fn behind_an_endpoint_that_fails_what_is_long_overdue_is_given_up() {
    let mut run = Run::new();
    run.tell(Input::Tick);
    let sent = run.find(vec![due(1, 1)]);
    run.tell(Input::Tried(sent[0].clone(), Answer::Nobody));
    run.tell(Input::Recorded(vec![name(&sent[0])]));
    // 36 seconds is the whole schedule of a developer's machine.
    run.later(36_000);
    assert!(run.tell(Input::Tick).2.is_some());
    let (sent, given_up, _) = run.tell(Input::Scanned(vec![due(2, 1)]));
    assert_eq!((sent.len(), given_up.len()), (1, 0), "not a moment too soon");
    run.tell(Input::Tried(sent[0].clone(), Answer::Nobody));
    run.tell(Input::Recorded(vec![name(&sent[0])]));
    run.later(1_000);
    run.tell(Input::Tick);
    let (sent, given_up, _) = run.tell(Input::Scanned(vec![due(3, 1), due(3, 2)]));
    assert_eq!(sent.len(), 1, "an endpoint of which nothing is known is tried first");
    assert_eq!((given_up.len(), given_up[0].then), (1, AfterTry::GiveUp));
}

#[test]
fn results_that_could_not_be_stored_are_stored_later() {
    let mut run = Run::new();
    run.tell(Input::Tick);
    let sent = run.find(vec![due(1, 1)]);
    let (_, recorded, _) = run.tell(Input::Tried(sent[0].clone(), Answer::Status(200)));
    assert!(run.tell(Input::RecordFailed(recorded)).1.is_empty());
    run.later(STORE_PAUSE_MS);
    assert_eq!(run.tell(Input::Tick).1.len(), 1);
}

#[test]
fn what_is_no_longer_ours_is_let_go_and_what_flies_comes_home() {
    let mut run = Run::new();
    // Groups 1 and 2; the first endpoint of each, and two events each.
    let rows = [due(1, 0x10), due(2, 0x10), due(1, 0x20), due(2, 0x20)];
    let sent = run.find(rows.to_vec());
    assert_eq!(sent.len(), 2, "one try at a time until an endpoint has answered");
    assert_eq!(run.machine.in_air(), Groups::of([1, 2]));
    run.tell(Input::Groups(Groups::of([2])));
    assert_eq!(run.machine.in_air(), Groups::of([1, 2]), "it is still in the air");
    let (_, tried, _) = run.tell(Input::Tried(rows[0].clone(), Answer::Status(200)));
    let (more, _, _) = run.tell(Input::Recorded(vec![name(&rows[0])]));
    assert_eq!((tried.len(), more.len()), (1, 0), "it is recorded, and nothing is sent after it");
    assert_eq!(run.machine.in_air(), Groups::of([2]));
    assert!(run.find(vec![rows[1].clone()]).is_empty(), "an old scan may still bring some");
    // A try that was not made leaves no trace; it is found again by whoever has the group.
    run.tell(Input::Lost(name(&rows[2])));
    assert_eq!(run.machine.in_air(), Groups::of([2]), "the next of its endpoint begins");
    run.tell(Input::Groups(Groups::NONE));
    run.tell(Input::Lost(name(&rows[3])));
    assert_eq!((run.machine.in_air(), run.machine.flying()), (Groups::NONE, 0));
    run.later(60_000);
    let (sent, _, scan) = run.tell(Input::Tick);
    assert!(sent.is_empty() && scan.is_none(), "nothing is ours");
    let (_, _, scan) = run.tell(Input::Groups(Groups::ALL));
    assert!(matches!(scan, Some(Scan::Deliveries { groups: Groups::ALL, .. })), "{scan:?}");
}
