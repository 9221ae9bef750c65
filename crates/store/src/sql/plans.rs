//! What the planner makes of every list: looked up by an index, in its order, and no further than the
//! time that was asked for.

use std::cell::RefCell;

use farthing_core::currency::Currency;
use farthing_core::id::{
    BankAccountId, ChargeId, CustomerId, IntentId, PaymentMethodId, SetupIntentId,
};
use farthing_core::time::TimestampMs;
use farthing_domain::ledger::transfer::Reason;
use farthing_domain::method_type::MethodType;
use farthing_domain::query::{CreatedRange, Cursor, List, Query};
use farthing_domain::tenant::TenantId;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::page::page;
use super::{Row, Rows};
use crate::error::StoreError;
use crate::row::Stored;
use crate::row::fields::Values;
use crate::sqlite::open;

/// Finds nothing, and keeps the plans.
struct Explained {
    connection: Connection,
    plans: RefCell<Vec<String>>,
}

impl Rows for Explained {
    fn some<T: Stored>(&self, condition: &str, values: Values) -> Result<Vec<Row>, StoreError> {
        let sql = format!("EXPLAIN QUERY PLAN {} {condition}", T::TABLE.sql().select);
        let mut statement = self.connection.prepare(&sql).expect("it is well formed");
        let steps = statement.query_map(params_from_iter(values.0), |row| row.get(3));
        let steps: Vec<String> =
            steps.expect("it runs").map(|step| step.expect("it is text")).collect();
        self.plans.borrow_mut().push(steps.join("; "));
        Ok(Vec::new())
    }

    fn lines(&self, _: &str, _: Values) -> Result<Vec<Vec<Value>>, StoreError> {
        Ok(Vec::new())
    }
}

fn at() -> TimestampMs {
    TimestampMs::from_ms(1_800_000_000_000)
}

/// Every list that a caller can bound by time, with each of its filters.
fn lists() -> Vec<List> {
    let customer = CustomerId::new(at(), [1; 6]);
    let intent = Some(IntentId::new(at(), [2; 6]));
    let charge = Some(ChargeId::new(at(), [3; 6]));
    let method = PaymentMethodId::new(at(), [4; 6]);
    let group = || Some("order-1".to_owned());
    let lines = |reasons, currency| List::BalanceTransactions { source: None, reasons, currency };
    let events = |delivered, since_s| List::Events { kinds: None, delivered, since_s };
    let payouts =
        |destination| List::Payouts { state: None, destination, arrival: CreatedRange::default() };
    vec![
        List::Intents,
        List::IntentsOf { customer },
        List::MethodsOf { customer, kind: None },
        List::MethodsOf { customer, kind: Some(MethodType::CARD) },
        List::Setups { customer: None, method: None },
        List::Setups { customer: Some(customer), method: None },
        List::Setups { customer: None, method: Some(method) },
        List::SetupAttempts { setup: SetupIntentId::new(at(), [5; 6]) },
        List::Warnings { charge: None, intent: None },
        List::Warnings { charge, intent: None },
        List::Warnings { charge: None, intent },
        List::ChargesOf { customer, intent: None, group: None },
        List::Charges { intent: None, group: None },
        List::Charges { intent, group: None },
        List::Charges { intent: None, group: group() },
        List::Customers { email: None },
        List::Customers { email: Some("jenny@shop.example".to_owned()) },
        List::Refunds { charge: None, intent: None },
        List::Refunds { charge, intent: None },
        List::Refunds { charge: None, intent },
        List::Disputes { charge: None, intent: None },
        List::Disputes { charge, intent: None },
        List::Disputes { charge: None, intent },
        events(None, None),
        events(None, Some(1_799_000_000)),
        events(Some(false), Some(1_799_000_000)),
        events(Some(true), Some(1_799_000_000)),
        List::Endpoints,
        lines(None, None),
        lines(None, Some(Currency::USD)),
        lines(Some(vec![Reason::Refund]), None),
        payouts(None),
        payouts(Some(BankAccountId::new(at(), [6; 6]))),
        List::BankAccounts,
    ]
}

#[test]
fn no_list_that_is_bounded_by_time_walks_a_history() {
    let dir = tempfile::TempDir::new().expect("a folder");
    let folder = open::folder(dir.path()).expect("it is ours");
    let connection = open::writer(&folder).expect("a new one opens");
    let explained = Explained { connection, plans: RefCell::default() };
    let hour = CreatedRange { from_s: Some(1_799_996_400), to_s: Some(1_800_000_000) };
    let mut wrong = Vec::new();
    for list in lists() {
        for cursor in [Cursor::Start, Cursor::After(7), Cursor::Before(7)] {
            let query = Query {
                tenant: TenantId::from_raw(2),
                list: list.clone(),
                created: hour,
                cursor,
                limit: 10,
            };
            page(&explained, &query).expect("it runs");
            let plan = explained.plans.borrow_mut().pop().expect("one statement");
            let first = plan.split(';').next().unwrap_or_default();
            let bounded = first.starts_with("SEARCH")
                && first.contains("seq>? AND seq<?")
                && !plan.contains("TEMP B-TREE");
            if !bounded {
                wrong.push(format!("{list:?} {cursor:?}: {plan}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
