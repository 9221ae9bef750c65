//! Every error has a stable code of its own and says a whole sentence.

use std::collections::BTreeSet;

use farthing_core::card::CardError;
use farthing_core::currency::{Currency, CurrencyError};
use farthing_core::idempotency::KeyError;
use farthing_core::inbox::InboxError;
use farthing_core::journal::JournalError;
use farthing_core::money::{ChargeAmountError, Money, MoneyError};
use farthing_core::origin::OriginError;
use farthing_core::webhook::{SecretError, Tolerance, VerifyError};

#[test]
fn codes_are_distinct_and_messages_are_sentences() {
    let (left, right) = (Currency::USD, Currency::EUR);
    let one = Money::new(1, Currency::USD).expect("an amount");
    let tolerance = Tolerance::seconds(0).expect_err("no tolerance at all");
    let mut seen = BTreeSet::new();
    macro_rules! check {
        ($($error:expr,)*) => {$(
            let error = $error;
            let message = error.to_string();
            assert!(message.ends_with('.') && message.contains(' '), "{message}");
            assert!(message.starts_with(|first: char| first.is_ascii_uppercase()), "{message}");
            assert!(seen.insert(error.code()), "{message}");
            let snake = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
            assert!(error.code().bytes().all(snake), "{}", error.code());
        )*};
    }
    check! {
        JournalError::InProgress,
        JournalError::AlreadyPaid,
        MoneyError::Negative,
        MoneyError::Mismatch { left, right },
        MoneyError::Overflow,
        MoneyError::Below,
        MoneyError::Unparsable { at: 0 },
        MoneyError::TooManyDecimals { exponent: 2 },
        MoneyError::NoWeights,
        ChargeAmountError::TooSmall { minimum: one },
        ChargeAmountError::TooLarge { maximum: one },
        ChargeAmountError::NotMultiple { quantum: 10 },
        CurrencyError::Malformed,
        CurrencyError::Unknown,
        KeyError::Empty,
        KeyError::TooLong { length: 256 },
        KeyError::NotVisibleAscii { at: 0 },
        OriginError::Empty,
        OriginError::TooLong { length: 268 },
        OriginError::Null,
        OriginError::Wildcard,
        OriginError::Scheme,
        OriginError::UserInfo,
        OriginError::Path,
        OriginError::Ipv6,
        OriginError::Host,
        OriginError::Port,
        OriginError::DefaultPort,
        OriginError::Insecure,
        SecretError::Empty,
        SecretError::NotBase64,
        tolerance,
        VerifyError::NoSecret,
        VerifyError::EmptyHeader,
        VerifyError::MalformedTimestamp,
        VerifyError::NoTimestamp,
        VerifyError::DuplicateTimestamp,
        VerifyError::NoSignature,
        VerifyError::SignatureMismatch,
        VerifyError::TooOld { by_s: 1 },
        VerifyError::TooNew { by_s: 1 },
        VerifyError::BadId,
        CardError::IncorrectNumber,
        CardError::InvalidNumber,
        CardError::InvalidExpiryMonth,
        CardError::InvalidExpiryYear,
        CardError::InvalidCvc,
        InboxError::NotJson { at: 0 },
        InboxError::TooDeep,
        InboxError::Missing { field: "id" },
        InboxError::Malformed { field: "id" },
        InboxError::Duplicate { field: "id" },
    }
}

#[test]
fn what_failed_to_verify_is_known_by_its_code() {
    for error in [
        VerifyError::NoSecret,
        VerifyError::EmptyHeader,
        VerifyError::MalformedTimestamp,
        VerifyError::NoTimestamp,
        VerifyError::DuplicateTimestamp,
        VerifyError::NoSignature,
        VerifyError::SignatureMismatch,
        VerifyError::TooOld { by_s: 1 },
        VerifyError::TooNew { by_s: 1 },
        VerifyError::BadId,
    ] {
        assert!(VerifyError::is_code(error.code()), "{}", error.code());
    }
    for other in ["event_not_json", "body_too_large", "unsupported_media_type", "other", ""] {
        assert!(!VerifyError::is_code(other), "{other}");
    }
}
