//! What set-up intents, their tries and fraud warnings need.

use farthing_core::id::{
    CustomerId, FraudWarningId, PaymentMethodId, SetupAttemptId, SetupIntentId, TokenId,
};

use super::{Needs, levels};
use crate::command::{ConfirmSetup, Patch, UpdateCustomer, UpdateSetup, WarnOfFraud};
use crate::object::ObjectRef;
use crate::setup::SetupState;
use crate::tenant::TenantId;
use crate::view::Key;

impl Needs<'_> {
    /// A card may be its customer's own, which it is no more then.
    pub(super) fn detached(&mut self, tenant: TenantId, id: PaymentMethodId, expanded: bool) {
        self.changed(tenant, ObjectRef::Method(id), expanded);
        if self.view.knows(&Key::Method(tenant, id))
            && let Some(method) = self.view.method(tenant, id)
            && let Some(customer) = method.customer()
        {
            self.render(tenant, ObjectRef::Customer(customer), 0);
        }
    }

    pub(super) fn changed_customer(
        &mut self,
        tenant: TenantId,
        ask: &UpdateCustomer,
        expanded: bool,
    ) {
        self.changed(tenant, ObjectRef::Customer(ask.id), expanded);
        if let Patch::Set(method) = ask.default_method {
            self.known(Key::Method(tenant, method));
        }
    }

    pub(super) fn render_customer(&mut self, tenant: TenantId, id: CustomerId, levels: u32) {
        if self.known(Key::Customer(tenant, id))
            && let Some(customer) = self.view.customer(tenant, id)
        {
            let method = customer.profile.default_method.map(ObjectRef::Method);
            self.all(tenant, [method], levels);
        }
    }

    pub(super) fn used(&mut self, tenant: TenantId, id: TokenId) {
        self.writer(tenant);
        self.known(Key::Token(tenant, id));
    }

    pub(super) fn changed_setup(&mut self, tenant: TenantId, ask: &UpdateSetup, expanded: bool) {
        self.paying(tenant, ask.customer, ask.method.as_ref());
        self.setup(tenant, ask.id, expanded);
    }

    pub(super) fn confirmed_setup(&mut self, tenant: TenantId, ask: &ConfirmSetup, expanded: bool) {
        self.paying(tenant, None, ask.method.as_ref());
        self.setup(tenant, ask.id, expanded);
    }

    pub(super) fn warned(&mut self, tenant: TenantId, ask: &WarnOfFraud) {
        self.known(Key::Warning(tenant, ask.id));
        self.disputed(tenant, ask.charge);
    }

    pub(super) fn render_token(&mut self, tenant: TenantId, id: TokenId) {
        self.known(Key::Token(tenant, id));
    }

    pub(super) fn setup(&mut self, tenant: TenantId, id: SetupIntentId, expanded: bool) {
        self.writer(tenant);
        self.render(tenant, ObjectRef::Setup(id), levels(expanded));
        if self.view.knows(&Key::Setup(tenant, id))
            && let Some(setup) = self.view.setup(tenant, id)
        {
            // The decision reads its customer, its card and its newest try, expanded or not.
            self.payer(tenant, setup.customer);
            if let Some(method) = setup.method {
                self.known(Key::Method(tenant, method));
            }
            if let Some(tried) = setup.latest_attempt {
                self.known(Key::SetupAttempt(tenant, tried));
            }
        }
    }

    pub(super) fn render_setup(&mut self, tenant: TenantId, id: SetupIntentId, levels: u32) {
        if self.known(Key::Setup(tenant, id))
            && let Some(setup) = self.view.setup(tenant, id)
        {
            if let SetupState::RequiresPaymentMethod { last_error: Some(last) } = &setup.state {
                self.known(Key::Method(tenant, last.method));
            }
            let customer = setup.customer.map(ObjectRef::Customer);
            let method = setup.method.map(ObjectRef::Method);
            let tried = setup.latest_attempt.map(ObjectRef::SetupAttempt);
            self.all(tenant, [customer, method, tried], levels);
        }
    }

    /// A try always shows its card.
    pub(super) fn render_try(&mut self, tenant: TenantId, id: SetupAttemptId, levels: u32) {
        if self.known(Key::SetupAttempt(tenant, id))
            && let Some(tried) = self.view.setup_attempt(tenant, id)
        {
            self.known(Key::Method(tenant, tried.method));
            let customer = tried.customer.map(ObjectRef::Customer);
            let method = Some(ObjectRef::Method(tried.method));
            let setup = Some(ObjectRef::Setup(tried.setup));
            self.all(tenant, [customer, method, setup], levels);
        }
    }

    /// A warning says of its charge whether anything can still be done.
    pub(super) fn render_warning(&mut self, tenant: TenantId, id: FraudWarningId, levels: u32) {
        if self.known(Key::Warning(tenant, id))
            && let Some(warning) = self.view.warning(tenant, id)
        {
            self.known(Key::Charge(tenant, warning.charge));
            let charge = Some(ObjectRef::Charge(warning.charge));
            let intent = Some(ObjectRef::Intent(warning.intent));
            self.all(tenant, [charge, intent], levels);
        }
    }
}
