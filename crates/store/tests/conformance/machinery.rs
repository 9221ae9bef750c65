//! Rows of the machinery: attempts, records, events, deliveries, endpoints, tenants.

use farthing_core::currency::Currency;
use farthing_core::id::{
    ApiKeyId, AttemptId, BalanceTransactionId, BankAccountId, ChargeId, DisputeId, EndpointId,
    EventId, IntentId, MerchantId, PaymentMethodId, PayoutId, RefundId,
};
use farthing_core::origin::Origin;
use farthing_domain::attempt::{Attempt, Call, Presence};
use farthing_domain::charge::Rest;
use farthing_domain::command::RequestMark;
use farthing_domain::delivery::{Delivery, DeliveryState};
use farthing_domain::endpoint::{Endpoint, EndpointStatus, EventFilter, OldSecret};
use farthing_domain::event::{Body, BodyId, Event, EventKind};
use farthing_domain::idempotency::{Record, RecordState, ScopedKey};
use farthing_domain::intent::CancelReason;
use farthing_domain::key::{Access, Allowance, Caps, Resource, Rights, Scopes, Spend, TotalCap};
use farthing_domain::network::Reference;
use farthing_domain::object::{Metadata, ObjectRef};
use farthing_domain::refund::RefundReason;
use farthing_domain::tenant::{
    ApiKey, FeeSchedule, Interval, KeyClass, Pages, PayoutSettings, Settlement, Tenant, TenantId,
};
use farthing_domain::timer::{Due, Timer};
use farthing_domain::view::Row;

use crate::engines::tenant;
use crate::samples::{at, metadata, ratio, sixteen, text, twelve, usd};

pub(crate) fn attempt(number: i64, call: Call) -> Attempt {
    Attempt {
        id: AttemptId::from_bytes(twelve(number)),
        tenant: tenant(),
        intent: IntentId::from_bytes(twelve(number)),
        reference: Reference(sixteen(number)),
        call,
        begun_at: at(1),
        claim: None,
        request: None,
        expand: Vec::new(),
        announced: false,
        lookups: 0,
        lookup_at: at(number),
    }
}

pub(crate) fn attempts() -> Vec<Row> {
    let (amount, charge) = (usd(5), ChargeId::from_bytes(twelve(310)));
    let (of, refund) = (Reference(sixteen(1)), RefundId::from_bytes(twelve(1)));
    let method = PaymentMethodId::from_bytes(twelve(6));
    let authorize = |presence, capture, return_url: Option<String>| Call::Authorize {
        amount,
        capture,
        method,
        presence,
        fail_on_action: return_url.is_some(),
        return_url,
    };
    let calls = [
        authorize(Presence::OnSession, true, None),
        authorize(Presence::OffSession, false, text("https://back")),
        authorize(Presence::Authenticated, true, None),
        Call::Capture { amount, rest: Rest::Released, charge, of },
        Call::Capture { amount, rest: Rest::Held, charge, of },
        Call::Increment {
            amount,
            charge,
            of,
            description: None,
            statement_descriptor: None,
            metadata: None,
        },
        Call::Increment {
            amount,
            charge,
            of,
            description: text("a note"),
            statement_descriptor: text("SHOP"),
            metadata: Some(metadata()),
        },
        Call::Void { charge, of, reason: None },
        Call::Void { charge, of, reason: Some(CancelReason::Abandoned) },
        Call::Refund { amount, charge, of, refund, reason: None, metadata: Metadata::new() },
        Call::Refund {
            amount,
            charge,
            of,
            refund,
            reason: Some(RefundReason::Duplicate),
            metadata: metadata(),
        },
    ];
    let mut rows: Vec<Row> = Vec::new();
    for (number, call) in (700..).zip(calls) {
        rows.push(Row::Attempt(attempt(number, call.clone())));
        rows.push(Row::Attempt(Attempt {
            claim: Some(ScopedKey(sixteen(number))),
            request: Some(RequestMark { id: "req_1".to_owned(), key: text("key") }),
            expand: vec!["latest_charge".to_owned(), String::new()],
            announced: true,
            lookups: u32::MAX,
            ..attempt(number + 50, call)
        }));
    }
    rows
}

pub(crate) fn record(number: i64, state: RecordState) -> Record {
    Record {
        tenant: tenant(),
        key: ScopedKey(sixteen(number)),
        fingerprint: [3; 32],
        tags: Vec::new(),
        path: None,
        request_id: String::new(),
        created: at(number),
        intent: None,
        state,
    }
}

pub(crate) fn records() -> Vec<Row> {
    let attempt = AttemptId::from_bytes(twelve(750));
    let done = RecordState::Done { status: 402, body: BodyId(9), at: at(800) };
    vec![
        Row::Record(record(800, RecordState::InProgress { attempt })),
        Row::Record(Record {
            tags: vec![("amount".to_owned(), [1; 8]), (String::new(), [0; 8])],
            path: text("/v1/payment_intents"),
            request_id: "req_x".to_owned(),
            intent: Some(IntentId::from_bytes(twelve(1))),
            ..record(801, done)
        }),
    ]
}

pub(crate) fn event(number: i64, kind: EventKind) -> Event {
    Event {
        id: EventId::from_bytes(twelve(number)),
        tenant: tenant(),
        seq: number,
        created: at(number * 500),
        kind,
        object: ObjectRef::Intent(IntentId::from_bytes(twelve(1))),
        sequence: u32::try_from(number).expect("a small number"),
        body: BodyId(number),
        previous: (number % 2 == 1).then_some(BodyId(number)),
        request: None,
    }
}

pub(crate) fn events() -> Vec<Row> {
    let id = twelve(3);
    let objects = [
        ObjectRef::Intent(IntentId::from_bytes(id)),
        ObjectRef::Charge(ChargeId::from_bytes(id)),
        ObjectRef::Refund(RefundId::from_bytes(id)),
        ObjectRef::Method(PaymentMethodId::from_bytes(id)),
        ObjectRef::Endpoint(EndpointId::from_bytes(id)),
        ObjectRef::Event(EventId::from_bytes(id)),
        ObjectRef::BalanceTransaction(BalanceTransactionId::from_bytes(id)),
        ObjectRef::Dispute(DisputeId::from_bytes(id)),
        ObjectRef::Payout(PayoutId::from_bytes(id)),
        ObjectRef::Balance(Currency::JPY),
        ObjectRef::BankAccount(BankAccountId::from_bytes(id)),
    ];
    let mut rows: Vec<Row> = Vec::new();
    for ((number, kind), object) in (900..).zip(EventKind::ALL).zip(objects.iter().cycle().copied())
    {
        let mark = RequestMark { id: "req_2".to_owned(), key: (number % 3 == 0).then(String::new) };
        let request = (number % 2 == 0).then_some(mark);
        rows.push(Row::Event(Event { object, request, ..event(number, *kind) }));
    }
    let bodies = [Vec::new(), b"{\"id\":1}".to_vec(), vec![b'x'; 100_000], (0..=255).collect()];
    for (number, bytes) in (1..).zip(bodies) {
        rows.push(Row::Body(Body { tenant: tenant(), id: BodyId(number), bytes }));
    }
    rows
}

pub(crate) fn delivery(event: i64, endpoint: i64, state: DeliveryState) -> Delivery {
    Delivery {
        tenant: tenant(),
        event: EventId::from_bytes(twelve(event)),
        endpoint: EndpointId::from_bytes(twelve(endpoint)),
        previous_sequence: 0,
        tries: 0,
        state,
        last_status: None,
    }
}

pub(crate) fn timers() -> Vec<Row> {
    let timer = |number: i64, due| Row::Timer(Timer { tenant: tenant(), at: at(number), due });
    vec![
        timer(1, Due::HoldLapses(IntentId::from_bytes(twelve(1)))),
        timer(1, Due::HoldLapses(IntentId::from_bytes(twelve(2)))),
        timer(5, Due::HoldLapses(IntentId::from_bytes(twelve(1)))),
        timer(900_000, Due::HoldLapses(IntentId::from_bytes(twelve(3)))),
        timer(5, Due::Ripens(Currency::EUR)),
        timer(5, Due::Ripens(Currency::USD)),
        timer(5, Due::PaysOut(7)),
        timer(5, Due::PayoutLeaves(PayoutId::from_bytes(twelve(1)))),
    ]
}

pub(crate) fn deliveries() -> Vec<Row> {
    let states = [
        DeliveryState::Due { at: at(1) },
        DeliveryState::Delivered { at: at(2) },
        DeliveryState::GivenUp { at: at(3) },
    ];
    let tried = |state| Delivery {
        previous_sequence: 7,
        tries: 3,
        last_status: Some(503),
        ..delivery(901, 1_000, state)
    };
    let mut rows: Vec<Row> = (1_000..)
        .zip(states)
        .map(|(number, state)| Row::Delivery(delivery(900, number, state)))
        .collect();
    rows.push(Row::Delivery(tried(DeliveryState::Due { at: at(4) })));
    rows
}

pub(crate) fn endpoint(number: i64, status: EndpointStatus) -> Endpoint {
    Endpoint {
        id: EndpointId::from_bytes(twelve(number)),
        tenant: tenant(),
        // Against the order of ids, so that a set ordered by the wrong one shows.
        seq: 9_000 - number,
        created: at(number * 500),
        url: "https://shop/hook".to_owned(),
        events: EventFilter::All,
        api_version: None,
        description: None,
        metadata: Metadata::new(),
        status,
        sealed_secret: Vec::new(),
        old_secret: None,
    }
}

pub(crate) fn endpoints() -> Vec<Row> {
    let names = vec!["charge.succeeded".to_owned(), "from.the.future".to_owned()];
    let statuses = [EndpointStatus::Enabled, EndpointStatus::Disabled, EndpointStatus::Deleted];
    let mut rows: Vec<Row> = (1_000..)
        .zip(statuses)
        .map(|(number, status)| Row::Endpoint(endpoint(number, status)))
        .collect();
    rows.push(Row::Endpoint(Endpoint {
        events: EventFilter::Some(names),
        api_version: text("2026-10-28.endive"),
        description: text("d"),
        metadata: metadata(),
        sealed_secret: vec![1, 0],
        old_secret: Some(OldSecret { sealed: vec![2, 255], until: at(7) }),
        ..endpoint(1_010, EndpointStatus::Enabled)
    }));
    rows.push(Row::Endpoint(Endpoint {
        events: EventFilter::Some(Vec::new()),
        ..endpoint(1_011, EndpointStatus::Enabled)
    }));
    rows
}

fn settlement() -> Settlement {
    let quotes = vec![(Currency::JPY, ratio()), (Currency::USD, ratio())];
    Settlement { currency: Some(Currency::EUR), quotes }
}

pub(crate) fn tenants() -> Vec<Row> {
    let tenant = |id: i64| Tenant {
        id: TenantId::from_raw(id),
        account: MerchantId::from_bytes(twelve(id)),
        name: "Shop & Söhne".to_owned(),
        created: at(0),
        next_seq: 1,
        next_transfer: 2,
        next_body: 3,
        clock_offset_ms: 4,
        fee: FeeSchedule { basis_points: 290, fixed_hundredths: 30 },
        payouts: PayoutSettings { delay_days: 7, interval: Interval::Monthly(31), schedule: 3 },
        settlement: if id == 2 { Settlement::default() } else { settlement() },
        platform: (id == 3).then_some(7),
        has_caps: id == 2,
    };
    let key = |number: u8, class, pages| {
        Row::ApiKey(ApiKey {
            hash: [number; 32],
            class,
            tenant: TenantId::from_raw(if number == 0 { 0 } else { 2 }),
            hint: "wxyz".to_owned(),
            created: at(0),
            pages,
            rights: if number == 5 { rights() } else { Rights::default() },
            last_used: (number == 5).then_some(at(9)),
        })
    };
    let origin = |text| Origin::parse(text).expect("an origin");
    let origins = vec![origin("https://shop.example"), origin("http://localhost:5173")];
    vec![
        Row::Tenant(tenant(2)),
        Row::Tenant(tenant(3)),
        key(1, KeyClass::Secret, Pages::default()),
        key(2, KeyClass::Publishable, Pages::default()),
        key(4, KeyClass::Publishable, Pages { origins, allow_scripts: true }),
        key(3, KeyClass::Publishable, Pages { allow_scripts: true, ..Pages::default() }),
        key(5, KeyClass::Restricted, Pages::default()),
        key(0, KeyClass::Operator, Pages::default()),
        Row::Allowance(Allowance {
            tenant: TenantId::from_raw(2),
            family: ApiKeyId::from_bytes([5; 12]),
            window: 3,
            currency: Currency::USD,
            minor: 700,
        }),
        spend(ObjectRef::Intent(IntentId::from_bytes(twelve(1))), 500),
        spend(ObjectRef::Refund(RefundId::from_bytes(twelve(1))), 200),
    ]
}

fn spend(about: ObjectRef, minor: i64) -> Row {
    Row::Spend(Spend {
        tenant: TenantId::from_raw(2),
        about,
        family: ApiKeyId::from_bytes([5; 12]),
        window: 3,
        amount: usd(minor),
    })
}

/// With everything in it that a key can have.
fn rights() -> Rights {
    let scopes = [(Resource::PaymentIntents, Access::Write), (Resource::Charges, Access::Read)];
    let total = TotalCap { minor: 5_000, window_ms: Some(3_600_000) };
    Rights {
        name: Some("Nightly job".to_owned()),
        scopes: Scopes(scopes.into()),
        caps: Some(Caps { currency: Currency::USD, each_minor: Some(1_000), total: Some(total) }),
        expires_at: Some(at(99)),
        family: Some(ApiKeyId::from_bytes([4; 12])),
    }
}
