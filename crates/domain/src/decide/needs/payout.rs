//! What payouts need, and funds that are available at once.

use farthing_core::currency::Currency;
use farthing_core::id::{AttemptId, BankAccountId, ChargeId, PayoutId};

use super::{Needs, levels};
use crate::charge::{Charge, ChargeState};
use crate::ledger::account::Account;
use crate::network::Outcome;
use crate::object::ObjectRef;
use crate::tenant::TenantId;
use crate::view::{Key, Row};

impl Needs<'_> {
    /// Everything that is available, and where it goes.
    pub(super) fn sweep(&mut self, tenant: TenantId) {
        self.known(Key::BankAccounts(tenant));
        if !self.known(Key::Balances(tenant)) {
            return;
        }
        let view = self.view;
        let balances = view
            .set(&Key::Balances(tenant))
            .iter()
            .filter_map(|row| if let Row::Balance(row) = row { Some(row) } else { None });
        let available = balances.filter(|row| row.account == Account::Available);
        for balance in available {
            self.balances(tenant, balance.currency, None);
        }
    }

    /// A payout, the one it reverses, the one that reverses it, its bank account and the balances. News may be of one that is
    /// not ours, or not there: then nothing else is needed.
    pub(super) fn payout(&mut self, tenant: TenantId, id: PayoutId, expanded: bool) {
        self.writer(tenant);
        self.render(tenant, ObjectRef::Payout(id), levels(expanded));
        if self.view.knows(&Key::Payout(tenant, id))
            && let Some(payout) = self.view.payout(tenant, id)
        {
            self.known(Key::BankAccount(tenant, payout.destination));
            if let Some(original) = payout.original {
                self.known(Key::Payout(tenant, original));
            }
            if let Some(reversal) = payout.reversed_by {
                self.render(tenant, ObjectRef::Payout(reversal), 0);
            }
            self.balances(tenant, payout.amount.currency(), None);
        }
    }

    /// Where funds may go, and how many there are.
    pub(super) fn new_payout(&mut self, tenant: TenantId, currency: Currency) {
        self.writer(tenant);
        self.accounts(tenant);
        self.balances(tenant, currency, None);
    }

    /// All bank accounts, and each of them: one may be shown whole, or be the default no more.
    fn accounts(&mut self, tenant: TenantId) {
        if !self.known(Key::BankAccounts(tenant)) {
            return;
        }
        let view = self.view;
        for row in view.set(&Key::BankAccounts(tenant)) {
            self.known(row.key());
        }
    }

    /// A bank account, and all others.
    pub(super) fn account(&mut self, tenant: TenantId, id: BankAccountId) {
        self.writer(tenant);
        self.accounts(tenant);
        self.known(Key::BankAccount(tenant, id));
    }

    /// A charge of which the network says later whether its funds came.
    pub(super) fn settled_later(&mut self, tenant: TenantId, id: ChargeId) {
        self.disputed(tenant, id);
        if self.view.knows(&Key::Charge(tenant, id))
            && self.view.charge(tenant, id).is_some_and(bypasses)
        {
            self.known(Key::Balances(tenant));
        }
    }

    pub(super) fn settled(&mut self, tenant: TenantId, id: AttemptId, outcome: &Outcome) {
        self.attempt(tenant, id);
        self.at_once(tenant, id, outcome);
    }

    /// Funds that are available at once make an event, which shows the whole balance.
    fn at_once(&mut self, tenant: TenantId, id: AttemptId, outcome: &Outcome) {
        let Outcome::Approved(approval) = outcome else { return };
        if !self.view.knows(&Key::Attempt(id)) {
            return;
        }
        let held = self.view.attempt(id).and_then(|attempt| attempt.call.charge());
        let at_once = match held {
            None => approval.bypass_pending,
            Some(id) => {
                self.view.knows(&Key::Charge(tenant, id))
                    && self.view.charge(tenant, id).is_some_and(bypasses)
            }
        };
        if at_once {
            self.known(Key::Balances(tenant));
        }
    }

    pub(super) fn render_payout(&mut self, tenant: TenantId, id: PayoutId, levels: u32) {
        if self.known(Key::Payout(tenant, id))
            && let Some(payout) = self.view.payout(tenant, id)
        {
            let lines = [payout.balance_transaction, payout.returned];
            let [taken, returned] = lines.map(|line| line.map(ObjectRef::BalanceTransaction));
            let original = payout.original.map(ObjectRef::Payout);
            let reversed_by = payout.reversed_by.map(ObjectRef::Payout);
            let account = Some(ObjectRef::BankAccount(payout.destination));
            self.all(tenant, [taken, returned, original, reversed_by, account], levels);
        }
    }
}

/// Whether a charge's funds are available as soon as they are taken.
fn bypasses(charge: &Charge) -> bool {
    match &charge.state {
        ChargeState::Held { approval, .. }
        | ChargeState::Pending { approval }
        | ChargeState::Captured { approval, .. } => approval.bypass_pending,
        ChargeState::Released { .. } | ChargeState::Failed { .. } => false,
    }
}
