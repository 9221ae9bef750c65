//! Closed lists as stored numbers. They are never changed or reused; a new variant breaks the build
//! here and gets the next number.

use farthing_core::card::Brand;
use farthing_core::currency::Currency;
use farthing_core::id::{
    BalanceTransactionId, BankAccountId, ChargeId, CustomerId, DisputeId, EndpointId, EventId,
    FraudWarningId, IntentId, PaymentMethodId, PayoutId, RefundId, SetupAttemptId, SetupIntentId,
    TokenId,
};
use farthing_domain::attempt::Presence;
use farthing_domain::customer::TaxExempt;
use farthing_domain::dispute::{DisputeAnswer, DisputeReason, DisputeState};
use farthing_domain::endpoint::EndpointStatus;
use farthing_domain::event::EventKind;
use farthing_domain::intent::{
    CancelReason, CaptureMethod, ConfirmationMethod, FutureUsage, MethodChoice, ThreeDSecure, Verb,
    Wish,
};
use farthing_domain::ledger::account::Account;
use farthing_domain::ledger::transfer::Reason;
use farthing_domain::method::Redisplay;
use farthing_domain::method_type::{MethodSet, MethodType};
use farthing_domain::network::{Check, Risk};
use farthing_domain::object::ObjectRef;
use farthing_domain::payout::{PayoutFailure, PayoutMethod, PayoutState};
use farthing_domain::refund::{FailureReason, RefundReason, RefundState};
use farthing_domain::setup::SetupCancelReason;
use farthing_domain::tenant::KeyClass;

/// Stored as a small number.
pub(crate) trait Numbered: Sized {
    fn number(self) -> i64;
    fn from_number(number: i64) -> Option<Self>;
}

macro_rules! numbered {
    ($($type:ty { $($variant:pat => $number:literal => $value:expr,)+ })+) => {$(
        impl Numbered for $type {
            fn number(self) -> i64 {
                match self { $($variant => $number),+ }
            }

            fn from_number(number: i64) -> Option<Self> {
                match number { $($number => Some($value),)+ _ => None }
            }
        }
    )+};
}

/// For variants without fields, where pattern and value are the same words.
macro_rules! plain {
    ($($type:ident { $($variant:ident = $number:literal),+ $(,)? })+) => {
        numbered! { $($type { $($type::$variant => $number => $type::$variant,)+ })+ }
    };
}

plain! {
    KeyClass { Secret = 1, Publishable = 2, Operator = 3, Restricted = 4 }
    CaptureMethod { Automatic = 1, AutomaticAsync = 2, Manual = 3 }
    ConfirmationMethod { Automatic = 1, Manual = 2 }
    Verb { Confirm = 1, Capture = 2, Cancel = 3, Refund = 4, Increment = 5 }
    Wish { IfAvailable = 1, Never = 2 }
    ThreeDSecure { Automatic = 1, Any = 2, Challenge = 3 }
    FutureUsage { OnSession = 1, OffSession = 2 }
    CancelReason {
        Duplicate = 1, Fraudulent = 2, RequestedByCustomer = 3, Abandoned = 4, Automatic = 5,
    }
    SetupCancelReason { Abandoned = 1, Duplicate = 2, RequestedByCustomer = 3 }
    RefundState { Pending = 1, Succeeded = 2, Failed = 3 }
    FailureReason { Unknown = 0, LostOrStolenCard = 1, ExpiredOrCanceledCard = 2 }
    RefundReason { Duplicate = 1, Fraudulent = 2, RequestedByCustomer = 3 }
    DisputeAnswer { Contest = 1, Accept = 2 }
    DisputeReason { Fraudulent = 1, ProductNotReceived = 2, DebitNotAuthorized = 3 }
    DisputeState {
        InquiryOpen = 1, InquiryAnswered = 2, InquiryClosed = 3, Open = 4, Answered = 5, Won = 6,
        Lost = 7,
    }
    PayoutState { Pending = 1, InTransit = 2, Paid = 3, Failed = 4, Canceled = 5 }
    PayoutMethod { Standard = 1, Instant = 2 }
    PayoutFailure {
        NoAccount = 1, AccountClosed = 2, InsufficientFunds = 3, DebitNotAuthorized = 4,
        InvalidCurrency = 5, CouldNotProcess = 6,
    }
    EndpointStatus { Enabled = 1, Disabled = 2, Deleted = 3 }
    Presence { OnSession = 1, OffSession = 2, Authenticated = 3, Asked = 4 }
    Redisplay { Unspecified = 0, Limited = 1, Always = 2 }
    TaxExempt { None = 0, Exempt = 1, Reverse = 2 }
    Check { None = 0, Pass = 1, Fail = 2, Unavailable = 3, Unchecked = 4 }
    Risk { Normal = 0, Elevated = 1, Highest = 2 }
    Brand {
        Visa = 1, Mastercard = 2, Amex = 3, Discover = 4, Diners = 5, Jcb = 6, UnionPay = 7,
        Unknown = 8,
    }
}

/// The two lowest bits say how: 1 listed, 2 and 3 automatically. The list is in the bits above, which
/// are empty for cards alone: the only list there was at first.
impl Numbered for MethodChoice {
    fn number(self) -> i64 {
        match self {
            Self::Listed(kinds) if kinds == MethodSet::CARD => 1,
            Self::Listed(kinds) => {
                let bits = i64::try_from(kinds.bits()).expect("61 bits at most");
                bits.checked_mul(4).and_then(|bits| bits.checked_add(1)).expect("63 bits at most")
            }
            Self::Automatic { redirects: false } => 2,
            Self::Automatic { redirects: true } => 3,
        }
    }

    fn from_number(number: i64) -> Option<Self> {
        match number {
            1 => Some(Self::Listed(MethodSet::CARD)),
            2 => Some(Self::Automatic { redirects: false }),
            3 => Some(Self::Automatic { redirects: true }),
            _ if number > 4 && number & 3 == 1 => {
                let kinds = MethodSet::from_bits(u64::try_from(number >> 2).ok()?)?;
                Some(Self::Listed(kinds))
            }
            _ => None,
        }
    }
}

impl Numbered for MethodType {
    fn number(self) -> i64 {
        i64::from(self.number)
    }

    fn from_number(number: i64) -> Option<Self> {
        Self::from_number(number)
    }
}

/// For lists whose numbers the domain gives itself.
macro_rules! own_numbers {
    ($($type:ident),+) => {$(
        impl Numbered for $type {
            fn number(self) -> i64 {
                $type::number(self)
            }

            fn from_number(number: i64) -> Option<Self> {
                $type::from_number(number)
            }
        }
    )+};
}

own_numbers!(EventKind, Account, Reason);

/// A reference as a kind and an id.
pub(crate) fn object_parts(object: ObjectRef) -> (i64, [u8; 12]) {
    match object {
        ObjectRef::Intent(id) => (1, id.bytes()),
        ObjectRef::Charge(id) => (2, id.bytes()),
        ObjectRef::Refund(id) => (3, id.bytes()),
        ObjectRef::Method(id) => (4, id.bytes()),
        ObjectRef::Endpoint(id) => (5, id.bytes()),
        ObjectRef::Event(id) => (6, id.bytes()),
        ObjectRef::BalanceTransaction(id) => (7, id.bytes()),
        ObjectRef::Customer(id) => (20, id.bytes()),
        ObjectRef::Payout(id) => (21, id.bytes()),
        ObjectRef::Balance(currency) => (22, padded(currency)),
        ObjectRef::BankAccount(id) => (23, id.bytes()),
        ObjectRef::Dispute(id) => (8, id.bytes()),
        ObjectRef::Setup(id) => (26, id.bytes()),
        ObjectRef::SetupAttempt(id) => (27, id.bytes()),
        ObjectRef::Warning(id) => (28, id.bytes()),
        ObjectRef::Token(id) => (29, id.bytes()),
    }
}

/// The reverse of [`object_parts`].
pub(crate) fn object_ref(kind: i64, id: [u8; 12]) -> Option<ObjectRef> {
    match kind {
        1 => Some(ObjectRef::Intent(IntentId::from_bytes(id))),
        2 => Some(ObjectRef::Charge(ChargeId::from_bytes(id))),
        3 => Some(ObjectRef::Refund(RefundId::from_bytes(id))),
        4 => Some(ObjectRef::Method(PaymentMethodId::from_bytes(id))),
        5 => Some(ObjectRef::Endpoint(EndpointId::from_bytes(id))),
        6 => Some(ObjectRef::Event(EventId::from_bytes(id))),
        8 => Some(ObjectRef::Dispute(DisputeId::from_bytes(id))),
        7 => Some(ObjectRef::BalanceTransaction(BalanceTransactionId::from_bytes(id))),
        20 => Some(ObjectRef::Customer(CustomerId::from_bytes(id))),
        21 => Some(ObjectRef::Payout(PayoutId::from_bytes(id))),
        22 => Some(ObjectRef::Balance(unpadded(id)?)),
        23 => Some(ObjectRef::BankAccount(BankAccountId::from_bytes(id))),
        26 => Some(ObjectRef::Setup(SetupIntentId::from_bytes(id))),
        27 => Some(ObjectRef::SetupAttempt(SetupAttemptId::from_bytes(id))),
        28 => Some(ObjectRef::Warning(FraudWarningId::from_bytes(id))),
        29 => Some(ObjectRef::Token(TokenId::from_bytes(id))),
        _ => None,
    }
}

/// A currency's code where an id would be, with zeros behind it.
fn padded(currency: Currency) -> [u8; 12] {
    let mut bytes = [0; 12];
    for (to, from) in bytes.iter_mut().zip(currency.code().bytes()) {
        *to = from;
    }
    bytes
}

fn unpadded(bytes: [u8; 12]) -> Option<Currency> {
    Currency::parse(std::str::from_utf8(&bytes).ok()?.trim_end_matches('\0')).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_comes_back() {
        fn check<T: Numbered>(count: i64, first: i64) {
            for number in first..first + count {
                let back = T::from_number(number).expect("no gap in the numbers").number();
                assert_eq!(back, number);
            }
            assert!(T::from_number(first + count).is_none(), "more variants than the test knows");
        }
        check::<KeyClass>(4, 1);
        check::<CaptureMethod>(3, 1);
        check::<ConfirmationMethod>(2, 1);
        check::<Verb>(5, 1);
        check::<Wish>(2, 1);
        check::<ThreeDSecure>(3, 1);
        check::<FutureUsage>(2, 1);
        check::<CancelReason>(5, 1);
        check::<SetupCancelReason>(3, 1);
        check::<RefundState>(3, 1);
        check::<RefundReason>(3, 1);
        check::<FailureReason>(3, 0);
        check::<EndpointStatus>(3, 1);
        check::<Presence>(4, 1);
        check::<Redisplay>(3, 0);
        check::<TaxExempt>(3, 0);
        check::<Check>(5, 0);
        check::<Risk>(3, 0);
        check::<Brand>(8, 1);
        check::<MethodType>(36, 1);
        for account in Account::ALL {
            assert_eq!(Account::from_number(account.number()), Some(*account));
        }
        check::<Reason>(5, 1);
        check::<Reason>(6, 10);
        check::<PayoutState>(5, 1);
        check::<PayoutMethod>(2, 1);
        check::<PayoutFailure>(6, 1);
        check::<DisputeAnswer>(2, 1);
        check::<DisputeReason>(3, 1);
        check::<DisputeState>(7, 1);
    }

    #[test]
    fn every_choice_of_methods_comes_back() {
        let all = MethodType::all().fold(MethodSet::NONE, MethodSet::with);
        let two = MethodType::all().take(2).fold(MethodSet::NONE, MethodSet::with);
        for choice in [
            MethodChoice::Listed(MethodSet::CARD),
            MethodChoice::Listed(two),
            MethodChoice::Listed(all),
            MethodChoice::Automatic { redirects: false },
            MethodChoice::Automatic { redirects: true },
        ] {
            assert_eq!(MethodChoice::from_number(choice.number()), Some(choice));
        }
        for number in [0, 4, 5, 6, i64::MAX, -3] {
            assert_eq!(MethodChoice::from_number(number), None, "{number}");
        }
    }
}
