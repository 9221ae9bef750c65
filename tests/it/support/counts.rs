//! How many rows of each kind there are.

use std::collections::BTreeMap;

use farthing_domain::view::Row;

/// How many rows of each kind there are.
pub(crate) fn counts(rows: &[Row]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for row in rows {
        let kind = match row {
            Row::Tenant(_) => "tenant",
            Row::ApiKey(_) => "api_key",
            Row::Intent(_) => "intent",
            Row::Customer(_) => "customer",
            Row::Method(_) => "method",
            Row::Setup(_) => "setup_intent",
            Row::SetupAttempt(_) => "setup_attempt",
            Row::Token(_) => "token",
            Row::Warning(_) => "fraud_warning",
            Row::Charge(_) => "charge",
            Row::Refund(_) => "refund",
            Row::Dispute(_) => "dispute",
            Row::Payout(_) => "payout",
            Row::BankAccount(_) => "bank_account",
            Row::BalanceTransaction(_) => "balance_transaction",
            Row::Balance(_) => "balance",
            Row::Transfer(_) => "transfer",
            Row::Attempt(_) => "attempt",
            Row::Record(_) => "record",
            Row::Event(_) => "event",
            Row::Body(_) => "body",
            Row::Delivery(_) => "delivery",
            Row::Endpoint(_) => "endpoint",
            Row::Timer(_) => "timer",
            Row::Allowance(_) => "allowance",
            Row::Spend(_) => "spend",
        };
        *counts.entry(kind).or_default() += 1;
    }
    counts
}
