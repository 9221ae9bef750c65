//! A bank account as it is stored: its number is sealed at once, and its end kept.

use farthing_core::currency::Currency;
use farthing_core::id::BankAccountId;
use farthing_domain::bank::BankDetails;
use farthing_domain::command::AddBankAccount;
use farthing_domain::object::Metadata;
use farthing_domain::tenant::TenantId;
use farthing_vault::{Nonce, Vault};

use crate::entropy;

/// The number of the accounts that every merchant has in test mode: what is sent there is kept.
const TEST_ACCOUNT: &str = "000123456789";
/// The number of their bank.
const TEST_ROUTING: &str = "110000000";

/// A bank account as somebody gave it.
#[derive(Clone, Copy)]
pub struct Given<'g> {
    /// Where the bank is: two capital letters.
    pub country: &'g str,
    /// What it is kept in.
    pub currency: Currency,
    /// The holder's name.
    pub holder: Option<&'g str>,
    /// The bank's own number.
    pub routing: Option<&'g str>,
    /// The account's number.
    pub number: &'g str,
}

impl std::fmt::Debug for Given<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Given([redacted])")
    }
}

/// What is stored of it.
pub fn details(
    vault: &Vault,
    tenant: TenantId,
    id: BankAccountId,
    given: Given<'_>,
) -> BankDetails {
    let Given { country, currency, holder, routing, number } = given;
    let tail = number.get(number.len().saturating_sub(4)..).unwrap_or_default();
    BankDetails {
        country: country.to_ascii_uppercase(),
        currency,
        holder: holder.map(str::to_owned),
        routing: routing.map(str::to_owned),
        last4: tail.to_owned(),
        fingerprint: vault.account_fingerprint(tenant.raw(), number),
        sealed: vault.seal_account(id, number, Nonce::from_entropy(entropy::bytes())),
    }
}

/// Bank accounts that take whatever is paid out to them, so that in test mode a payout needs no more
/// than an amount. Their ids are always the same, so adding them again adds nothing.
pub fn test_accounts(vault: &Vault, tenant: TenantId) -> Vec<AddBankAccount> {
    let accounts = [("US", Currency::USD), ("DE", Currency::EUR), ("GB", Currency::GBP)];
    let account = |(number, (country, currency))| {
        let id = BankAccountId::from_bytes([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, number]);
        let (holder, routing) = (Some("Test"), Some(TEST_ROUTING));
        let given = Given { country, currency, holder, routing, number: TEST_ACCOUNT };
        let details = details(vault, tenant, id, given);
        AddBankAccount { id, details, make_default: false, metadata: Metadata::new() }
    };
    (1..).zip(accounts).map(account).collect()
}
