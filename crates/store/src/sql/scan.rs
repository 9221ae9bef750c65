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
use crate::row::timer::due_parts;
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
        Scan::DisputesDue { due_by, limit } => {
            let order = "ORDER BY due_by, tenant, id LIMIT ?2";
            let condition = by_clock::<Dispute>(("due_by", "disputes.status IN (1, 4)"), order);
            from.some::<Dispute>(&condition, values.time(*due_by).int(rows(*limit)))
        }
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
        Scan::Timers { wall, tenant, after, limit } => {
            let values = values.time(*wall).int(rows(*limit));
            timers(from, values, (*tenant, after.as_ref()))
        }
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

/// What is due by the clocks of the tenants, by a column: two ranges, each by an index, because few
/// clocks are ahead. Everybody's by wall time; and what is due beyond that where the clock is ahead.
fn by_clock<T: Stored>((at, also): (&str, &str), order: &str) -> String {
    let table = T::TABLE.name;
    let columns: Vec<String> = T::TABLE.columns().map(|it| format!("{table}.{it}")).collect();
    let columns = columns.join(", ");
    // The tenants first: their clocks bound the range in the other table.
    format!(
        "WHERE {table}.{at} <= ?1 AND {also} UNION ALL \
         SELECT {columns} FROM tenants INDEXED BY tenants_ahead CROSS JOIN {table} \
         WHERE tenants.clock_offset_ms > 0 AND {table}.tenant = tenants.id AND {also} \
         AND {table}.{at} > ?1 AND {table}.{at} <= ?1 + tenants.clock_offset_ms {order}"
    )
}

/// Timers that are due, perhaps of one tenant and beyond one of them.
fn timers(
    from: &impl Rows,
    mut values: Values,
    (tenant, after): (Option<TenantId>, Option<&Timer>),
) -> Result<Vec<Row>, StoreError> {
    let mut beyond = "TRUE";
    if let Some(after) = after {
        let (kind, about) = due_parts(after.due);
        values = values.time(after.at).tenant(after.tenant).int(kind).blob(&about);
        beyond = "(timers.at, timers.tenant, kind, about) > (?3, ?4, ?5, ?6)";
    }
    let order = "ORDER BY at, tenant, kind, about LIMIT ?2";
    let Some(tenant) = tenant else {
        return from.some::<Timer>(&by_clock::<Timer>(("at", beyond), order), values);
    };
    let own = if after.is_some() { "?7" } else { "?3" };
    let condition = format!(
        "WHERE timers.tenant = {own} AND {beyond} \
         AND at <= ?1 + (SELECT clock_offset_ms FROM tenants WHERE id = {own}) {order}"
    );
    from.some::<Timer>(&condition, values.tenant(tenant))
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

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use farthing_core::time::TimestampMs;
    use farthing_domain::network::Reference;
    use farthing_domain::timer::Due;
    use rusqlite::types::Value;
    use rusqlite::{Connection, params_from_iter};

    use super::*;
    use crate::sqlite::open::migrated;

    /// How SQLite would go about what is asked; it answers nothing.
    struct Plans(Connection, RefCell<Vec<String>>);

    impl Rows for Plans {
        fn some<T: Stored>(&self, condition: &str, values: Values) -> Result<Vec<Row>, StoreError> {
            let sql = format!("EXPLAIN QUERY PLAN {} {condition}", T::TABLE.sql().select);
            let mut statement = self.0.prepare(&sql).unwrap();
            let steps = statement.query_map(params_from_iter(values.0), |row| row.get(3)).unwrap();
            self.1.borrow_mut().extend(steps.map(Result::unwrap));
            Ok(Vec::new())
        }

        fn lines(&self, _: &str, _: Values) -> Result<Vec<Vec<Value>>, StoreError> {
            unreachable!("a range is of rows")
        }
    }

    /// What is looked for again and again must not read what is not due.
    #[test]
    fn what_is_due_is_found_by_an_index() {
        let moment = TimestampMs::from_ms(1);
        let tenant = TenantId::from_raw(2);
        let after = Timer { tenant, at: moment, due: Due::PaysOut(1) };
        let timers = |tenant, after| Scan::Timers { wall: moment, tenant, after, limit: 9 };
        let scans = [
            timers(None, None),
            timers(None, Some(after.clone())),
            timers(Some(tenant), None),
            timers(Some(tenant), Some(after)),
            Scan::DisputesDue { due_by: moment, limit: 9 },
            Scan::Attempts { due_by: moment, limit: 9 },
            Scan::Records { before: moment, limit: 9 },
            Scan::ChargeUnder { reference: Reference([0; 16]) },
        ];
        for asked in scans {
            let plans = Plans(migrated(), RefCell::default());
            scan(&plans, &asked).unwrap();
            let steps = plans.1.into_inner();
            // The few tenants whose clock is ahead have an index of their own, which is read whole.
            let walks =
                |step: &&String| step.starts_with("SCAN") && !step.contains("tenants_ahead");
            assert_eq!(steps.iter().find(walks), None, "{asked:?}: {steps:#?}");
            assert!(steps.iter().any(|step| step.contains("SEARCH")), "{asked:?}: {steps:#?}");
        }
    }
}
