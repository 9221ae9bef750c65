//! Where the rows of one kind stand among all of them: keys are ordered by kind first.

use farthing_core::currency::Currency;
use farthing_core::id::{
    AttemptId, BalanceTransactionId, BankAccountId, ChargeId, CustomerId, DisputeId, EndpointId,
    EventId, FraudWarningId, IntentId, PaymentMethodId, PayoutId, RefundId, SetupAttemptId,
    SetupIntentId, TokenId,
};
use farthing_core::time::TimestampMs;
use farthing_domain::idempotency::ScopedKey;
use farthing_domain::ledger::account::Account;
use farthing_domain::query::{List, Scan, Sealed};
use farthing_domain::tenant::TenantId;
use farthing_domain::timer::Due;
use farthing_domain::view::Key;

/// The lowest of all ids.
const LOW: [u8; 12] = [0; 12];
/// Before every tenant.
pub(super) const NOBODY: TenantId = TenantId::from_raw(i64::MIN);
/// Before everything else that a timer can be for.
pub(super) const FIRST_DUE: Due = Due::HoldLapses(IntentId::from_bytes(LOW));

/// A kind of rows, from some tenant on.
pub(super) struct Kind {
    /// No row of the kind and the tenant is before it.
    pub(super) start: Key,
    /// A key of the kind.
    pub(super) like: Key,
}

impl From<Key> for Kind {
    fn from(first: Key) -> Self {
        Self { start: first, like: first }
    }
}

/// The balances of a tenant. Which currency is the lowest is NOBODY's business here.
pub(super) fn balances(tenant: TenantId) -> Kind {
    Kind {
        start: Key::BalanceTransaction(tenant, BalanceTransactionId::from_bytes([0xff; 12])),
        like: Key::Balance(tenant, Account::Network, Currency::USD),
    }
}

/// What a list is made of.
pub(super) fn listed(tenant: TenantId, list: &List) -> Kind {
    let first = match list {
        List::Intents | List::IntentsOf { .. } => Key::Intent(tenant, IntentId::from_bytes(LOW)),
        List::MethodsOf { .. } => Key::Method(tenant, PaymentMethodId::from_bytes(LOW)),
        List::Setups { .. } => Key::Setup(tenant, SetupIntentId::from_bytes(LOW)),
        List::SetupAttempts { .. } => Key::SetupAttempt(tenant, SetupAttemptId::from_bytes(LOW)),
        List::Warnings { .. } => Key::Warning(tenant, FraudWarningId::from_bytes(LOW)),
        List::ChargesOf { .. } | List::Charges { .. } => {
            Key::Charge(tenant, ChargeId::from_bytes(LOW))
        }
        List::Customers { .. } => Key::Customer(tenant, CustomerId::from_bytes(LOW)),
        List::Refunds { .. } => Key::Refund(tenant, RefundId::from_bytes(LOW)),
        List::Disputes { .. } => Key::Dispute(tenant, DisputeId::from_bytes(LOW)),
        List::Events { .. } | List::EventsOf { .. } => Key::Event(tenant, EventId::from_bytes(LOW)),
        List::Endpoints => Key::Endpoint(tenant, EndpointId::from_bytes(LOW)),
        List::Payouts { .. } => Key::Payout(tenant, PayoutId::from_bytes(LOW)),
        List::BankAccounts => Key::BankAccount(tenant, BankAccountId::from_bytes(LOW)),
        List::BalanceTransactions { .. } | List::LinesOfPayout { .. } => {
            Key::BalanceTransaction(tenant, BalanceTransactionId::from_bytes(LOW))
        }
        List::Transfers { .. } => Key::Transfer(tenant, i64::MIN),
    };
    first.into()
}

/// What is looked through for what the machinery has to do next.
pub(super) fn scanned(scan: &Scan) -> Kind {
    let first = match scan {
        Scan::Sealed { of, .. } => match of {
            Sealed::Methods => Key::Method(NOBODY, PaymentMethodId::from_bytes(LOW)),
            Sealed::Tokens => Key::Token(NOBODY, TokenId::from_bytes(LOW)),
            Sealed::Endpoints => Key::Endpoint(NOBODY, EndpointId::from_bytes(LOW)),
            Sealed::BankAccounts => Key::BankAccount(NOBODY, BankAccountId::from_bytes(LOW)),
        },
        Scan::Attempts { .. } => Key::Attempt(AttemptId::from_bytes(LOW)),
        Scan::Deliveries { .. } | Scan::DeliveriesTo { .. } => {
            Key::Delivery(NOBODY, EventId::from_bytes(LOW), EndpointId::from_bytes(LOW))
        }
        Scan::DeliveriesOf { tenant, .. } => {
            Key::Delivery(*tenant, EventId::from_bytes(LOW), EndpointId::from_bytes(LOW))
        }
        Scan::DisputesDue { .. } | Scan::DisputesUntold { .. } => {
            Key::Dispute(NOBODY, DisputeId::from_bytes(LOW))
        }
        Scan::PayoutsUntold { .. } => Key::Payout(NOBODY, PayoutId::from_bytes(LOW)),
        Scan::Timers { .. } => Key::Timer(NOBODY, TimestampMs::from_ms(i64::MIN), FIRST_DUE),
        Scan::Records { .. } => Key::Record(NOBODY, ScopedKey([0; 16])),
        Scan::ChargeUnder { .. } => Key::Charge(NOBODY, ChargeId::from_bytes(LOW)),
        Scan::TenantsOf { .. } => Key::Tenant(NOBODY),
        Scan::KeyNamed { .. } => Key::ApiKey([0; 32]),
    };
    first.into()
}
