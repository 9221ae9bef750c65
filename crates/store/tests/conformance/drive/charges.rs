//! What is said of charges afterwards.

use farthing_domain::charge::{Charge, UserReport};
use farthing_domain::command::{Ask, MetadataPatch, Patch, UpdateCharge};

/// A note, and what the merchant says of the payer: the second time it is taken back.
pub(super) fn noted(charge: &Charge, metadata: MetadataPatch) -> Ask {
    let report = match charge.report {
        None => Patch::Set(UserReport::Safe),
        Some(UserReport::Safe) => Patch::Set(UserReport::Fraudulent),
        Some(UserReport::Fraudulent) => Patch::Unset,
    };
    Ask::UpdateCharge(Box::new(UpdateCharge {
        id: charge.id,
        customer: None,
        description: Patch::Set("noted".to_owned()),
        metadata,
        receipt_email: Patch::Unset,
        report,
        shipping: Patch::Keep,
        transfer_group: charge.report.is_none().then(|| "group".into()),
    }))
}
