//! The balances that a movement of funds changes: in the currency that was paid, and in the one that it
//! settles in.

use farthing_core::currency::Currency;
use farthing_core::id::ChargeId;

use super::Needs;
use crate::ledger::account::Account;
use crate::tenant::TenantId;
use crate::view::Key;

impl Needs<'_> {
    /// Where the funds of a new charge go: by what the tenant has settled now.
    pub(super) fn settling(&mut self, tenant: TenantId, currency: Currency) {
        if self.known(Key::Tenant(tenant))
            && let Some(row) = self.view.tenant(tenant)
        {
            let to = row.settlement.rate(currency).map(|rate| rate.to);
            self.balances(tenant, currency, to);
        }
    }

    /// Where the funds of a charge are.
    pub(super) fn charged(&mut self, tenant: TenantId, id: ChargeId) {
        if self.known(Key::Charge(tenant, id))
            && let Some(charge) = self.view.charge(tenant, id)
        {
            let (currency, to) = (charge.amount.currency(), charge.rate.map(|rate| rate.to));
            self.balances(tenant, currency, to);
            if charge.holds() {
                self.holding(tenant, currency);
            }
        }
    }

    /// What is held, beside the funds: automatic captures do not read it.
    pub(super) fn holding(&mut self, tenant: TenantId, currency: Currency) {
        for account in Account::ALL.iter().filter(|account| account.of_holds()) {
            self.known(Key::Balance(tenant, *account, currency));
        }
    }

    /// What is available and what is kept back.
    pub(super) fn reserved(&mut self, tenant: TenantId, currency: Currency) {
        self.writer(tenant);
        for account in [Account::Available, Account::Reserve] {
            self.known(Key::Balance(tenant, account, currency));
        }
    }

    pub(super) fn balances(&mut self, tenant: TenantId, currency: Currency, to: Option<Currency>) {
        let aside = |it: &&Account| it.of_holds() || **it == Account::Reserve;
        let moved = |it: &&Account| !aside(it) && (to.is_some() || !it.of_conversions());
        for account in Account::ALL.iter().filter(moved) {
            for currency in [Some(currency), to].into_iter().flatten() {
                self.known(Key::Balance(tenant, *account, currency));
            }
        }
    }
}
