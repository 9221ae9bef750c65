//! What is needed of keys, their caps, and deliveries.

use farthing_core::time::TimestampMs;

use super::Needs;
use crate::command::{Command, NewKey, OpenMerchant, ResendEvent, RollKey, Try};
use crate::object::ObjectRef;
use crate::tenant::{Mode, TenantId};
use crate::view::Key;

impl Needs<'_> {
    /// A key with its siblings: their origins share one policy.
    pub(super) fn changed_key(&mut self, hash: [u8; 32]) {
        if self.known(Key::ApiKey(hash))
            && let Some(key) = self.view.api_key(hash)
        {
            let tenant = key.tenant;
            self.known(Key::ApiKeys(tenant));
        }
    }

    pub(super) fn rolled_key(&mut self, ask: &RollKey) {
        self.known(Key::ApiKey(ask.new_hash));
        self.changed_key(ask.hash);
    }

    pub(super) fn new_merchant(&mut self, ask: &OpenMerchant) {
        for mode in [Mode::Test, Mode::Live] {
            self.known(Key::Tenant(TenantId::of(ask.number, mode)));
        }
        self.new_keys(&ask.keys);
    }

    pub(super) fn new_keys(&mut self, keys: &[NewKey]) {
        for key in keys {
            self.known(Key::ApiKey(key.hash));
            self.known(Key::ApiKeys(key.tenant));
            if key.rights.caps.is_some() {
                self.known(Key::Tenant(key.tenant));
            }
        }
    }

    pub(super) fn used_keys(&mut self, uses: &[([u8; 32], TimestampMs)]) {
        for (hash, _) in uses {
            self.known(Key::ApiKey(*hash));
        }
    }

    /// The key that asks, if it has caps, and what its family has spent.
    pub(super) fn spender(&mut self, command: &Command) {
        if let Some(hash) = command.meta.spender
            && self.known(Key::ApiKey(hash))
            && let Some(key) = self.view.api_key(hash)
            && let Some(caps) = key.rights.caps
        {
            let (tenant, family) = (command.meta.tenant, key.family());
            self.known(Key::Allowance(tenant, family, caps.window(command.meta.now)));
        }
    }

    /// What was counted for an object, where the tenant has keys with caps at all.
    pub(super) fn spend(&mut self, tenant: TenantId, about: ObjectRef) {
        if self.known(Key::Tenant(tenant))
            && self.view.tenant(tenant).is_some_and(|tenant| tenant.has_caps)
            && self.known(Key::Spend(tenant, about))
            && let Some(spend) = self.view.spend(tenant, about)
        {
            self.known(Key::Allowance(tenant, spend.family, spend.window));
        }
    }

    /// An event with its deliveries, each of which may become due again.
    pub(super) fn resent(&mut self, tenant: TenantId, ask: ResendEvent, expanded: bool) {
        self.changed(tenant, ObjectRef::Event(ask.event), expanded);
        if let Some(endpoint) = ask.endpoint {
            self.known(Key::Endpoint(tenant, endpoint));
            self.known(Key::Delivery(tenant, ask.event, endpoint));
        }
        let set = Key::Deliveries(tenant, ask.event);
        if self.view.knows(&set) {
            let view = self.view;
            for row in view.set(&set) {
                self.known(row.key());
            }
        }
    }

    pub(super) fn tries(&mut self, tries: &[Try]) {
        for each in tries {
            self.known(Key::Delivery(each.tenant, each.event, each.endpoint));
        }
    }
}
