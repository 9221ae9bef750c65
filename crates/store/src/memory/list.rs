//! What each list has, row by row.

use farthing_core::time::TimestampMs;
use farthing_domain::charge::Charge;
use farthing_domain::endpoint::EndpointStatus;
use farthing_domain::ledger::transfer::{Reason, Transfer};
use farthing_domain::object::ObjectRef;
use farthing_domain::query::{CreatedRange, List};
use farthing_domain::tenant::TenantId;
use farthing_domain::view::Row;

/// Whether a list has a row.
pub(super) fn listed(row: &Row, of: TenantId, list: &List) -> bool {
    match (list, row) {
        (List::Intents, Row::Intent(row)) => row.tenant == of,
        (List::IntentsOf { customer }, Row::Intent(row)) => {
            row.tenant == of && row.customer == Some(*customer)
        }
        (List::MethodsOf { customer, kind }, Row::Method(row)) => {
            row.tenant == of
                && row.customer() == Some(*customer)
                && kind.is_none_or(|kind| kind == row.kind)
        }
        (List::Setups { customer, method }, Row::Setup(row)) => {
            row.tenant == of
                && customer.is_none_or(|customer| row.customer == Some(customer))
                && method.is_none_or(|method| row.method == Some(method))
        }
        (List::SetupAttempts { setup }, Row::SetupAttempt(row)) => {
            row.tenant == of && row.setup == *setup
        }
        (List::Warnings { charge, intent }, Row::Warning(row)) => {
            row.tenant == of
                && charge.is_none_or(|charge| charge == row.charge)
                && intent.is_none_or(|intent| intent == row.intent)
        }
        (List::ChargesOf { .. } | List::Charges { .. }, Row::Charge(row)) => {
            row.tenant == of && charged(row, list)
        }
        (List::Customers { email }, Row::Customer(row)) => {
            row.tenant == of
                && !row.deleted
                && email.as_ref().is_none_or(|email| row.profile.email.as_ref() == Some(email))
        }
        (List::Refunds { charge, intent }, Row::Refund(row)) => {
            row.tenant == of
                && charge.is_none_or(|charge| charge == row.charge)
                && intent.is_none_or(|intent| intent == row.intent)
        }
        (List::Disputes { charge, intent }, Row::Dispute(row)) => {
            row.tenant == of
                && charge.is_none_or(|charge| charge == row.charge)
                && intent.is_none_or(|intent| intent == row.intent)
        }
        (List::Events { kinds, since_s, .. }, Row::Event(row)) => {
            row.tenant == of
                && since_s.is_none_or(|since| since <= row.created.seconds())
                && kinds.as_ref().is_none_or(|kinds| kinds.contains(&row.kind))
        }
        (List::EventsOf { object, after, .. }, Row::Event(row)) => {
            row.tenant == of && row.object == *object && row.sequence > *after
        }
        (List::Endpoints, Row::Endpoint(row)) => {
            row.tenant == of && row.status != EndpointStatus::Deleted
        }
        (List::Transfers { .. }, Row::Transfer(row)) => row.tenant == of && moved(row, list),
        (List::BalanceTransactions { source, reasons, currency }, Row::BalanceTransaction(row)) => {
            row.tenant == of
                && source.is_none_or(|source| source == row.source)
                && currency.is_none_or(|currency| currency == row.amount.currency())
                && reasons.as_ref().is_none_or(|reasons| reasons.contains(&row.reason))
        }
        (List::LinesOfPayout { .. } | List::Payouts { .. }, row) => of_payouts(row, of, list),
        (List::BankAccounts, Row::BankAccount(row)) => row.tenant == of && !row.deleted,
        _ => false,
    }
}

fn charged(row: &Charge, list: &List) -> bool {
    let (List::Charges { intent, group } | List::ChargesOf { intent, group, .. }) = list else {
        return false;
    };
    let of_customer = match list {
        List::ChargesOf { customer, .. } => row.customer == Some(*customer),
        _ => true,
    };
    of_customer
        && intent.is_none_or(|intent| intent == row.intent)
        && (group.is_none() || group.as_deref() == row.transfer_group.as_deref())
}

fn of_payouts(row: &Row, of: TenantId, list: &List) -> bool {
    match (list, row) {
        (
            List::LinesOfPayout { payout, currency, after, until, reasons },
            Row::BalanceTransaction(row),
        ) => {
            let its_own = row.source == ObjectRef::Payout(*payout);
            row.tenant == of
                && reasons.as_ref().is_none_or(|reasons| reasons.contains(&row.reason))
                && row.amount.currency() == *currency
                && if row.reason == Reason::Payout {
                    its_own
                } else {
                    *after < row.available_on && row.available_on <= *until
                }
        }
        (List::Payouts { state, destination, arrival }, Row::Payout(row)) => {
            row.tenant == of
                && state.is_none_or(|state| state == row.state)
                && destination.is_none_or(|account| account == row.destination)
                && within(row.arrival, *arrival)
        }
        _ => false,
    }
}

fn moved(row: &Transfer, list: &List) -> bool {
    let List::Transfers { reasons, source, touching } = list else { return false };
    reasons.as_ref().is_none_or(|reasons| reasons.contains(&row.reason))
        && source.is_none_or(|source| source == row.source)
        && touching.is_none_or(|(account, currency)| {
            row.entries.iter().any(|entry| {
                entry.account == account
                    && currency.is_none_or(|one| one == entry.amount.currency())
            })
        })
}

/// When a row was made, of what is listed by that.
pub(crate) fn created(row: &Row) -> Option<TimestampMs> {
    match row {
        Row::Intent(row) => Some(row.created),
        Row::Charge(row) => Some(row.created),
        Row::Customer(row) => Some(row.created),
        Row::Method(row) => Some(row.created),
        Row::Setup(row) => Some(row.created),
        Row::SetupAttempt(row) => Some(row.created),
        Row::Warning(row) => Some(row.created),
        Row::Refund(row) => Some(row.created),
        Row::Dispute(row) => Some(row.created),
        Row::Event(row) => Some(row.created),
        Row::Endpoint(row) => Some(row.created),
        Row::Payout(row) => Some(row.created),
        Row::BankAccount(row) => Some(row.created),
        Row::BalanceTransaction(row) => Some(row.created),
        Row::Transfer(row) => Some(row.created),
        _ => None,
    }
}

/// Whether a moment is within whole seconds.
pub(super) fn within(at: TimestampMs, range: CreatedRange) -> bool {
    range.from_s.is_none_or(|from| from <= at.seconds())
        && range.to_s.is_none_or(|to| at.seconds() <= to)
}
