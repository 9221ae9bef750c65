//! Ids: twelve bytes in storage, a prefixed text on the wire.
//!
//! The bytes are 48 bits of big-endian milliseconds since the epoch, then 48 bits of entropy, so
//! ids sort by time in either form. The text is the prefix, `_`, and 24 characters: a digit (`3`
//! on the path of a payment, else `1`), the bytes as 17 base-62 digits, and 6 check characters.
//! The check makes a mistyped id one that was never issued; it is no secret and proves nothing.
//!
//! ```
//! use farthing_core::{id::IntentId, time::TimestampMs};
//!
//! let id = IntentId::new(TimestampMs::from_ms(1_795_000_000_000), [1, 2, 3, 4, 5, 255]);
//! assert_eq!(id.to_string(), "pi_300ejsP2eDayU4MA07dGeEBS");
//! assert_eq!(IntentId::parse(&id.to_string()), Some(id));
//! assert_eq!(IntentId::parse("pi_300ejsP2eDayU4MA07dGeEBT"), None);
//! ```

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::time::TimestampMs;

/// In ASCII order, so that numbers of one width sort alike as text.
const DIGITS: [u8; 62] = *b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BODY_CHARS: usize = 24;
const NUMBER_CHARS: usize = 17;
const LOW_CHARS: usize = 9;
/// 62 to the 9th: the most digits that fit 64 bits twice over, so only one wide division is needed.
const LOW_MODULUS: u128 = 13_537_086_546_263_552;
/// 62 to the 6th: as many values as the check characters have.
const CHECK_MODULUS: u64 = 56_800_235_584;
const MS_MAX: u64 = 0xffff_ffff_ffff;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident $prefix:literal $kind:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 12]);

        impl $name {
            /// What stands before the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// An id of this moment. A moment outside 48 bits of milliseconds becomes the nearest.
            pub fn new(now: TimestampMs, entropy: [u8; 6]) -> Self {
                Self(stamped(now, entropy))
            }

            /// The id of these stored bytes.
            pub const fn from_bytes(bytes: [u8; 12]) -> Self {
                Self(bytes)
            }

            /// The bytes to store.
            pub const fn bytes(self) -> [u8; 12] {
                self.0
            }

            /// When it was made.
            pub fn created(self) -> TimestampMs {
                created(self.0)
            }

            /// Reads the wire form; `None` if no such id can ever have been issued.
            pub fn parse(text: &str) -> Option<Self> {
                let body = text.strip_prefix($prefix)?.strip_prefix('_')?;
                decode($prefix, $kind, body).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_wire(f, $prefix, $kind, self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_wire(f, $prefix, $kind, self.0)
            }
        }
    )*};
}

ids! {
    /// What a merchant asked to be paid.
    IntentId "pi" b'3';
    /// Money taken.
    ChargeId "ch" b'3';
    /// Money given back.
    RefundId "re" b'3';
    /// A holder's objection to a charge.
    DisputeId "du" b'1';
    /// One line of a merchant's balance.
    BalanceTransactionId "txn" b'3';
    /// A way to pay.
    PaymentMethodId "pm" b'1';
    /// Somebody who pays.
    CustomerId "cus" b'1';
    /// Something that happened.
    EventId "evt" b'1';
    /// Where a merchant is told of events.
    EndpointId "we" b'1';
    /// One try to get a payment from the network.
    AttemptId "att" b'1';
    /// A merchant.
    MerchantId "acct" b'1';
    /// A card that was typed, to be used once.
    TokenId "tok" b'1';
    /// What such a card is called inside its token.
    CardId "card" b'1';
    /// What a merchant asked to be able to charge later.
    SetupIntentId "seti" b'1';
    /// One try to set a card up.
    SetupAttemptId "setatt" b'1';
    /// An issuer's word that a charge is fraud.
    FraudWarningId "issfr" b'1';
    /// An API key, by which it is named once it was shown; its bytes come from the key's hash.
    ApiKeyId "key" b'1';
    /// Money sent to a merchant's bank.
    PayoutId "po" b'1';
    /// A merchant's account at a bank.
    BankAccountId "ba" b'1';
}

/// Writes bytes, read as one big-endian number, as exactly `chars` base-62 digits. Digits that do
/// not fit are dropped from the high end: for secrets, where every character must stay uniform
/// enough (19 bytes in 25 characters lose less than a thousandth of a bit of entropy).
pub fn base62(bytes: &[u8], chars: usize) -> String {
    let mut number: Vec<u8> = bytes.to_vec();
    let mut digits: Vec<u8> = Vec::with_capacity(chars);
    for _ in 0..chars {
        let mut rest: u16 = 0;
        for byte in &mut number {
            let part = (rest << 8) | u16::from(*byte);
            rest = part.rem_euclid(62);
            // The remainder before was below 62, so the quotient is below 256.
            *byte = u8::try_from(part.div_euclid(62)).unwrap_or(u8::MAX);
        }
        digits.push(digit(u64::from(rest)));
    }
    digits.iter().rev().copied().map(char::from).collect()
}

/// The id of one HTTP request: `req_` and 14 characters.
pub fn request_id(entropy: [u8; 11]) -> String {
    let mut text = String::from("req_");
    text.push_str(&base62(&entropy, 14));
    text
}

fn stamped(now: TimestampMs, entropy: [u8; 6]) -> [u8; 12] {
    let ms = u64::try_from(now.ms()).unwrap_or(0).min(MS_MAX);
    let mut bytes = [0; 12];
    let (time, rest) = bytes.split_at_mut(6);
    time.copy_from_slice(ms.to_be_bytes().split_at(2).1);
    rest.copy_from_slice(&entropy);
    bytes
}

fn created(bytes: [u8; 12]) -> TimestampMs {
    let ms = bytes.iter().take(6).fold(0, |ms, byte| (ms << 8) | i64::from(*byte));
    TimestampMs::from_ms(ms)
}

fn write_wire(f: &mut fmt::Formatter<'_>, prefix: &str, kind: u8, bytes: [u8; 12]) -> fmt::Result {
    let body = encode(prefix, kind, bytes);
    let body = core::str::from_utf8(&body).map_err(|_| fmt::Error)?;
    f.write_str(prefix)?;
    f.write_str("_")?;
    f.write_str(body)
}

fn encode(prefix: &str, kind: u8, bytes: [u8; 12]) -> [u8; BODY_CHARS] {
    let mut body = [kind; BODY_CHARS];
    let (_, digits) = body.split_at_mut(1);
    let (number, check_chars) = digits.split_at_mut(NUMBER_CHARS);
    let (high, low) = number.split_at_mut(NUMBER_CHARS.saturating_sub(LOW_CHARS));
    let value = number_of(bytes);
    // Both halves are below 2^64: the number is below 2^96 and the modulus above 2^53.
    fill(high, u64::try_from(value.div_euclid(LOW_MODULUS)).unwrap_or(u64::MAX));
    fill(low, u64::try_from(value.rem_euclid(LOW_MODULUS)).unwrap_or(u64::MAX));
    fill(check_chars, check(prefix, bytes));
    body
}

fn decode(prefix: &str, kind: u8, body: &str) -> Option<[u8; 12]> {
    let (&first, digits) = body.as_bytes().split_first()?;
    if first != kind || body.len() != BODY_CHARS {
        return None;
    }
    let (number, check_chars) = digits.split_at_checked(NUMBER_CHARS)?;
    let mut value: u128 = 0;
    for byte in number {
        value = value.checked_mul(62)?.checked_add(u128::from(value_of(*byte)?))?;
    }
    let [0, 0, 0, 0, bytes @ ..] = value.to_be_bytes() else { return None };
    let mut expected = [0; 6];
    fill(&mut expected, check(prefix, bytes));
    (check_chars == expected).then_some(bytes)
}

fn number_of(bytes: [u8; 12]) -> u128 {
    bytes.iter().fold(0, |number, byte| (number << 8) | u128::from(*byte))
}

/// Writes a number's low digits, right-aligned, filling the whole width.
fn fill(width: &mut [u8], mut number: u64) {
    for place in width.iter_mut().rev() {
        *place = digit(number.rem_euclid(62));
        number = number.div_euclid(62);
    }
}

fn digit(value: u64) -> u8 {
    let index = usize::try_from(value).unwrap_or(usize::MAX);
    *DIGITS.get(index).expect("a remainder by 62 is below 62")
}

fn value_of(ascii: u8) -> Option<u8> {
    match ascii {
        b'0'..=b'9' => ascii.checked_sub(b'0'),
        b'A'..=b'Z' => ascii.checked_sub(b'A')?.checked_add(10),
        b'a'..=b'z' => ascii.checked_sub(b'a')?.checked_add(36),
        _ => None,
    }
}

/// FNV-1a over prefix and bytes, then a finalizer (that of splitmix64) to spread every bit: a
/// change of one character changes each check character with a chance of 61 in 62.
fn check(prefix: &str, bytes: [u8; 12]) -> u64 {
    let mut hash = fnv1a64(FNV_OFFSET, prefix.as_bytes());
    hash = fnv1a64(hash, &bytes);
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (hash ^ (hash >> 31)).rem_euclid(CHECK_MODULUS)
}

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;

fn fnv1a64(seed: u64, bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(seed, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}
