//! Payments whose funds are held first.

use farthing_core::money::Money;
use farthing_domain::command::{
    Ask, Confirm, CreateIntent, IncrementIntent, MetadataPatch, MethodSource,
};
use farthing_domain::intent::{CaptureMethod, Intent};

use super::Drive;

impl Drive {
    /// A payment whose funds are to be held.
    pub(crate) fn hold(&mut self, amount: Money) -> Ask {
        let Ask::CreateIntent(ask) = self.create_intent() else { unreachable!("it makes one") };
        let (confirm, capture) = (Some(Confirm::default()), CaptureMethod::Manual);
        let method = Some(MethodSource::New(Box::new(self.method())));
        Ask::CreateIntent(Box::new(CreateIntent { amount, capture, method, confirm, ..*ask }))
    }

    /// A little more is to be held.
    pub(super) fn raise(&mut self, intent: &Intent) -> Ask {
        Ask::IncrementIntent(Box::new(IncrementIntent {
            id: intent.id,
            amount_minor: intent.amount.minor().saturating_add(7),
            description: self.seeded.one_in(2).then(|| "more".to_owned()),
            statement_descriptor: None,
            metadata: MetadataPatch::default(),
        }))
    }
}
