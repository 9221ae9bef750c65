//! What an API key may do: its scopes, its caps, and what was counted on them.
//!
//! A cap is checked and counted in the commit that begins to ask the network for funds, and what was
//! counted is a row: no interleaving of requests exceeds it, and one idempotency key counts once.

use alloc::collections::BTreeMap;
use alloc::string::String;

use farthing_core::currency::Currency;
use farthing_core::id::ApiKeyId;
use farthing_core::money::Money;
use farthing_core::time::TimestampMs;

use crate::object::ObjectRef;
use crate::tenant::TenantId;

/// What a key may do, and until when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    /// The operator's note.
    pub name: Option<String>,
    /// What a restricted key opens; empty for the others, which have no need of it.
    pub scopes: Scopes,
    /// How much a restricted key may spend; none is no bound.
    pub caps: Option<Caps>,
    /// From when on it opens nothing, in wall time.
    pub expires_at: Option<TimestampMs>,
    /// The first key of those that were rolled into this one; none for a first one.
    pub family: Option<ApiKeyId>,
}

/// What a restricted key opens. What is not named is closed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(pub BTreeMap<Resource, Access>);

impl Scopes {
    /// Whether they let a request through.
    pub fn allow(&self, resource: Resource, access: Access) -> bool {
        self.0.get(&resource).is_some_and(|given| *given >= access)
    }
}

/// How far a scope goes; to write is also to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// Look.
    Read,
    /// Change.
    Write,
}

impl Access {
    /// Its name on the wire.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

macro_rules! resources {
    ($($(#[$doc:meta])* $name:ident $wire:literal,)+) => {
        /// What a scope is about: the resources as the paths name them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Resource { $($(#[$doc])* $name),+ }

        impl Resource {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Its name on the wire.
            pub fn wire(self) -> &'static str {
                match self { $(Self::$name => $wire),+ }
            }

            /// The reverse of [`wire`](Self::wire).
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($wire => Some(Self::$name),)+ _ => None }
            }
        }
    };
}

resources! {
    /// The balance and its lines.
    Balance "balance",
    /// Charges.
    Charges "charges",
    /// Customers.
    Customers "customers",
    /// Disputes.
    Disputes "disputes",
    /// Events.
    Events "events",
    /// What became of requests with a key.
    Idempotency "idempotency",
    /// The ledger.
    Ledger "ledger",
    /// Payment intents.
    PaymentIntents "payment_intents",
    /// Payment methods.
    PaymentMethods "payment_methods",
    /// Payouts and where they go.
    Payouts "payouts",
    /// Refunds.
    Refunds "refunds",
    /// Setup intents.
    SetupIntents "setup_intents",
    /// The test clock and what only tests do.
    TestHelpers "test_helpers",
    /// Tokens.
    Tokens "tokens",
    /// Webhook endpoints.
    WebhookEndpoints "webhook_endpoints",
}

/// How much a key may spend. Funds asked for and funds given back both count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// In this currency alone.
    pub currency: Currency,
    /// At most so much at a time, in minor units.
    pub each_minor: Option<i64>,
    /// At most so much in all.
    pub total: Option<TotalCap>,
}

/// A bound on a sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TotalCap {
    /// At most so much, in minor units.
    pub minor: i64,
    /// In each stretch of so many milliseconds of wall time, counted from 1970; none is for ever.
    pub window_ms: Option<i64>,
}

impl Caps {
    /// The number of the stretch that a moment falls into; zero where there is but one.
    pub fn window(&self, wall: TimestampMs) -> i64 {
        match self.total.and_then(|total| total.window_ms) {
            Some(ms) => wall.ms().checked_div_euclid(ms).unwrap_or_default(),
            None => 0,
        }
    }
}

/// Why a cap says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CapBreach {
    /// In another currency than the key may spend.
    Currency {
        /// The one it may.
        only: Currency,
    },
    /// More than at one time.
    Each {
        /// How much it may.
        most: Money,
    },
    /// More than is left.
    Total {
        /// What is left.
        left: Money,
    },
    /// Another key with caps has captured a part of this hold, and all of it counts on that one.
    Elsewhere,
    /// A payout, a bank account, or when payouts are made: a cap on one of many payments says
    /// nothing of all of them going to a bank at once.
    Payouts,
}

/// What a family of keys has spent in one stretch of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Whose.
    pub tenant: TenantId,
    /// By which family.
    pub family: ApiKeyId,
    /// In which stretch; see [`Caps::window`].
    pub window: i64,
    /// In which currency: the family's, which never changes.
    pub currency: Currency,
    /// How much, in minor units.
    pub minor: i64,
}

/// One payment or refund that was counted, for as long as it did not definitely fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spend {
    /// Whose.
    pub tenant: TenantId,
    /// What was spent on: an intent or a refund.
    pub about: ObjectRef,
    /// On whose allowance.
    pub family: ApiKeyId,
    /// On that of which stretch.
    pub window: i64,
    /// How much.
    pub amount: Money,
}
