//! The closed set of ranges that belong to no tenant.

use farthing_core::id::{ApiKeyId, EndpointId};
use farthing_core::time::TimestampMs;
use farthing_domain::attempt::Attempt;
use farthing_domain::bank::BankAccount;
use farthing_domain::charge::Charge;
use farthing_domain::delivery::{Delivery, Groups};
use farthing_domain::dispute::Dispute;
use farthing_domain::endpoint::Endpoint;
use farthing_domain::idempotency::Record;
use farthing_domain::method::PaymentMethod;
use farthing_domain::payout::Payout;
use farthing_domain::query::{Scan, Sealed};
use farthing_domain::tenant::{ApiKey, Tenant, TenantId};
use farthing_domain::timer::Timer;
use farthing_domain::token::Token;
use farthing_domain::view::Row;

use crate::error::StoreError;
use crate::row::Stored;
use crate::row::fields::Values;
use crate::sql::Rows;

/// Bytes of a key's hash.
const HASH_BYTES: usize = 32;

/// A range, soonest first.
pub(crate) fn scan(from: &impl Rows, scan: &Scan) -> Result<Vec<Row>, StoreError> {
    let values = Values::default();
    match scan {
        Scan::Sealed { of, after, limit } => sealed(from, (*of, *after), *limit),
        Scan::Attempts { due_by, limit } => from.some::<Attempt>(
            "WHERE lookup_at <= ?1 ORDER BY lookup_at, id LIMIT ?2",
            values.time(*due_by).int(rows(*limit)),
        ),
        Scan::ChargeUnder { reference } => {
            from.some::<Charge>("WHERE reference = ?1", values.blob(&reference.0))
        }
        Scan::DisputesDue { due_by, limit } => from.some::<Dispute>(
            "WHERE status IN (1, 4) AND (due_by <= ?1 OR due_by <= ?1 + \
             (SELECT clock_offset_ms FROM tenants WHERE id = disputes.tenant)) \
             ORDER BY due_by, tenant, id LIMIT ?2",
            values.time(*due_by).int(rows(*limit)),
        ),
        Scan::DisputesUntold { limit } => untold::<Dispute>(from, "due_by", *limit),
        Scan::PayoutsUntold { limit } => untold::<Payout>(from, "created", *limit),
        Scan::Deliveries { since, due_by, limit, groups, except } => {
            let values = values.time(*due_by).int(rows(*limit)).time(*since);
            deliveries(from, values, (*groups, except))
        }
        Scan::DeliveriesTo { due_by, endpoints } => deliveries_to(from, *due_by, endpoints),
        Scan::DeliveriesOf { tenant, after, limit } => {
            let values = values.tenant(*tenant).int(rows(*limit));
            let (condition, values) = match after {
                None => ("", values),
                Some((at, event, endpoint)) => (
                    "AND (at, event, endpoint) > (?3, ?4, ?5)",
                    values.time(*at).blob(&event.bytes()).blob(&endpoint.bytes()),
                ),
            };
            let condition = format!(
                "WHERE state = 1 AND tenant = ?1 {condition} ORDER BY at, event, endpoint LIMIT ?2"
            );
            from.some::<Delivery>(&condition, values)
        }
        Scan::Timers { wall, tenant: None, limit } => from.some::<Timer>(
            // Two ranges, each with its index: everybody's by wall time, and those of the few tenants
            // whose clock is ahead of it.
            "WHERE at <= ?1 OR (tenant IN (SELECT id FROM tenants WHERE clock_offset_ms > 0) \
             AND at <= ?1 + (SELECT clock_offset_ms FROM tenants WHERE id = timers.tenant)) \
             ORDER BY at, tenant, kind, about LIMIT ?2",
            values.time(*wall).int(rows(*limit)),
        ),
        Scan::Timers { wall, tenant: Some(tenant), limit } => from.some::<Timer>(
            "WHERE tenant = ?3 AND at <= ?1 + (SELECT clock_offset_ms FROM tenants WHERE id = ?3) \
             ORDER BY at, tenant, kind, about LIMIT ?2",
            values.time(*wall).int(rows(*limit)).tenant(*tenant),
        ),
        Scan::TenantsOf { account } => {
            from.some::<Tenant>("WHERE account = ?1 ORDER BY id", values.blob(&account.bytes()))
        }
        Scan::KeyNamed { id } => key_named(from, *id),
        Scan::Records { before, limit } => from.some::<Record>(
            "WHERE done_at < ?1 ORDER BY done_at, tenant, key LIMIT ?2",
            values.time(*before).int(rows(*limit)),
        ),
    }
}

/// Rows with seals, in the order of their primary key.
fn sealed(
    from: &impl Rows,
    (of, after): (Sealed, Option<(TenantId, [u8; 12])>),
    limit: usize,
) -> Result<Vec<Row>, StoreError> {
    let values = Values::default().int(rows(limit));
    let (place, values) = match after {
        None => ("", values),
        Some((tenant, id)) => ("WHERE (tenant, id) > (?2, ?3)", values.tenant(tenant).blob(&id)),
    };
    let condition = format!("{place} ORDER BY tenant, id LIMIT ?1");
    match of {
        Sealed::Methods => from.some::<PaymentMethod>(&condition, values),
        Sealed::Tokens => from.some::<Token>(&condition, values),
        Sealed::Endpoints => from.some::<Endpoint>(&condition, values),
        Sealed::BankAccounts => from.some::<BankAccount>(&condition, values),
    }
}

/// Due deliveries of all endpoints of some groups, but some.
fn deliveries(
    from: &impl Rows,
    mut values: Values,
    (groups, except): (Groups, &[EndpointId]),
) -> Result<Vec<Row>, StoreError> {
    if groups == Groups::NONE {
        return Ok(Vec::new());
    }
    for endpoint in except {
        values = values.blob(&endpoint.bytes());
    }
    let mut places = (4..).map(|place: usize| format!("?{place}"));
    let excepted: Vec<String> = places.by_ref().take(except.len()).collect();
    let others = if excepted.is_empty() {
        String::new()
    } else {
        format!("AND endpoint NOT IN ({}) ", excepted.join(", "))
    };
    let mut ours = Vec::new();
    if groups != Groups::ALL {
        for group in groups.iter() {
            let (first, last) = Groups::last_bytes(group);
            values = values.blob(&[first]).blob(&[last]);
            let (from, to) = (places.next().unwrap_or_default(), places.next().unwrap_or_default());
            ours.push(format!("substr(endpoint, 12, 1) BETWEEN {from} AND {to}"));
        }
    }
    let ours =
        if ours.is_empty() { String::new() } else { format!("AND ({}) ", ours.join(" OR ")) };
    let condition = format!(
        "WHERE state = 1 AND at BETWEEN ?3 AND ?1 {others}{ours}ORDER BY at, event, endpoint LIMIT ?2"
    );
    from.some::<Delivery>(&condition, values)
}

/// Due deliveries of some endpoints, each by its own range of the index.
fn deliveries_to(
    from: &impl Rows,
    due_by: TimestampMs,
    endpoints: &[(EndpointId, usize)],
) -> Result<Vec<Row>, StoreError> {
    let mut found = Vec::new();
    for (endpoint, limit) in endpoints {
        found.extend(from.some::<Delivery>(
            "WHERE state = 1 AND endpoint = ?1 AND at <= ?2 ORDER BY at, event LIMIT ?3",
            Values::default().blob(&endpoint.bytes()).time(due_by).int(rows(*limit)),
        )?);
    }
    Ok(found)
}

/// A name is how its key's hash begins.
fn key_named(from: &impl Rows, id: ApiKeyId) -> Result<Vec<Row>, StoreError> {
    let (mut first, mut last) = (id.bytes().to_vec(), id.bytes().to_vec());
    first.resize(HASH_BYTES, 0);
    last.resize(HASH_BYTES, u8::MAX);
    from.some::<ApiKey>(
        "WHERE hash BETWEEN ?1 AND ?2 ORDER BY hash LIMIT 1",
        Values::default().blob(&first).blob(&last),
    )
}

/// Rows of which the network has still to be told, in the order of a column.
fn untold<T: Stored>(from: &impl Rows, order: &str, limit: usize) -> Result<Vec<Row>, StoreError> {
    let condition = format!("WHERE untold IS NOT NULL ORDER BY {order}, tenant, id LIMIT ?1");
    from.some::<T>(&condition, Values::default().int(rows(limit)))
}

fn rows(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
