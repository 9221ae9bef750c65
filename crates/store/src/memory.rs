//! The reference engine: rows in an ordered map. It is what the other engine is compared with, so it
//! says what is meant, in the plainest way; it does not try to be fast.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a filter names what it lets through; whatever else there is, or will be, stays out"
)]

mod due;
mod kind;
pub(crate) mod lease;
pub(crate) mod list;
mod sealed;
mod trail;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::mem::discriminant;

use farthing_core::id::{BankAccountId, EndpointId, EventId, RefundId};
use farthing_core::planted;
use farthing_core::time::TimestampMs;
use farthing_domain::audit::Line;
use farthing_domain::decide::batch::{Write, WriteSet};
use farthing_domain::delivery::DeliveryState;
use farthing_domain::endpoint::EndpointStatus;
use farthing_domain::idempotency::RecordState;
use farthing_domain::limits::REFUNDS_SHOWN;
use farthing_domain::query::{Cursor, List, Page, Query, Scan};
use farthing_domain::tenant::TenantId;
use farthing_domain::view::{Key, Row, View};

use crate::row::timer::due_parts;
use crate::snapshot::seq_of;
use due::{due_next, first_of, waits};
use kind::Kind;
use lease::Leases;
use list::{created, listed, within};

/// All rows.
#[derive(Default)]
pub(crate) struct Rows {
    stored: BTreeMap<Key, Row>,
    /// Deliveries by when they are due next.
    due: BTreeSet<(TimestampMs, Key)>,
    /// Disputes and payouts that wait for somebody: most do not any more.
    waiting: BTreeSet<Key>,
    settings: BTreeMap<String, Vec<u8>>,
    trail: Vec<Line>,
    leases: Leases,
}

impl Rows {
    /// Every row, in key order.
    pub(crate) fn each(&self) -> impl Iterator<Item = &Row> {
        self.stored.values()
    }

    /// Every value with its name.
    pub(crate) fn settings(&self) -> Vec<(String, Vec<u8>)> {
        self.settings.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    pub(crate) fn setting(&self, name: &str) -> Option<Vec<u8>> {
        self.settings.get(name).cloned()
    }

    pub(crate) fn set_setting(&mut self, name: &str, value: &[u8]) {
        self.settings.insert(name.to_owned(), value.to_vec());
    }

    pub(crate) fn load(&self, view: &mut View, keys: &[Key]) {
        for key in keys {
            match key {
                Key::Endpoints(tenant) => {
                    let mut rows = self.set(
                        &Kind::from(Key::Endpoint(*tenant, EndpointId::from_bytes([0; 12]))),
                        |row| match row {
                            Row::Endpoint(endpoint) => {
                                endpoint.tenant == *tenant
                                    && endpoint.status != EndpointStatus::Deleted
                            }
                            _ => false,
                        },
                    );
                    rows.sort_by_key(seq_of);
                    view.keep_set(*key, rows);
                }
                Key::Balances(tenant) => view.keep_set(
                    *key,
                    self.set(
                        &kind::balances(*tenant),
                        |row| matches!(row, Row::Balance(row) if row.tenant == *tenant),
                    ),
                ),
                Key::BankAccounts(tenant) => view.keep_set(
                    *key,
                    self.set(
                        &Kind::from(Key::BankAccount(*tenant, BankAccountId::from_bytes([0; 12]))),
                        |row| matches!(row, Row::BankAccount(row) if row.tenant == *tenant && !row.deleted),
                    ),
                ),
                Key::ApiKeys(tenant) => view.keep_set(
                    *key,
                    self.set(
                        &Kind::from(Key::ApiKey([0; 32])),
                        |row| matches!(row, Row::ApiKey(row) if row.tenant == *tenant),
                    ),
                ),
                Key::RefundsOf(tenant, charge) => {
                    let mut rows = self.set(
                        &Kind::from(Key::Refund(*tenant, RefundId::from_bytes([0; 12]))),
                        |row| matches!(row, Row::Refund(row) if row.tenant == *tenant && row.charge == *charge),
                    );
                    rows.sort_by_key(|row| Reverse(seq_of(row)));
                    rows.truncate(REFUNDS_SHOWN.saturating_add(1));
                    view.keep_set(*key, rows);
                }
                Key::Deliveries(tenant, event) => {
                    view.keep_set(*key, self.deliveries(*tenant, *event).cloned().collect());
                }
                one => view.keep(*one, self.stored.get(one).cloned()),
            }
        }
    }

    fn set(&self, kind: &Kind, member: impl Fn(&Row) -> bool) -> Vec<Row> {
        self.of(kind).filter(|row| member(row)).cloned().collect()
    }

    /// All rows of a kind, in key order.
    fn of(&self, kind: &Kind) -> impl Iterator<Item = &Row> {
        let (before, same) = (discriminant(&kind.start), discriminant(&kind.like));
        self.stored
            .range(kind.start..)
            .skip_while(move |(key, _)| before != same && discriminant(*key) == before)
            .take_while(move |(key, _)| discriminant(*key) == same)
            .map(|(_, row)| row)
    }

    /// The rows of a kind that wait for something, in key order.
    fn waiting(&self, kind: &Kind) -> impl Iterator<Item = &Row> {
        let same = discriminant(&kind.like);
        self.waiting
            .range(kind.start..)
            .take_while(move |key| discriminant(*key) == same)
            .filter_map(|key| self.stored.get(key))
    }

    /// The deliveries that are due by then, soonest first.
    fn due_by(&self, by: TimestampMs) -> impl Iterator<Item = &Row> {
        let due = self.due.iter().take_while(move |(at, _)| *at <= by);
        due.filter_map(|(_, key)| self.stored.get(key))
    }

    /// The deliveries of one event.
    fn deliveries(&self, tenant: TenantId, event: EventId) -> impl Iterator<Item = &Row> {
        let first = Key::Delivery(tenant, event, EndpointId::from_bytes([0; 12]));
        let last = Key::Delivery(tenant, event, EndpointId::from_bytes([0xff; 12]));
        self.stored.range(first..=last).map(|(_, row)| row)
    }

    /// Puts a batch into effect: all of it, or nothing.
    ///
    /// # Panics
    /// If a write contradicts what is stored; nothing is changed then.
    pub(crate) fn apply(&mut self, writes: &WriteSet) {
        for (key, write) in writes.iter() {
            let there = self.stored.contains_key(key);
            match write {
                Write::Insert(_) if planted!("no_unique") => {}
                Write::Insert(_) => assert!(!there, "inserted over a stored row: {key:?}"),
                Write::Update(_) => assert!(there, "updated a row that is not stored: {key:?}"),
                Write::Delete => assert!(there, "deleted a row that is not stored: {key:?}"),
            }
        }
        for (key, write) in writes.iter() {
            match write {
                Write::Insert(row) | Write::Update(row) => {
                    let old = self.stored.insert(*key, row.clone());
                    self.index(*key, old.as_ref(), Some(row));
                }
                Write::Delete => {
                    let old = self.stored.remove(key);
                    self.index(*key, old.as_ref(), None);
                }
            }
        }
    }

    /// Remembers what waits, and for when.
    fn index(&mut self, key: Key, old: Option<&Row>, new: Option<&Row>) {
        if let Some(at) = old.and_then(due_next) {
            self.due.remove(&(at, key));
        }
        if let Some(at) = new.and_then(due_next) {
            self.due.insert((at, key));
        }
        if new.is_some_and(waits) {
            self.waiting.insert(key);
        } else {
            self.waiting.remove(&key);
        }
    }

    pub(crate) fn page(&self, query: &Query) -> Page {
        let mut rows: Vec<(i64, &Row)> = self
            .of(&kind::listed(query.tenant, &query.list))
            .filter(|row| listed(row, query.tenant, &query.list))
            .filter(|row| self.was_due(row, &query.list))
            .filter(|row| created(row).is_some_and(|at| within(at, query.created)))
            .filter_map(|row| seq_of(row).map(|seq| (seq, row)))
            .collect();
        rows.sort_by_key(|(seq, _)| *seq);
        match query.cursor {
            Cursor::Start => rows.reverse(),
            Cursor::After(place) => {
                rows.retain(|(seq, _)| *seq < place);
                rows.reverse();
            }
            Cursor::Before(place) => rows.retain(|(seq, _)| *seq > place),
        }
        let has_more = rows.len() > query.limit;
        rows.truncate(query.limit);
        if matches!(query.cursor, Cursor::Before(_)) {
            rows.reverse();
        }
        Page { rows: rows.into_iter().map(|(_, row)| row.clone()).collect(), has_more }
    }

    /// Whether an event had a delivery to the endpoint that is asked about, if one is.
    fn was_due(&self, row: &Row, list: &List) -> bool {
        match (list, row) {
            (List::EventsOf { endpoint: Some(endpoint), .. }, Row::Event(event)) => {
                self.stored.contains_key(&Key::Delivery(event.tenant, event.id, *endpoint))
            }
            (List::Events { delivered: Some(asked), .. }, Row::Event(event)) => {
                let open = |row: &Row| {
                    matches!(row, Row::Delivery(row)
                        if !matches!(row.state, DeliveryState::Delivered { .. }))
                };
                self.deliveries(event.tenant, event.id).any(open) != *asked
            }
            _ => true,
        }
    }

    pub(crate) fn scan(&self, scan: &Scan) -> Vec<Row> {
        let limit = match scan {
            Scan::Sealed { after, limit, .. } => return self.sealed(scan, *after, *limit),
            Scan::DeliveriesTo { due_by, endpoints } => return self.due_to(*due_by, endpoints),
            Scan::Attempts { limit, .. }
            | Scan::Deliveries { limit, .. }
            | Scan::DisputesDue { limit, .. }
            | Scan::DisputesUntold { limit }
            | Scan::PayoutsUntold { limit }
            | Scan::DeliveriesOf { limit, .. }
            | Scan::Timers { limit, .. }
            | Scan::Records { limit, .. } => *limit,
            Scan::ChargeUnder { .. } | Scan::KeyNamed { .. } => 1,
            Scan::TenantsOf { .. } => 2,
        };
        let kind = kind::scanned(scan);
        let dated = |row| Some((self.due_at(row, scan)?, row));
        let mut due: Vec<(TimestampMs, &Row)> = match scan {
            Scan::Timers { wall, tenant, .. } => self.timers(*wall, *tenant),
            Scan::Deliveries { due_by, .. } => {
                first_of(self.due_by(*due_by).filter_map(dated), limit)
            }
            Scan::DeliveriesOf { .. } => {
                first_of(self.due_by(TimestampMs::from_ms(i64::MAX)).filter_map(dated), limit)
            }
            Scan::DisputesDue { .. } | Scan::DisputesUntold { .. } | Scan::PayoutsUntold { .. } => {
                self.waiting(&kind).filter_map(dated).collect()
            }
            _ => self.of(&kind).filter_map(dated).collect(),
        };
        due.sort_by_key(|(at, row)| (*at, by_id(row)));
        if let Scan::Timers { after: Some(after), .. } = scan {
            let place = (after.at, by_id(&Row::Timer(after.clone())));
            due.retain(|(at, row)| (*at, by_id(row)) > place);
        }
        due.into_iter().take(limit).map(|(_, row)| row.clone()).collect()
    }

    /// How far a tenant's clock is ahead of wall time.
    fn offset_ms(&self, tenant: TenantId) -> i64 {
        match self.stored.get(&Key::Tenant(tenant)) {
            Some(Row::Tenant(tenant)) => tenant.clock_offset_ms,
            _ => 0,
        }
    }

    /// The timers that are due by their tenants' clocks.
    fn timers(&self, wall: TimestampMs, of: Option<TenantId>) -> Vec<(TimestampMs, &Row)> {
        let first = |tenant, at| Key::Timer(tenant, at, kind::FIRST_DUE);
        let mut due = Vec::new();
        for row in self.of(&Key::Tenant(kind::NOBODY).into()) {
            let Row::Tenant(tenant) = row else { continue };
            if of.is_none_or(|of| of == tenant.id) {
                let after = wall.plus_ms(tenant.clock_offset_ms.saturating_add(1));
                let from = first(tenant.id, TimestampMs::from_ms(i64::MIN));
                let rows = self.stored.range(from..first(tenant.id, after));
                due.extend(rows.filter_map(|(_, row)| match row {
                    Row::Timer(timer) => Some((timer.at, row)),
                    _ => None,
                }));
            }
        }
        due
    }

    /// When a row is due, if the range has it.
    fn due_at(&self, row: &Row, scan: &Scan) -> Option<TimestampMs> {
        match (scan, row) {
            (Scan::DisputesDue { due_by, .. }, Row::Dispute(dispute)) => {
                let due_by = due_by.plus_ms(self.offset_ms(dispute.tenant));
                Some(dispute.due_by).filter(|at| *at <= due_by && dispute.state.waits())
            }
            _ => due_at(row, scan),
        }
    }
}

/// Among rows of one moment, by their own ids, whoever they belong to.
fn by_id(row: &Row) -> Vec<u8> {
    match row {
        Row::Delivery(row) => [row.event.bytes(), row.endpoint.bytes()].concat(),
        Row::Dispute(row) => [&row.tenant.raw().to_be_bytes()[..], &row.id.bytes()[..]].concat(),
        Row::Payout(row) => [&row.tenant.raw().to_be_bytes()[..], &row.id.bytes()[..]].concat(),
        Row::Attempt(row) => row.id.bytes().to_vec(),
        Row::Tenant(row) => row.id.raw().to_be_bytes().to_vec(),
        Row::ApiKey(row) => row.hash.to_vec(),
        Row::Timer(row) => {
            let (kind, about) = due_parts(row.due);
            [&row.tenant.raw().to_be_bytes()[..], &kind.to_be_bytes()[..], &about].concat()
        }
        Row::Record(row) => [&row.tenant.raw().to_be_bytes()[..], &row.key.0[..]].concat(),
        _ => Vec::new(),
    }
}

/// When a row is due, if the range has it.
fn due_at(row: &Row, scan: &Scan) -> Option<TimestampMs> {
    match (scan, row) {
        (Scan::Attempts { due_by, .. }, Row::Attempt(attempt)) => {
            Some(attempt.lookup_at).filter(|at| at <= due_by)
        }
        (Scan::ChargeUnder { reference }, Row::Charge(charge)) => {
            (charge.reference == *reference).then_some(charge.created)
        }
        (Scan::TenantsOf { account }, Row::Tenant(tenant)) => {
            (tenant.account == *account).then_some(TimestampMs::default())
        }
        (Scan::KeyNamed { id }, Row::ApiKey(key)) => {
            (key.id() == *id).then_some(TimestampMs::default())
        }
        (Scan::DisputesUntold { .. }, Row::Dispute(dispute)) => {
            dispute.untold.map(|_| dispute.due_by)
        }
        (Scan::PayoutsUntold { .. }, Row::Payout(payout)) => {
            payout.untold.then_some(payout.created)
        }
        (Scan::Deliveries { since, due_by, groups, except, .. }, Row::Delivery(delivery)) => {
            let endpoint = &delivery.endpoint;
            match delivery.state {
                DeliveryState::Due { at } => Some(at).filter(|at| {
                    (since..=due_by).contains(&at)
                        && groups.hold(*endpoint)
                        && !except.contains(endpoint)
                }),
                DeliveryState::Delivered { .. } | DeliveryState::GivenUp { .. } => None,
            }
        }
        (Scan::DeliveriesOf { tenant, after, .. }, Row::Delivery(delivery)) => {
            match delivery.state {
                DeliveryState::Due { at } if delivery.tenant == *tenant => Some(at).filter(|at| {
                    after.is_none_or(|after| after < (*at, delivery.event, delivery.endpoint))
                }),
                _ => None,
            }
        }
        (Scan::Records { before, .. }, Row::Record(record)) => match record.state {
            RecordState::Done { at, .. } => Some(at).filter(|at| at < before),
            RecordState::InProgress { .. } => None,
        },
        _ => None,
    }
}
