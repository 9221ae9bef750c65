//! A page of a list as one statement. The statement's text depends only on which filters there are,
//! so that a handful of prepared statements serve all pages.

use farthing_core::currency::Currency;
use farthing_core::id::{
    BankAccountId, ChargeId, CustomerId, EndpointId, IntentId, PaymentMethodId, PayoutId,
};
use farthing_core::time::TimestampMs;
use farthing_domain::bank::BankAccount;
use farthing_domain::charge::Charge;
use farthing_domain::customer::Customer;
use farthing_domain::dispute::Dispute;
use farthing_domain::endpoint::Endpoint;
use farthing_domain::event::Event;
use farthing_domain::intent::Intent;
use farthing_domain::ledger::account::Account;
use farthing_domain::ledger::transfer::{BalanceTransaction, Reason, Transfer};
use farthing_domain::method::PaymentMethod;
use farthing_domain::object::ObjectRef;
use farthing_domain::payout::Payout;
use farthing_domain::query::{CreatedRange, Cursor, List, Page, Query};
use farthing_domain::refund::Refund;
use farthing_domain::setup::{SetupAttempt, SetupIntent};
use farthing_domain::warning::FraudWarning;

use crate::error::StoreError;
use crate::row::Stored;
use crate::row::fields::Values;
use crate::row::number::object_parts;
use crate::sql::{Rows, quarters};

/// The last millisecond of a second.
const SECOND_END_MS: i64 = 999;

/// One page.
pub(crate) fn page(rows: &impl Rows, query: &Query) -> Result<Page, StoreError> {
    match &query.list {
        List::Intents | List::IntentsOf { .. } => paged::<Intent>(rows, query),
        List::MethodsOf { .. } => paged::<PaymentMethod>(rows, query),
        List::Setups { .. } => paged::<SetupIntent>(rows, query),
        List::SetupAttempts { .. } => paged::<SetupAttempt>(rows, query),
        List::Warnings { .. } => paged::<FraudWarning>(rows, query),
        List::Charges { .. } | List::ChargesOf { .. } => paged::<Charge>(rows, query),
        List::Customers { .. } => paged::<Customer>(rows, query),
        List::Refunds { .. } => paged::<Refund>(rows, query),
        List::Disputes { .. } => paged::<Dispute>(rows, query),
        List::Events { .. } | List::EventsOf { .. } => paged::<Event>(rows, query),
        List::Endpoints => paged::<Endpoint>(rows, query),
        List::Transfers { .. } => paged::<Transfer>(rows, query),
        List::BalanceTransactions { .. } | List::LinesOfPayout { .. } => {
            paged::<BalanceTransaction>(rows, query)
        }
        List::Payouts { .. } => paged::<Payout>(rows, query),
        List::BankAccounts => paged::<BankAccount>(rows, query),
    }
}

fn paged<T: Stored>(from: &impl Rows, query: &Query) -> Result<Page, StoreError> {
    let mut clauses = Clauses::default();
    clauses.and("tenant =", |values| values.tenant(query.tenant));
    filters(&mut clauses, &query.list);
    clauses.within("created", query.created);
    clauses.placed(query);
    let place = place(&query.list);
    let order = match query.cursor {
        Cursor::Start => "DESC",
        Cursor::After(seq) => {
            clauses.and(&format!("{place} <"), |values| values.int(seq));
            "DESC"
        }
        Cursor::Before(seq) => {
            clauses.and(&format!("{place} >"), |values| values.int(seq));
            "ASC"
        }
    };
    // One row more than asked for says whether there is more.
    let asked = i64::try_from(query.limit).unwrap_or(i64::MAX).saturating_add(1);
    // A source has two lines at the most, an object a handful of events, but without statistics the
    // planner takes a walk through all that a tenant has for cheaper: it is told.
    let index = match query.list {
        List::BalanceTransactions { source: Some(_), .. } => {
            "INDEXED BY balance_transactions_source "
        }
        List::EventsOf { .. } => "INDEXED BY events_object ",
        List::BalanceTransactions { source: None, .. }
        | List::Intents
        | List::IntentsOf { .. }
        | List::MethodsOf { .. }
        | List::Setups { .. }
        | List::SetupAttempts { .. }
        | List::Warnings { .. }
        | List::ChargesOf { .. }
        | List::Charges { .. }
        | List::Customers { .. }
        | List::Refunds { .. }
        | List::Disputes { .. }
        | List::Events { .. }
        | List::Transfers { .. }
        | List::LinesOfPayout { .. }
        | List::Payouts { .. }
        | List::BankAccounts
        | List::Endpoints => "",
    };
    // The events of one object have one order by either number; only this one is in its index.
    let by = if matches!(query.list, List::EventsOf { .. }) { "sequence" } else { place };
    let (text, values) = clauses.limited((by, order), asked);
    let text = format!("{index}{text}");
    let mut rows = from.some::<T>(&text, values)?;
    let has_more = rows.len() > query.limit;
    rows.truncate(query.limit);
    if matches!(query.cursor, Cursor::Before(_)) {
        rows.reverse();
    }
    Ok(Page { rows, has_more })
}

/// The column by which a list is ordered.
fn place(list: &List) -> &'static str {
    match list {
        // A transfer's number is its place.
        List::Transfers { .. } => "number",
        // What is listed is known by its ids: the planner must not walk all places instead.
        List::LinesOfPayout { .. } => "+seq",
        List::Intents
        | List::IntentsOf { .. }
        | List::MethodsOf { .. }
        | List::Setups { .. }
        | List::SetupAttempts { .. }
        | List::Warnings { .. }
        | List::ChargesOf { .. }
        | List::Charges { .. }
        | List::Customers { .. }
        | List::Refunds { .. }
        | List::Disputes { .. }
        | List::Events { .. }
        | List::EventsOf { .. }
        | List::BalanceTransactions { .. }
        | List::Payouts { .. }
        | List::BankAccounts
        | List::Endpoints => "seq",
    }
}

fn filters(clauses: &mut Clauses, list: &List) {
    match list {
        List::MethodsOf { customer, kind } => {
            clauses.and("customer =", |values| values.blob(&customer.bytes()));
            if let Some(kind) = kind {
                clauses.and("kind =", |values| values.int(i64::from(kind.number)));
            }
        }
        List::IntentsOf { customer } => {
            clauses.and("customer =", |values| values.blob(&customer.bytes()));
        }
        List::ChargesOf { .. } | List::Charges { .. } => charges(clauses, list),
        List::Customers { email } => {
            clauses.conditions.push("deleted = 0".to_owned());
            if let Some(email) = email {
                clauses.and("email =", |values| values.text(email));
            }
        }
        List::Setups { customer, method } => {
            clauses.same("customer =", customer.map(CustomerId::bytes));
            clauses.same("method =", method.map(PaymentMethodId::bytes));
        }
        List::SetupAttempts { setup } => {
            clauses.and("setup =", |values| values.blob(&setup.bytes()));
        }
        List::Refunds { charge, intent }
        | List::Disputes { charge, intent }
        | List::Warnings { charge, intent } => {
            clauses.same("charge =", charge.map(ChargeId::bytes));
            clauses.same("intent =", intent.map(IntentId::bytes));
        }
        List::Payouts { state, destination, arrival } => {
            if let Some(state) = state {
                clauses.and("status =", |values| values.number(*state));
            }
            clauses.same("destination =", destination.map(BankAccountId::bytes));
            clauses.within("arrival", *arrival);
        }
        List::LinesOfPayout { payout, currency, after, until, reasons } => {
            lines_of_payout(clauses, (*payout, *currency), (*after, *until));
            clauses.reasons(reasons.as_deref());
        }
        List::BankAccounts => clauses.conditions.push("deleted = 0".to_owned()),
        List::Intents => {}
        List::Events { .. } => events(clauses, list),
        List::EventsOf { object, after, endpoint } => {
            let (kind, id) = object_parts(*object);
            clauses.and("object_kind =", |values| values.int(kind));
            clauses.and("object =", |values| values.blob(&id));
            clauses.and("sequence >", |values| values.int(i64::from(*after)));
            if let Some(endpoint) = endpoint {
                clauses.due_to(*endpoint);
            }
        }
        List::Endpoints => clauses.conditions.push("status <> 3".to_owned()),
        List::Transfers { .. } => transfers(clauses, list),
        List::BalanceTransactions { .. } => lines(clauses, list),
    }
}

fn charges(clauses: &mut Clauses, list: &List) {
    let (List::Charges { intent, group } | List::ChargesOf { intent, group, .. }) = list else {
        return;
    };
    if let List::ChargesOf { customer, .. } = list {
        clauses.and("customer =", |values| values.blob(&customer.bytes()));
    }
    clauses.same("intent =", intent.map(IntentId::bytes));
    if let Some(group) = group {
        clauses.and("transfer_group =", |values| values.text(group));
    }
}

fn events(clauses: &mut Clauses, list: &List) {
    let List::Events { kinds, delivered, since_s } = list else { return };
    if let Some(kinds) = kinds {
        clauses.any_of("kind", kinds.iter().map(|kind| kind.number()));
    }
    if let Some(since) = since_s {
        clauses.and("created >=", |values| values.int(since.saturating_mul(1_000)));
    }
    if let Some(delivered) = delivered {
        clauses.delivered(*delivered);
    }
}

fn lines(clauses: &mut Clauses, list: &List) {
    let List::BalanceTransactions { source, reasons, currency } = list else { return };
    if let Some(source) = source {
        clauses.source(*source);
    }
    if let Some(currency) = currency {
        clauses.and("currency =", |values| values.text(currency.code()));
    }
    clauses.reasons(reasons.as_deref());
}

fn transfers(clauses: &mut Clauses, list: &List) {
    let List::Transfers { reasons, source, touching } = list else { return };
    clauses.reasons(reasons.as_deref());
    if let Some(source) = source {
        clauses.source(*source);
    }
    if let Some((account, currency)) = touching {
        clauses.touching(*account, *currency);
    }
}

/// A payout's own line, and those that became available within, other payouts left out.
fn lines_of_payout(
    clauses: &mut Clauses,
    (payout, currency): (PayoutId, Currency),
    (after, until): (TimestampMs, TimestampMs),
) {
    let (kind, id) = object_parts(ObjectRef::Payout(payout));
    clauses.and("currency =", |values| values.text(currency.code()));
    // Ids by one index and by another: of a condition with OR the planner would make a walk.
    let ids = "id IN (SELECT id FROM balance_transactions WHERE tenant = ?1 \
        AND available_on > ? AND available_on <= ? AND reason <> ? \
        UNION ALL SELECT id FROM balance_transactions WHERE tenant = ?1 \
        AND source = ? AND source_kind = ? AND reason = ?)";
    clauses.numbered(ids, |values| {
        let values = values.time(after).time(until).number(Reason::Payout);
        values.blob(&id).int(kind).number(Reason::Payout)
    });
}

/// Conditions, and their values in the same order.
#[derive(Default)]
struct Clauses {
    conditions: Vec<String>,
    values: Values,
}

impl Clauses {
    /// The id, where one is asked for.
    fn same(&mut self, column: &str, id: Option<[u8; 12]>) {
        if let Some(id) = id {
            self.and(column, |values| values.blob(&id));
        }
    }

    /// Of one object.
    fn source(&mut self, source: ObjectRef) {
        let (kind, id) = object_parts(source);
        self.and("source =", |values| values.blob(&id));
        self.and("source_kind =", |values| values.int(kind));
    }

    /// For some reasons only, if any are named.
    fn reasons(&mut self, reasons: Option<&[Reason]>) {
        if let Some(reasons) = reasons {
            self.any_of("reason", reasons.iter().map(|reason| reason.number()));
            if !reasons.contains(&Reason::Charge) {
                // What is no charge is few among many, and has an index of its own.
                self.conditions.push(format!("reason <> {}", Reason::Charge.number()));
            }
        }
    }

    fn and(&mut self, condition: &str, value: impl FnOnce(Values) -> Values) {
        self.values = value(std::mem::take(&mut self.values));
        self.conditions.push(format!("{condition} ?{}", self.values.0.len()));
    }

    /// A moment within whole seconds.
    fn within(&mut self, column: &str, range: CreatedRange) {
        if let Some(from) = range.from_s {
            let condition = format!("{column} >=");
            self.and(&condition, |values| values.int(from.saturating_mul(1_000)));
        }
        if let Some(to) = range.to_s {
            let end = to.saturating_mul(1_000).saturating_add(SECOND_END_MS);
            let condition = format!("{column} <=");
            self.and(&condition, |values| values.int(end));
        }
    }

    /// In the places of what was made then, so that a page reads no more than that.
    fn placed(&mut self, query: &Query) {
        let range = match &query.list {
            List::Events { since_s: Some(since), .. } => {
                let from = query.created.from_s.unwrap_or(*since);
                CreatedRange { from_s: Some(from.max(*since)), ..query.created }
            }
            // By places of their own, and by what has few rows.
            List::Transfers { .. }
            | List::LinesOfPayout { .. }
            | List::EventsOf { .. }
            | List::BalanceTransactions { source: Some(_), .. } => return,
            List::Events { since_s: None, .. }
            | List::BalanceTransactions { source: None, .. }
            | List::Intents
            | List::IntentsOf { .. }
            | List::MethodsOf { .. }
            | List::Setups { .. }
            | List::SetupAttempts { .. }
            | List::Warnings { .. }
            | List::ChargesOf { .. }
            | List::Charges { .. }
            | List::Customers { .. }
            | List::Refunds { .. }
            | List::Disputes { .. }
            | List::Payouts { .. }
            | List::BankAccounts
            | List::Endpoints => query.created,
        };
        for (bound, quarter) in quarters::bounds(range) {
            self.values = std::mem::take(&mut self.values).int(quarter);
            self.conditions.push(bound.condition(self.values.0.len()));
        }
    }

    /// A condition whose values stand in the order of its question marks that have no number.
    fn numbered(&mut self, text: &str, value: impl FnOnce(Values) -> Values) {
        let mut place = self.values.0.len();
        self.values = value(std::mem::take(&mut self.values));
        let mut numbered = String::with_capacity(text.len().saturating_add(16));
        let mut rest = text.chars().peekable();
        while let Some(character) = rest.next() {
            numbered.push(character);
            if character == '?' && !rest.peek().is_some_and(char::is_ascii_digit) {
                place = place.saturating_add(1);
                numbered.push_str(&place.to_string());
            }
        }
        self.conditions.push(numbered);
    }

    /// An event with a delivery to an endpoint: by the key of deliveries, once for each event.
    fn due_to(&mut self, endpoint: EndpointId) {
        self.values = std::mem::take(&mut self.values).blob(&endpoint.bytes());
        self.conditions.push(format!(
            "EXISTS (SELECT 1 FROM deliveries WHERE deliveries.tenant = events.tenant \
             AND event = events.id AND endpoint = ?{})",
            self.values.0.len()
        ));
    }

    /// A transfer with an entry in an account: by the key of entries, once for each transfer.
    fn touching(&mut self, account: Account, currency: Option<Currency>) {
        self.values = std::mem::take(&mut self.values).int(account.number());
        let mut inner = format!("account = ?{}", self.values.0.len());
        if let Some(currency) = currency {
            self.values = std::mem::take(&mut self.values).text(currency.code());
            inner = format!("{inner} AND currency = ?{}", self.values.0.len());
        }
        self.conditions.push(format!(
            "EXISTS (SELECT 1 FROM entries WHERE entries.tenant = transfers.tenant \
             AND transfer = number AND {inner})"
        ));
    }

    /// Events of which every delivery was accepted, or one was not.
    fn delivered(&mut self, all: bool) {
        let not = if all { "NOT " } else { "" };
        self.conditions.push(format!(
            "{not}EXISTS (SELECT 1 FROM deliveries WHERE deliveries.tenant = events.tenant \
             AND event = events.id AND state <> 2)"
        ));
    }

    /// A list of numbers; an empty one lets nothing through.
    fn any_of(&mut self, column: &str, numbers: impl Iterator<Item = i64>) {
        let list: Vec<String> = numbers
            .map(|number| {
                self.values = std::mem::take(&mut self.values).int(number);
                format!("?{}", self.values.0.len())
            })
            .collect();
        if list.is_empty() {
            self.conditions.push("1 = 0".to_owned());
        } else {
            self.conditions.push(format!("{column} IN ({})", list.join(", ")));
        }
    }

    fn limited(self, (by, order): (&str, &str), limit: i64) -> (String, Values) {
        let values = self.values.int(limit);
        let conditions = self.conditions.join(" AND ");
        let text = format!("WHERE {conditions} ORDER BY {by} {order} LIMIT ?{}", values.0.len());
        (text, values)
    }
}
