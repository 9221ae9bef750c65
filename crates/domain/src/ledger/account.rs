//! Ledger accounts and their balances.

use farthing_core::currency::Currency;

use crate::tenant::TenantId;

/// A tenant's ledger accounts, one of each per currency. Numbers are stored: never changed or reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Account {
    /// The outside world: what the network took in is negative here.
    Network,
    /// The merchant's, not yet available.
    Pending,
    /// The merchant's, can be paid out.
    Available,
    /// The platform's fees.
    Fees,
    /// Between two currencies: what was taken in one is here until it is given in the other.
    Clearing,
    /// What rounding a conversion gave or took.
    Rounding,
}

impl Account {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Network,
        Self::Pending,
        Self::Available,
        Self::Fees,
        Self::Clearing,
        Self::Rounding,
    ];

    /// Only conversions move it.
    pub fn of_conversions(self) -> bool {
        matches!(self, Self::Clearing | Self::Rounding)
    }

    /// As stored.
    pub fn number(self) -> i64 {
        match self {
            Self::Network => 1,
            Self::Pending => 2,
            Self::Available => 3,
            Self::Fees => 4,
            Self::Clearing => 8,
            Self::Rounding => 9,
        }
    }

    /// From a stored column.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.iter().copied().find(|account| account.number() == number)
    }

    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Pending => "pending",
            Self::Available => "available",
            Self::Fees => "fees",
            Self::Clearing => "fx_clearing",
            Self::Rounding => "rounding",
        }
    }
}

/// The sum of an account's entries in one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Balance {
    /// Whose.
    pub tenant: TenantId,
    /// Which account.
    pub account: Account,
    /// In which currency.
    pub currency: Currency,
    /// The sum, in minor units; negative where more went out than came in.
    pub minor: i64,
}
