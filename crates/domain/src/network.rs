//! What the network may answer, in the domain's own words. The server translates the acquirer's.

use alloc::string::String;

use farthing_core::planted;

use crate::acquirer::Acquirer;
use crate::tenant::TenantId;

/// Our name for one call, known to the network; 16 bytes, unique for ever: two bits for the acquirer,
/// thirty for the tenant, and an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference(pub [u8; 16]);

impl Reference {
    /// The name of a call to the first acquirer: whose it is, and the id of what it is about (an
    /// attempt, a refund, a payout).
    ///
    /// # Panics
    /// If there are more tenants than 30 bits can count.
    pub fn of(tenant: TenantId, id: [u8; 12]) -> Self {
        let tenant = u32::try_from(tenant.raw()).expect("tenants are counted in 30 bits");
        assert!(tenant <= TENANT_BITS, "tenants are counted in 30 bits");
        let mut bytes = [0; 16];
        if planted!("no_reference") {
            return Self(bytes);
        }
        for (to, from) in bytes.iter_mut().zip(tenant.to_be_bytes().into_iter().chain(id)) {
            *to = from;
        }
        Self(bytes)
    }

    /// The same call, at this acquirer.
    #[must_use]
    pub fn at(self, acquirer: Acquirer) -> Self {
        let [first, rest @ ..] = self.0;
        let mut bytes = [0; 16];
        let first = (first & 0x3f) | (acquirer.number() << 6);
        for (to, from) in bytes.iter_mut().zip(core::iter::once(first).chain(rest)) {
            *to = from;
        }
        Self(bytes)
    }

    /// The acquirer it is known to.
    pub fn acquirer(self) -> Acquirer {
        let [first, ..] = self.0;
        Acquirer::of_bits(first >> 6)
    }

    /// Whose call it is, and what it is about: how news from the network finds its row.
    pub fn parts(self) -> (TenantId, [u8; 12]) {
        let [a, b, c, d, id @ ..] = self.0;
        let tenant = u32::from_be_bytes([a, b, c, d]) & TENANT_BITS;
        (TenantId::from_raw(i64::from(tenant)), id)
    }

    /// The four bytes with which every call of a tenant to an acquirer begins.
    ///
    /// # Panics
    /// As [`of`](Self::of).
    pub fn scope(tenant: TenantId, acquirer: Acquirer) -> [u8; 4] {
        let [a, b, c, d, ..] = Self::of(tenant, [0; 12]).at(acquirer).0;
        [a, b, c, d]
    }
}

/// The bits of a tenant's number within the first four bytes.
const TENANT_BITS: u32 = (1 << 30) - 1;

/// What became of a call, once it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done at the network.
    Approved(Approval),
    /// Refused by the network, the issuer or the acquirer's rules; nothing moved.
    Declined(Decline),
    /// The holder must authenticate first; nothing moved.
    ActionRequired,
    /// The network never did it and has promised to refuse it from now on (decision 9).
    Absent,
}

/// Evidence of an approval.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Approval {
    /// The issuer's approval code.
    pub authorization_code: String,
    /// The network's own id of the movement.
    pub network_id: String,
    /// What the issuer said of the CVC.
    pub cvc_check: Check,
    /// What it said of the postal code.
    pub postal_check: Check,
    /// What it said of the address's first line.
    pub line1_check: Check,
    /// Funds are available at once.
    pub bypass_pending: bool,
    /// A refund that the network has taken but not finished.
    pub refund_pending: bool,
    /// The funds are on their way: a notice will say whether they came.
    pub payment_pending: bool,
    /// The acquirer's estimate of risk.
    pub risk: Risk,
}

/// A check by the issuer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Check {
    /// Nothing to check, or nobody checked.
    #[default]
    None,
    /// It matches.
    Pass,
    /// It does not.
    Fail,
    /// The issuer could not say.
    Unavailable,
    /// Not checked yet.
    Unchecked,
}

/// The acquirer's estimate of risk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Risk {
    /// Nothing unusual.
    #[default]
    Normal,
    /// Worth a look.
    Elevated,
    /// Probably fraud.
    Highest,
}

/// Why nothing moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decline {
    /// The wire's `code`: `card_declined`, `expired_card`, ….
    pub code: String,
    /// The wire's `decline_code`, where the code alone does not say it.
    pub decline_code: Option<String>,
    /// The network's own two characters.
    pub network_decline_code: Option<String>,
    /// What the merchant should do.
    pub advice_code: Option<String>,
    /// Refused by the acquirer's risk rules, never sent to the network.
    pub blocked: bool,
    /// The acquirer's estimate of risk.
    pub risk: Risk,
}

impl Decline {
    /// A refusal with nothing but a code.
    pub fn with_code(code: &str) -> Self {
        Self {
            code: String::from(code),
            decline_code: None,
            network_decline_code: None,
            advice_code: None,
            blocked: false,
            risk: Risk::Normal,
        }
    }

    /// The call was not done and will not be: seen when an unknown outcome is resolved that way.
    pub fn processing_error() -> Self {
        Self {
            code: String::from("processing_error"),
            decline_code: None,
            network_decline_code: None,
            advice_code: Some(String::from("try_again_later")),
            blocked: false,
            risk: Risk::Normal,
        }
    }
}
