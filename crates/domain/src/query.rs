//! Reads: pages of lists, and the closed set of system ranges.

use alloc::string::String;
use alloc::vec::Vec;

use farthing_core::currency::Currency;
use farthing_core::id::{
    ApiKeyId, BankAccountId, ChargeId, CustomerId, EndpointId, EventId, IntentId, MerchantId,
    PaymentMethodId, PayoutId, SetupIntentId,
};
use farthing_core::time::TimestampMs;

use crate::delivery::Groups;
use crate::event::EventKind;
use crate::ledger::account::Account;
use crate::ledger::transfer::Reason;
use crate::method_type::MethodType;
use crate::network::Reference;
use crate::object::ObjectRef;
use crate::payout::PayoutState;
use crate::search::{Of, Search};
use crate::tenant::TenantId;
use crate::timer::Timer;
use crate::view::Row;

/// One page of a list, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Whose rows.
    pub tenant: TenantId,
    /// Which list.
    pub list: List,
    /// Only rows made within.
    pub created: CreatedRange,
    /// Where the page begins.
    pub cursor: Cursor,
    /// How many rows: 1 to [`PAGE_ROWS_MAX`](crate::limits::PAGE_ROWS_MAX).
    pub limit: usize,
}

/// The lists there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum List {
    /// Intents.
    Intents,
    /// The intents of one customer.
    IntentsOf {
        /// Whose.
        customer: CustomerId,
    },
    /// The methods attached to one customer, perhaps of one kind.
    MethodsOf {
        /// Whose.
        customer: CustomerId,
        /// Of this kind only.
        kind: Option<MethodType>,
    },
    /// Set-up intents, perhaps of one customer or card.
    Setups {
        /// Of this customer only.
        customer: Option<CustomerId>,
        /// With this card only.
        method: Option<PaymentMethodId>,
    },
    /// The tries of one set-up intent.
    SetupAttempts {
        /// Of which.
        setup: SetupIntentId,
    },
    /// Early fraud warnings, perhaps of one charge or intent.
    Warnings {
        /// Of this charge only.
        charge: Option<ChargeId>,
        /// Of this intent only.
        intent: Option<IntentId>,
    },
    /// The charges of one customer, perhaps of one intent.
    ChargesOf {
        /// Whose.
        customer: CustomerId,
        /// Of this intent only.
        intent: Option<IntentId>,
        /// In this group of the caller's only.
        group: Option<String>,
    },
    /// Charges, perhaps of one intent or group.
    Charges {
        /// Of this intent only.
        intent: Option<IntentId>,
        /// In this group of the caller's only.
        group: Option<String>,
    },
    /// Customers, deleted ones left out, perhaps of one e-mail.
    Customers {
        /// Of exactly this e-mail only.
        email: Option<String>,
    },
    /// Refunds, perhaps of one charge or intent.
    Refunds {
        /// Of this charge only.
        charge: Option<ChargeId>,
        /// Of this intent only.
        intent: Option<IntentId>,
    },
    /// Disputes, perhaps of one charge or intent.
    Disputes {
        /// Of this charge only.
        charge: Option<ChargeId>,
        /// Of this intent only.
        intent: Option<IntentId>,
    },
    /// Events, perhaps of some kinds.
    Events {
        /// Of these kinds only; none means all.
        kinds: Option<Vec<EventKind>>,
        /// Only those of which every delivery was accepted, or only those of which one was not.
        delivered: Option<bool>,
        /// Not before this second.
        since_s: Option<i64>,
    },
    /// The events of one object beyond a place among them, perhaps only those that were due to one
    /// endpoint. What is read for a page is at most the object's own events.
    EventsOf {
        /// Of this object only.
        object: ObjectRef,
        /// Only those whose `sequence` is greater.
        after: u32,
        /// Only those with a delivery to this endpoint.
        endpoint: Option<EndpointId>,
    },
    /// Webhook endpoints, deleted ones left out.
    Endpoints,
    /// Ledger transfers, perhaps for some reasons, of one source, or with an entry in one account.
    Transfers {
        /// For these reasons only; none means all.
        reasons: Option<Vec<Reason>>,
        /// Of this object only.
        source: Option<ObjectRef>,
        /// Only those with an entry in this account, perhaps in this currency.
        touching: Option<(Account, Option<Currency>)>,
    },
    /// Balance transactions, perhaps of one source, for some reasons, or in one currency.
    BalanceTransactions {
        /// Of this charge, refund or payout only.
        source: Option<ObjectRef>,
        /// For these reasons only; none means all.
        reasons: Option<Vec<Reason>>,
        /// In this currency only.
        currency: Option<Currency>,
    },
    /// The lines of an automatic payout: its own, and those in its currency that became available
    /// within, other payouts left out.
    LinesOfPayout {
        /// Which.
        payout: PayoutId,
        /// In its currency.
        currency: Currency,
        /// After this moment.
        after: TimestampMs,
        /// Not after this one.
        until: TimestampMs,
        /// For these reasons only; none means all.
        reasons: Option<Vec<Reason>>,
    },
    /// Payouts, perhaps of one state, to one account, or with their arrival within.
    Payouts {
        /// In this state only.
        state: Option<PayoutState>,
        /// To this account only.
        destination: Option<BankAccountId>,
        /// Only those that arrive within.
        arrival: CreatedRange,
    },
    /// Bank accounts, deleted ones left out.
    BankAccounts,
}

/// Bounds on a row's time, in whole seconds since 1970, as the wire has them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CreatedRange {
    /// Not before this second.
    pub from_s: Option<i64>,
    /// Not after this second.
    pub to_s: Option<i64>,
}

/// Where a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cursor {
    /// At the newest.
    Start,
    /// With the next older than this place.
    After(i64),
    /// With the nearest newer than this place; the page is still given newest first.
    Before(i64),
}

/// A page of rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The rows, newest first.
    pub rows: Vec<Row>,
    /// More follow in the direction of the cursor.
    pub has_more: bool,
}

/// One page of what a search finds, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchQuery {
    /// Whose rows.
    pub tenant: TenantId,
    /// Which rows.
    pub of: Of,
    /// What is looked for.
    pub search: Search,
    /// Only what is older than this place.
    pub after: Option<i64>,
    /// How many rows: 1 to [`PAGE_ROWS_MAX`](crate::limits::PAGE_ROWS_MAX).
    pub limit: usize,
    /// Count all that would be found, as far as the search goes.
    pub count: bool,
}

/// What a search found, having looked at [`SEARCH_ROWS`](crate::limits::SEARCH_ROWS) at the most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchPage {
    /// The rows, newest first.
    pub page: Page,
    /// From where to go on, where there may be more.
    pub next: Option<i64>,
    /// How many there are in all, if that was asked.
    pub total: Option<usize>,
}

/// Rows that hold seals of the vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sealed {
    /// Cards on file.
    Methods,
    /// Cards that wait to be one.
    Tokens,
    /// Webhook secrets.
    Endpoints,
    /// Numbers of bank accounts.
    BankAccounts,
}

impl Sealed {
    /// Where a row stands among those of its kind that hold seals; none for a row that holds none.
    pub fn place(row: &Row) -> Option<(TenantId, [u8; 12])> {
        match row {
            Row::Method(row) => Some((row.tenant, row.id.bytes())),
            Row::Token(row) => Some((row.tenant, row.id.bytes())),
            Row::Endpoint(row) => Some((row.tenant, row.id.bytes())),
            Row::BankAccount(row) => Some((row.tenant, row.id.bytes())),
            Row::Tenant(_)
            | Row::ApiKey(_)
            | Row::Intent(_)
            | Row::Customer(_)
            | Row::Setup(_)
            | Row::SetupAttempt(_)
            | Row::Warning(_)
            | Row::Charge(_)
            | Row::Refund(_)
            | Row::Dispute(_)
            | Row::Payout(_)
            | Row::BalanceTransaction(_)
            | Row::Balance(_)
            | Row::Transfer(_)
            | Row::Attempt(_)
            | Row::Record(_)
            | Row::Event(_)
            | Row::Body(_)
            | Row::Delivery(_)
            | Row::Timer(_)
            | Row::Allowance(_)
            | Row::Spend(_) => None,
        }
    }
}

/// Reads that belong to no tenant: what the machinery has to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scan {
    /// Rows that hold seals of the vault, in the order of tenant and id, beyond a place.
    Sealed {
        /// Which rows.
        of: Sealed,
        /// Beyond this tenant and id.
        after: Option<(TenantId, [u8; 12])>,
        /// How many.
        limit: usize,
    },
    /// The charge that an authorization made: one, or none.
    ChargeUnder {
        /// Our reference at the network.
        reference: Reference,
    },
    /// Disputes that wait for their merchant and whose time was up by then, soonest first.
    DisputesDue {
        /// Not after; in wall time, to which each tenant's offset is added.
        due_by: TimestampMs,
        /// How many.
        limit: usize,
    },
    /// Disputes of whose answer the network has not been told, soonest due first.
    DisputesUntold {
        /// How many.
        limit: usize,
    },
    /// Payouts of which the network has not been told, oldest first.
    PayoutsUntold {
        /// How many.
        limit: usize,
    },
    /// Open attempts whose look-up is due by then (wall time), soonest first.
    Attempts {
        /// Not after.
        due_by: TimestampMs,
        /// How many.
        limit: usize,
    },
    /// Deliveries due in a time (wall time), soonest first, then by event id.
    Deliveries {
        /// Not before.
        since: TimestampMs,
        /// Not after.
        due_by: TimestampMs,
        /// How many.
        limit: usize,
        /// Of endpoints in these groups alone.
        groups: Groups,
        /// Endpoints with enough in flight already: left out.
        except: Vec<EndpointId>,
    },
    /// Of each of these endpoints so many deliveries that are due by then (wall time), soonest first,
    /// then by event id; endpoint after endpoint.
    DeliveriesTo {
        /// Not after.
        due_by: TimestampMs,
        /// To whom, and how many.
        endpoints: Vec<(EndpointId, usize)>,
    },
    /// The due deliveries of one tenant, soonest first, then by event id; perhaps only those beyond
    /// a place in that order.
    DeliveriesOf {
        /// Whose.
        tenant: TenantId,
        /// Beyond this one.
        after: Option<(TimestampMs, EventId, EndpointId)>,
        /// How many.
        limit: usize,
    },
    /// Timers that are due by their tenants' clocks, soonest first.
    Timers {
        /// Wall time; each tenant's offset is added to it.
        wall: TimestampMs,
        /// Of this tenant only.
        tenant: Option<TenantId>,
        /// Perhaps only those beyond this one in their order: by time, then by tenant, then by what
        /// is due.
        after: Option<Timer>,
        /// How many.
        limit: usize,
    },
    /// The tenants of an account, test mode first: two, or none.
    TenantsOf {
        /// The account's public id.
        account: MerchantId,
    },
    /// The key with this name: one, or none.
    KeyNamed {
        /// Its name.
        id: ApiKeyId,
    },
    /// Idempotency records whose answer became final before then.
    Records {
        /// Final before.
        before: TimestampMs,
        /// How many.
        limit: usize,
    },
}
