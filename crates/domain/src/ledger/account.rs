//! Ledger accounts and their balances.

use alloc::vec::Vec;

use farthing_core::currency::Currency;
use farthing_core::time::TimestampMs;

use crate::object::Trail;
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
    /// The merchant's, on its way to their bank.
    InTransit,
    /// The merchant's, kept back by the operator: neither paid out nor given back.
    Reserve,
    /// Between two currencies: what was taken in one is here until it is given in the other.
    Clearing,
    /// What rounding a conversion gave or took.
    Rounding,
    /// A memorandum: what the network promised for holds, negative here.
    Authorized,
    /// A memorandum: what is held for the merchant and not taken yet. Nobody's funds so far.
    Held,
}

impl Account {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Network,
        Self::Pending,
        Self::Available,
        Self::Fees,
        Self::InTransit,
        Self::Reserve,
        Self::Clearing,
        Self::Rounding,
        Self::Authorized,
        Self::Held,
    ];

    /// Only conversions move it.
    pub fn of_conversions(self) -> bool {
        matches!(self, Self::Clearing | Self::Rounding)
    }

    /// Beside the funds, not among them: only holds move it, against the other one.
    pub fn of_holds(self) -> bool {
        matches!(self, Self::Authorized | Self::Held)
    }

    /// As stored.
    pub fn number(self) -> i64 {
        match self {
            Self::Network => 1,
            Self::Pending => 2,
            Self::Available => 3,
            Self::Fees => 4,
            Self::InTransit => 5,
            Self::Reserve => 6,
            Self::Clearing => 8,
            Self::Rounding => 9,
            Self::Authorized => 10,
            Self::Held => 11,
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
            Self::InTransit => "in_transit",
            Self::Reserve => "reserve",
            Self::Clearing => "fx_clearing",
            Self::Rounding => "rounding",
            Self::Authorized => "authorized",
            Self::Held => "held",
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
    /// Of pending funds, what becomes available on which day, soonest first; their sum is the
    /// balance. Each has its timer, an empty one too. Other accounts have none.
    pub parts: Vec<Part>,
    /// Of available funds, until when they were paid out by schedule: a payout's lines are those
    /// of funds that became available after the payout before it.
    pub paid_until: TimestampMs,
    /// Of available funds, the events of the balance in this currency so far.
    pub trail: Trail,
}

/// Pending funds that become available together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// At the start of this UTC day, counted from the epoch.
    pub day: i64,
    /// In minor units, zero or more.
    pub minor: i64,
}

/// Whether a day was there already, with its timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Day {
    /// It was.
    Known,
    /// It was not: it needs a timer.
    New,
}

impl Balance {
    /// An account that nothing has moved yet.
    pub fn none(tenant: TenantId, account: Account, currency: Currency) -> Self {
        Self {
            tenant,
            account,
            currency,
            minor: 0,
            parts: Vec::new(),
            paid_until: TimestampMs::from_ms(0),
            trail: Trail::default(),
        }
    }

    /// Adds to what becomes available on a day.
    ///
    /// # Panics
    /// Past 64 bits.
    pub fn add_part(&mut self, day: i64, minor: i64) -> Day {
        match self.parts.binary_search_by_key(&day, |part| part.day) {
            Ok(at) => {
                let part = self.parts.get_mut(at).expect("it was found there");
                part.minor = part.minor.checked_add(minor).expect("a part stays within 64 bits");
                Day::Known
            }
            Err(at) => {
                self.parts.insert(at, Part { day, minor });
                Day::New
            }
        }
    }

    /// Takes from what becomes available last: what comes soon was promised first.
    ///
    /// # Panics
    /// If there is not so much.
    pub fn take_parts(&mut self, minor: i64) {
        let mut left = minor;
        for part in self.parts.iter_mut().rev() {
            let taken = left.min(part.minor);
            part.minor = part.minor.saturating_sub(taken);
            left = left.saturating_sub(taken);
        }
        assert_eq!(left, 0, "no more is taken out of pending than its parts have");
    }

    /// What is available by a day, which goes.
    ///
    /// # Panics
    /// Past 64 bits.
    pub fn take_ripe(&mut self, day: i64) -> i64 {
        let ripe = self.parts.partition_point(|part| part.day <= day);
        let sum = |sum: i64, part: Part| sum.checked_add(part.minor);
        self.parts.drain(..ripe).try_fold(0, sum).expect("parts stay within 64 bits")
    }

    /// The sum of its parts.
    pub fn parts_minor(&self) -> i128 {
        self.parts.iter().map(|part| i128::from(part.minor)).sum()
    }
}
