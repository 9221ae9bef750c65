//! Which commands come with a key of their caller's, the one that opens a merchant, and a card.

use farthing_core::card::Brand;
use farthing_core::id::{MerchantId, PaymentMethodId};
use farthing_domain::command::{Ask, CreateMethod, OpenMerchant};
use farthing_domain::method::{Card, Redisplay};
use farthing_domain::method_type::MethodType;
use farthing_domain::object::{Billing, Metadata};

pub(super) fn open_merchant() -> Ask {
    Ask::OpenMerchant(Box::new(OpenMerchant {
        number: 1,
        account: MerchantId::from_bytes([1; 12]),
        name: "Shop".to_owned(),
        keys: Vec::new(),
        platform: None,
    }))
}

/// Whether a command comes from a merchant's request.
pub(super) fn takes_keys(ask: &Ask) -> bool {
    match ask {
        Ask::CreateIntent(_)
        | Ask::UpdateIntent(_)
        | Ask::ConfirmIntent(_)
        | Ask::CaptureIntent(_)
        | Ask::IncrementIntent(_)
        | Ask::CancelIntent(_)
        | Ask::CreateMethod(_)
        | Ask::CreateToken(_)
        | Ask::UseToken(_)
        | Ask::CreateSetup(_)
        | Ask::UpdateSetup(_)
        | Ask::ConfirmSetup(_)
        | Ask::CancelSetup(_)
        | Ask::AttachMethod(_)
        | Ask::DetachMethod(_)
        | Ask::UpdateMethod(_)
        | Ask::CreateRefund(_)
        | Ask::UpdateRefund(..)
        | Ask::UpdateCharge(..)
        | Ask::CreateCustomer(_)
        | Ask::UpdateCustomer(_)
        | Ask::UpdateDispute(_)
        | Ask::CloseDispute(_)
        | Ask::CreatePayout(_)
        | Ask::UpdatePayout(..)
        | Ask::CancelPayout(_)
        | Ask::ReversePayout(_)
        | Ask::AddBankAccount(_)
        | Ask::UpdatePayoutSettings(_)
        | Ask::CreateEndpoint(_)
        | Ask::UpdateEndpoint(_)
        | Ask::RollSecret(_)
        | Ask::ResendEvent(_) => true,
        Ask::AnswerChallenge(_)
        | Ask::AnswerSetup(_)
        | Ask::WarnOfFraud(_)
        | Ask::Settle(..)
        | Ask::FailOver(_)
        | Ask::Postpone(_)
        | Ask::HearPayment(..)
        | Ask::HearRefund(..)
        | Ask::DeleteCustomer(_)
        | Ask::OpenDispute(_)
        | Ask::HearDispute(..)
        | Ask::DisputeTold(..)
        | Ask::DisputeDue(_)
        | Ask::PayoutTold(..)
        | Ask::HearPayout(_)
        | Ask::DeleteEndpoint(_)
        | Ask::DeleteBankAccount(_)
        | Ask::RecordTries(_)
        | Ask::OpenMerchant(_)
        | Ask::SetSettlement(_)
        | Ask::SetReserve(_)
        | Ask::AddKeys(_)
        | Ask::UpdateKey(_)
        | Ask::RollKey(_)
        | Ask::EndKey(_)
        | Ask::RecordUses(_)
        | Ask::Reseal(_)
        | Ask::AdvanceClock(_)
        | Ask::RunTimer(..)
        | Ask::PutOffTimer(_)
        | Ask::HastenDeliveries(_)
        | Ask::PurgeRecords(_) => false,
    }
}

/// A card.
pub(super) fn card(id: PaymentMethodId) -> CreateMethod {
    CreateMethod {
        id,
        kind: MethodType::CARD,
        card: Card {
            brand: Brand::Visa,
            last4: "4242".to_owned(),
            exp_month: 12,
            exp_year: 2_099,
            fingerprint: "fingerprint".to_owned(),
            funding: "credit".to_owned(),
            country: None,
        },
        parts: Metadata::new(),
        billing: Billing::default(),
        sealed: vec![1; 40],
        metadata: Metadata::new(),
        redisplay: Redisplay::Unspecified,
    }
}
