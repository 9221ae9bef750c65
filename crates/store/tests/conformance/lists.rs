//! Pages, cursors, filters and ranges: every engine gives what the reference gives.

use farthing_core::currency::Currency;
use farthing_core::id::{
    ChargeId, CustomerId, EndpointId, EventId, IntentId, PaymentMethodId, RefundId, SetupIntentId,
};
use farthing_domain::change::Change;
use farthing_domain::charge::{Charge, ChargeState};
use farthing_domain::delivery::{DeliveryState, Groups};
use farthing_domain::endpoint::EndpointStatus;
use farthing_domain::event::{BodyId, EventKind};
use farthing_domain::idempotency::RecordState;
use farthing_domain::intent::{Intent, IntentState};
use farthing_domain::ledger::transfer::Reason;
use farthing_domain::network::Decline;
use farthing_domain::object::ObjectRef;
use farthing_domain::query::{CreatedRange, Cursor, List, Query, Scan};
use farthing_domain::tenant::TenantId;
use farthing_domain::view::{Key, Row};
use farthing_store::{Begin, Store};

use crate::engines::{Engine, engines, tenant, wait};
use crate::machinery;
use crate::samples::{self, at, twelve};

/// Ten intents half a second apart, one of another tenant, and rows of every other kind.
fn fill(store: &Store) {
    let mut rows = samples::all();
    for number in 1..=10 {
        rows.push(Row::Intent(samples::intent(number, IntentState::Processing)));
    }
    let foreign = samples::intent(11, IntentState::Processing);
    rows.push(Row::Intent(Intent { tenant: TenantId::from_raw(4), ..foreign }));
    let failed = |number, intent| {
        let state = ChargeState::Failed { decline: Decline::processing_error() };
        Row::Charge(samples::charge(number, intent, state))
    };
    rows.extend([failed(50, 1), failed(51, 1), failed(52, 2)]);
    for (number, intent) in [(57, 1), (58, 2)] {
        let state = ChargeState::Failed { decline: Decline::processing_error() };
        let group = Some("season".into());
        let charge = samples::charge(number, intent, state);
        rows.push(Row::Charge(Charge { transfer_group: group, ..charge }));
    }
    rows.extend(
        [(54, None), (55, Some("a@b.ch")), (56, Some("b@b.ch"))]
            .map(|(number, email)| Row::Customer(samples::customer(number, email))),
    );
    rows.extend([60, 61, 62].map(|number| Row::Refund(samples::refund(number, 50 + number % 2))));
    rows.push(Row::Event(machinery::event(70, EventKind::IntentCreated)));
    rows.push(Row::Event(machinery::event(71, EventKind::ChargeFailed)));
    rows.extend([72, 73, 74].map(|n| Row::Event(machinery::event(n, EventKind::IntentProcessing))));
    let gone = DeliveryState::GivenUp { at: at(1) };
    rows.extend([(70, 5), (72, 5), (74, 5), (72, 6)].map(|(event, endpoint)| {
        Row::Delivery(machinery::delivery(event, endpoint, gone)) // Due once, whatever became of it.
    }));
    store.write(rows.into_iter().map(Change::Insert).collect()).expect("samples break no rule");
}

fn query(list: List, cursor: Cursor, limit: usize) -> Query {
    Query { tenant: tenant(), list, created: CreatedRange::default(), cursor, limit }
}

fn lists() -> Vec<List> {
    let charge = Some(ChargeId::from_bytes(twelve(50)));
    let intent = Some(IntentId::from_bytes(twelve(1)));
    let kinds = |kinds: &[EventKind]| List::Events {
        kinds: Some(kinds.to_vec()),
        delivered: None,
        since_s: None,
    };
    let endpoint = |number| Some(EndpointId::from_bytes(twelve(number)));
    vec![
        List::Intents,
        List::Charges { intent: None, group: None },
        List::Charges { intent, group: None },
        List::Charges { intent: None, group: Some("season".to_owned()) },
        List::Charges { intent, group: Some("season".to_owned()) },
        List::Charges { intent: None, group: Some("Season".to_owned()) },
        List::Customers { email: None },
        List::IntentsOf { customer: CustomerId::from_bytes(twelve(450)) },
        List::IntentsOf { customer: CustomerId::from_bytes(twelve(451)) },
        List::MethodsOf { customer: CustomerId::from_bytes(twelve(450)), kind: None },
        List::ChargesOf {
            customer: CustomerId::from_bytes(twelve(450)),
            intent: None,
            group: None,
        },
        List::ChargesOf { customer: CustomerId::from_bytes(twelve(450)), intent, group: None },
        List::Customers { email: Some("a@b.ch".to_owned()) },
        List::Customers { email: Some("A@b.ch".to_owned()) },
        List::Refunds { charge: None, intent: None },
        List::Refunds { charge, intent: None },
        List::Refunds { charge: None, intent: Some(IntentId::from_bytes(twelve(51))) },
        List::Refunds { charge, intent },
        List::Disputes { charge: None, intent: None },
        List::Disputes { charge: Some(ChargeId::from_bytes(twelve(311))), intent: None },
        List::Disputes { charge: None, intent: Some(IntentId::from_bytes(twelve(310))) },
        List::Disputes { charge, intent },
        List::Events { kinds: None, delivered: None, since_s: None },
        List::Events { kinds: None, delivered: Some(true), since_s: None },
        List::Events { kinds: None, delivered: Some(false), since_s: None },
        List::Events { kinds: None, delivered: None, since_s: Some(5) },
        List::Transfers { reasons: None, source: None, touching: None },
        kinds(&[EventKind::IntentCreated]),
        kinds(&[EventKind::IntentCreated, EventKind::ChargeFailed, EventKind::RefundFailed]),
        kinds(&[]),
        events_of(1, 0, None),
        events_of(1, 71, None),
        events_of(1, u32::MAX, None),
        events_of(1, 0, endpoint(5)),
        events_of(1, 70, endpoint(5)),
        events_of(1, 0, endpoint(7)),
        events_of(2, 0, None),
        // The same bytes as another kind of object find nothing.
        List::EventsOf {
            object: ObjectRef::Charge(ChargeId::from_bytes(twelve(1))),
            after: 0,
            endpoint: None,
        },
        List::Setups { customer: None, method: None },
        List::Setups { customer: Some(CustomerId::from_bytes(twelve(450))), method: None },
        List::Setups { customer: None, method: Some(PaymentMethodId::from_bytes(twelve(501))) },
        List::SetupAttempts { setup: SetupIntentId::from_bytes(twelve(800)) },
        List::Warnings { charge: None, intent: None },
        List::Warnings { charge: Some(ChargeId::from_bytes(twelve(311))), intent: None },
        List::Warnings { charge: None, intent: Some(IntentId::from_bytes(twelve(310))) },
        List::Endpoints,
    ]
}

fn lists_of_lines() -> Vec<List> {
    let source = |source| lines(Some(source), None, None);
    vec![
        lines(None, None, None),
        lines(None, Some(&[Reason::Charge]), None),
        lines(None, Some(&[Reason::Refund, Reason::Payout]), Some(Currency::USD)),
        lines(None, Some(&[]), None),
        lines(None, None, Some(Currency::JPY)),
        source(ObjectRef::Charge(ChargeId::from_bytes(twelve(311)))),
        // The same bytes as another kind of object find nothing.
        source(ObjectRef::Refund(RefundId::from_bytes(twelve(311)))),
    ]
}

fn lines(
    source: Option<ObjectRef>,
    reasons: Option<&[Reason]>,
    currency: Option<Currency>,
) -> List {
    List::BalanceTransactions { source, reasons: reasons.map(<[Reason]>::to_vec), currency }
}

fn events_of(intent: i64, after: u32, endpoint: Option<EndpointId>) -> List {
    let object = ObjectRef::Intent(IntentId::from_bytes(twelve(intent)));
    List::EventsOf { object, after, endpoint }
}

fn ranges() -> Vec<CreatedRange> {
    let second = at(0).seconds();
    let range = |from_s, to_s| CreatedRange { from_s, to_s };
    vec![
        range(None, None),
        range(Some(second + 2), None),
        range(None, Some(second + 3)),
        range(Some(second + 2), Some(second + 3)),
        range(Some(second + 3), Some(second + 2)),
        range(Some(i64::MIN), Some(i64::MAX)),
    ]
}

#[test]
fn every_engine_gives_the_same_pages() {
    let stores: Vec<Engine> = engines();
    for engine in &stores {
        fill(&engine.store);
    }
    let mut pages = 0;
    let mut rows = 0;
    for list in lists().into_iter().chain(lists_of_lines()) {
        for created in ranges() {
            for cursor in [Cursor::Start, Cursor::After(6), Cursor::Before(6), Cursor::After(0)] {
                for limit in [1, 3, 100] {
                    let query = Query { created, ..query(list.clone(), cursor, limit) };
                    let found: Vec<_> = stores
                        .iter()
                        .map(|engine| wait(engine.store.page(query.clone())).expect("readable"))
                        .collect();
                    assert_eq!(found[0], found[1], "{query:?}");
                    pages += 1;
                    rows += found[0].rows.len();
                }
            }
        }
    }
    assert_eq!(pages, 53 * 6 * 4 * 3);
    assert!(rows > 500, "pages are not all empty: {rows}");
}

/// The numbers themselves, so that the reference cannot be wrong in the same way.
#[test]
fn pages_follow_the_cursor_both_ways() {
    for Engine { name, store, .. } in engines() {
        let intents = (1..=10).map(|number| samples::intent(number, IntentState::Processing));
        store.write(intents.map(|row| Change::Insert(Row::Intent(row))).collect()).expect("new");
        let cases: [(Cursor, usize, &[i64], bool); 8] = [
            (Cursor::Start, 3, &[10, 9, 8], true),
            (Cursor::After(8), 3, &[7, 6, 5], true),
            (Cursor::After(4), 3, &[3, 2, 1], false), // Exactly the last ones.
            (Cursor::After(1), 3, &[], false),
            (Cursor::Before(3), 3, &[6, 5, 4], true), // The nearest newer, newest first.
            (Cursor::Before(8), 3, &[10, 9], false),
            (Cursor::Before(10), 3, &[], false),
            (Cursor::Start, 10, &[10, 9, 8, 7, 6, 5, 4, 3, 2, 1], false),
        ];
        for (cursor, limit, expected, has_more) in cases {
            let page = wait(store.page(query(List::Intents, cursor, limit))).expect("readable");
            let seqs: Vec<i64> = page
                .rows
                .iter()
                .map(|row| if let Row::Intent(row) = row { row.seq } else { panic!("{row:?}") })
                .collect();
            assert_eq!((&*seqs, page.has_more), (expected, has_more), "{name}: {cursor:?}");
        }
    }
}

/// What a receiver asks for that has lost some: the oldest first, no other object's, none twice.
#[test]
fn the_events_of_one_object_are_read_forwards() {
    let endpoint = |number| Some(EndpointId::from_bytes(twelve(number)));
    for Engine { name, store, .. } in engines() {
        fill(&store);
        let cases: [(List, usize, &[u32], bool); 9] = [
            (events_of(1, 0, None), 9, &[70, 71, 72, 73, 74], false),
            (events_of(1, 0, None), 2, &[70, 71], true),
            (events_of(1, 71, None), 2, &[72, 73], true),
            (events_of(1, 73, None), 2, &[74], false),
            (events_of(1, 74, None), 2, &[], false),
            (events_of(1, 0, endpoint(5)), 2, &[70, 72], true),
            (events_of(1, 72, endpoint(5)), 2, &[74], false),
            (events_of(1, 0, endpoint(6)), 2, &[72], false),
            (events_of(1, 0, endpoint(7)), 2, &[], false),
        ];
        for (list, limit, expected, has_more) in cases {
            let query = query(list, Cursor::Before(i64::MIN), limit);
            let page = wait(store.page(query.clone())).expect("readable");
            let sequences = page.rows.iter().rev().map(|row| match row {
                Row::Event(event) => event.sequence,
                other => panic!("{other:?}"),
            });
            let sequences: Vec<u32> = sequences.collect();
            assert_eq!((&*sequences, page.has_more), (expected, has_more), "{name}: {query:?}");
        }
    }
}

#[test]
fn a_page_begins_at_an_object_of_its_own_tenant() {
    for Engine { name, store, .. } in engines() {
        fill(&store);
        let key = |tenant, number| Key::Intent(tenant, IntentId::from_bytes(twelve(number)));
        let page = |begin| {
            let query = query(List::Intents, Cursor::Start, 2);
            let wants = |_: &_, _: &_| vec![Key::Tenant(tenant())];
            wait(store.page_from(query, begin, wants)).expect("readable")
        };
        let (found, view) = page(Begin::After(key(tenant(), 3))).expect("it is there");
        assert_eq!(found.rows.len(), 2, "{name}");
        assert!(view.knows(&Key::Tenant(tenant())), "{name}: follow-up keys are loaded");
        assert!(view.knows(&key(tenant(), 2)), "{name}: the page's rows are known");
        // Absent, and another tenant's under one's own name: the same nothing.
        assert!(page(Begin::After(key(tenant(), 99))).is_none(), "{name}");
        assert!(page(Begin::Before(key(tenant(), 11))).is_none(), "{name}");
    }
}

#[test]
fn every_engine_gives_the_same_ranges() {
    let stores: Vec<Engine> = engines();
    let due = |event, endpoint, ms| {
        Row::Delivery(machinery::delivery(event, endpoint, DeliveryState::Due { at: at(ms) }))
    };
    let done = |number, ms| {
        let state = RecordState::Done { status: 200, body: BodyId(1), at: at(ms) };
        Row::Record(machinery::record(number, state))
    };
    for engine in &stores {
        fill(&engine.store);
        let rows =
            [due(20, 1, 3), due(20, 2, 3), due(19, 3, 3), due(21, 1, 2), done(30, 5), done(29, 5)];
        engine.store.write(rows.into_iter().map(Change::Insert).collect()).expect("new");
    }
    let endpoint = |number| EndpointId::from_bytes(twelve(number));
    let excepts = [vec![], vec![endpoint(1)], vec![endpoint(1), endpoint(2), endpoint(1_000)]];
    let mut scans = Vec::new();
    for (due_by, limit) in [0, 2, 3, 720, 100_000].into_iter().zip([9, 9, 2, 9, 1_000]) {
        let due_by = at(due_by);
        scans.push(Scan::Attempts { due_by, limit });
        scans.push(Scan::Records { before: due_by, limit });
        scans.push(Scan::DisputesDue { due_by, limit });
        scans.push(Scan::DisputesUntold { limit });
        let wall = due_by;
        for tenant in [None, Some(tenant()), Some(TenantId::from_raw(4))] {
            scans.push(Scan::Timers { wall, tenant, after: None, limit });
            let all = Scan::Timers { wall, tenant, after: None, limit: 1_000 };
            // Beyond each of those that are found.
            for row in wait(stores[0].store.scan(all)).expect("readable") {
                let Row::Timer(after) = row else { panic!("a scan of timers gives nothing else") };
                scans.push(Scan::Timers { wall, tenant, after: Some(after), limit });
            }
        }
        let place = |number, endpoint| {
            let (event, endpoint) = (twelve(number), twelve(endpoint));
            (due_by, EventId::from_bytes(event), EndpointId::from_bytes(endpoint))
        };
        for after in [None, Some(place(900, 1_000)), Some(place(0, 0)), Some(place(901, 0))] {
            scans.push(Scan::DeliveriesOf { tenant: tenant(), after, limit });
        }
        let endpoints = [(1, limit), (9, 1), (3, 2), (1_000, 1)];
        let endpoints = endpoints.map(|(number, limit)| (endpoint(number), limit)).to_vec();
        scans.push(Scan::DeliveriesTo { due_by, endpoints });
        for except in excepts.clone() {
            for groups in [Groups::ALL, Groups::of([0, 3, 15]), Groups::of([1]), Groups::NONE] {
                let except = except.clone();
                for since in [at(0), at(5)] {
                    let except = except.clone();
                    scans.push(Scan::Deliveries { since, due_by, limit, groups, except });
                }
            }
        }
    }
    let mut rows = 0;
    for scan in scans {
        let found: Vec<_> = stores
            .iter()
            .map(|engine| wait(engine.store.scan(scan.clone())).expect("readable"))
            .collect();
        assert_eq!(found[0], found[1], "{scan:?}");
        rows += found[0].len();
    }
    assert!(rows > 50, "ranges are not all empty: {rows}");
}

#[test]
fn soonest_first_then_by_event() {
    for Engine { name, store, .. } in engines() {
        let due = |event, ms| {
            Row::Delivery(machinery::delivery(event, 1, DeliveryState::Due { at: at(ms) }))
        };
        let rows = [due(9, 5), due(3, 7), due(4, 5), due(1, 8)];
        store.write(rows.into_iter().map(Change::Insert).collect()).expect("new");
        let scan = Scan::Deliveries {
            since: at(0),
            due_by: at(7),
            limit: 9,
            groups: Groups::ALL,
            except: Vec::new(),
        };
        let rows = wait(store.scan(scan)).expect("readable");
        let events: Vec<Row> = [due(4, 5), due(9, 5), due(3, 7)].into();
        assert_eq!(rows, events, "{name}");
    }
}

#[test]
fn deleted_endpoints_are_in_no_list() {
    for Engine { name, store, .. } in engines() {
        let rows = [EndpointStatus::Enabled, EndpointStatus::Disabled, EndpointStatus::Deleted];
        let rows = (1..).zip(rows).map(|(number, status)| machinery::endpoint(number, status));
        store.write(rows.map(|row| Change::Insert(Row::Endpoint(row))).collect()).expect("new");
        let page = wait(store.page(query(List::Endpoints, Cursor::Start, 9))).expect("readable");
        assert_eq!(page.rows.len(), 2, "{name}");
    }
}
