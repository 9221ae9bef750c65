//! What the network and merchants do about disputes.

use farthing_core::money::Money;
use farthing_domain::charge::ChargeState;
use farthing_domain::command::{Ask, DisputeNews, MetadataPatch, OpenDispute, UpdateDispute};
use farthing_domain::dispute::{DisputeAnswer, DisputeReason, DisputeStage, id_of};
use farthing_domain::query::List;
use farthing_domain::view::Row;
use farthing_store::Store;

use super::{Drive, rows};

impl Drive {
    /// A dispute is opened, answered, decided, or has run out of time.
    pub(super) fn dispute(&mut self, store: &Store) -> Option<Ask> {
        let disputes = rows(store, List::Disputes { charge: None, intent: None });
        if disputes.len() < 4 || self.seeded.one_in(3) {
            return self.open_dispute(store);
        }
        let Row::Dispute(dispute) = self.seeded.pick(&disputes)? else { return None };
        let news = [DisputeNews::Escalated, DisputeNews::Won, DisputeNews::Lost];
        let text = self.seeded.one_in(2).then(|| "words".to_owned());
        Some(match self.seeded.below(6) {
            0 => Ask::UpdateDispute(Box::new(UpdateDispute {
                id: dispute.id,
                evidence: vec![("uncategorized_text", text)],
                submit: self.seeded.pick(&[None, Some(true), Some(false)])?,
                metadata: MetadataPatch::default(),
            })),
            1 => Ask::CloseDispute(dispute.id),
            2 => Ask::DisputeDue(dispute.id),
            3 => {
                let answer = dispute.untold.unwrap_or(DisputeAnswer::Contest);
                Ask::DisputeTold(dispute.id, answer, dispute.submissions)
            }
            _ => Ask::HearDispute(dispute.id, self.seeded.pick(&news)?),
        })
    }

    /// As the network does it: never more than it has taken and not given back.
    fn open_dispute(&mut self, store: &Store) -> Option<Ask> {
        let charges = rows(store, List::Charges { intent: None, group: None });
        let Row::Charge(charge) = self.seeded.pick(&charges)? else { return None };
        let ChargeState::Captured { amount, .. } = &charge.state else { return None };
        let gone = charge.refunded.minor() + charge.refund_reserved.minor();
        let left = amount.minor() - gone - charge.disputed.minor();
        let half = if self.seeded.one_in(2) { left } else { left / 2 };
        if half < 1 {
            return None;
        }
        let stages = [DisputeStage::Inquiry, DisputeStage::Chargeback];
        let number = self.seeded.below(1 << 20);
        Some(Ask::OpenDispute(OpenDispute {
            id: id_of(self.now, number),
            charge: charge.id,
            amount: Money::new(half, amount.currency()).expect("positive"),
            reason: DisputeReason::Fraudulent,
            stage: self.seeded.pick(&stages)?,
        }))
    }
}
