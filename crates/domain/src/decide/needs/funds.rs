//! The balances that a movement of funds changes: in the currency that was paid, and in the one that it
//! settles in; charges, their refunds and methods as they are shown.

use farthing_core::currency::Currency;
use farthing_core::id::{ChargeId, PaymentMethodId, RefundId};

use super::Needs;
use crate::command::UpdateCharge;
use crate::decide::hold::timer_of;
use crate::ledger::account::Account;
use crate::object::ObjectRef;
use crate::tenant::TenantId;
use crate::view::{Key, Row};

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

    /// A charge whose hold may end, with what was to happen to that.
    pub(super) fn held(&mut self, tenant: TenantId, id: ChargeId) {
        self.charged(tenant, id);
        if self.view.knows(&Key::Charge(tenant, id))
            && let Some(timer) = self.view.charge(tenant, id).and_then(timer_of)
        {
            self.known(timer);
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

    /// A charge, and whose payment it is said to be.
    pub(super) fn changed_charge(&mut self, tenant: TenantId, ask: &UpdateCharge, expanded: bool) {
        self.payer(tenant, ask.customer);
        self.changed(tenant, ObjectRef::Charge(ask.id), expanded);
    }

    /// The newest refunds of a charge, which it shows where that is asked for.
    pub(super) fn refunds_of(&mut self, tenant: TenantId, charge: ChargeId, levels: u32) {
        let set = Key::RefundsOf(tenant, charge);
        let Some(below) = levels.checked_sub(1) else { return };
        if self.known(set) {
            let view = self.view;
            for row in view.set(&set) {
                if let Row::Refund(refund) = row {
                    self.render(tenant, ObjectRef::Refund(refund.id), below);
                }
            }
        }
    }

    pub(super) fn render_refund(&mut self, tenant: TenantId, id: RefundId, levels: u32) {
        if self.known(Key::Refund(tenant, id))
            && let Some(refund) = self.view.refund(tenant, id)
        {
            self.known(Key::Method(tenant, refund.method));
            let charge = Some(ObjectRef::Charge(refund.charge));
            let intent = Some(ObjectRef::Intent(refund.intent));
            let balance = refund.balance_transaction.map(ObjectRef::BalanceTransaction);
            let failure = refund.failure.and_then(|failure| failure.balance_transaction);
            let failure = failure.map(ObjectRef::BalanceTransaction);
            let customer = refund.customer.map(ObjectRef::Customer);
            self.all(tenant, [charge, intent, balance, failure, customer], levels);
        }
    }

    pub(super) fn render_method(&mut self, tenant: TenantId, id: PaymentMethodId, levels: u32) {
        if self.known(Key::Method(tenant, id))
            && let Some(method) = self.view.method(tenant, id)
        {
            let customer = method.customer().map(ObjectRef::Customer);
            self.all(tenant, [customer], levels);
        }
    }
}
