//! Stored bodies: packed, the first byte saying how.
//!
//! Bodies are some kilobytes of JSON that mostly repeat each other, so a dictionary does most of the
//! work. It belongs to the stored data for ever: see `examples/dictionary.rs` for how it was made,
//! and give a better one the next number.

use std::cell::RefCell;
use std::sync::LazyLock;

use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};
use zstd::zstd_safe::{CParameter, get_frame_content_size};

use crate::limits::BODY_BYTES;

/// As it is: what does not get smaller.
const PLAIN: u8 = 0;
/// Zstandard with the first dictionary.
const DICTIONARY_1: u8 = 1;
/// Zstandard's own default: beyond it the writer would pay more than the disk gains.
const LEVEL: i32 = 3;

static BYTES_1: &[u8] = include_bytes!("../bodies/dictionary-1.bin");
static ENCODER_1: LazyLock<EncoderDictionary<'static>> =
    LazyLock::new(|| EncoderDictionary::copy(BYTES_1, LEVEL));
static DECODER_1: LazyLock<DecoderDictionary<'static>> =
    LazyLock::new(|| DecoderDictionary::copy(BYTES_1));

// A fresh context costs more than packing a body with it, so each thread keeps its own.
thread_local! {
    static PACKER: RefCell<Option<Compressor<'static>>> = RefCell::new(packer());
    static UNPACKER: RefCell<Option<Decompressor<'static>>> =
        RefCell::new(Decompressor::with_prepared_dictionary(&DECODER_1).ok());
}

fn packer() -> Option<Compressor<'static>> {
    let mut packer = Compressor::with_prepared_dictionary(&ENCODER_1).ok()?;
    // The first byte says which dictionary it is.
    packer.set_parameter(CParameter::DictIdFlag(false)).ok()?;
    Some(packer)
}

/// As stored.
pub(crate) fn pack(bytes: &[u8]) -> Vec<u8> {
    let packed = PACKER.with_borrow_mut(|packer| packer.as_mut()?.compress(bytes).ok());
    match packed {
        Some(packed) if packed.len() < bytes.len() => with_version(DICTIONARY_1, &packed),
        Some(_) | None => with_version(PLAIN, bytes),
    }
}

/// As it was; none if it cannot be.
pub(crate) fn unpack(stored: &[u8]) -> Option<Vec<u8>> {
    match stored.split_first()? {
        (&PLAIN, bytes) => Some(bytes.to_vec()),
        (&DICTIONARY_1, packed) => {
            // The frame says its own length; without this check a bad one could ask for any.
            let length = get_frame_content_size(packed).ok()??;
            let length = usize::try_from(length).ok().filter(|length| *length <= BODY_BYTES)?;
            UNPACKER.with_borrow_mut(|unpacker| unpacker.as_mut()?.decompress(packed, length).ok())
        }
        _ => None,
    }
}

fn with_version(version: u8, bytes: &[u8]) -> Vec<u8> {
    let mut stored = Vec::with_capacity(bytes.len().saturating_add(1));
    stored.push(version);
    stored.extend_from_slice(bytes);
    stored
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_back() {
        let long = b"{\"object\":\"payment_intent\",\"status\":\"succeeded\"}".repeat(2_000);
        for bytes in [&b""[..], b"x", b"{}", &long] {
            let stored = pack(bytes);
            assert!(stored.len() <= bytes.len() + 1);
            assert_eq!(unpack(&stored).as_deref(), Some(bytes));
        }
    }

    #[test]
    fn what_was_never_packed_is_refused() {
        assert_eq!(unpack(&[]), None);
        assert_eq!(unpack(&[9, 1, 2]), None, "a version of the future");
        assert_eq!(unpack(&[DICTIONARY_1]), None);
        let mut stored = pack(&b"{\"object\":\"charge\",\"amount\":1099}".repeat(50));
        stored.pop();
        assert_eq!(unpack(&stored), None, "cut off");
        // A frame that claims four gigabytes.
        let claims = [DICTIONARY_1, 0x28, 0xb5, 0x2f, 0xfd, 0xa0, 255, 255, 255, 255];
        assert_eq!(unpack(&claims), None);
    }

    #[test]
    fn an_object_of_the_wire_becomes_small() {
        // From memory of the shape alone, so that the figure does not depend on the samples.
        let body = br#"{"id":"pi_3ABCDEFGHIJKLMNOPQRSTUVW","object":"payment_intent","amount":2000,"amount_capturable":0,"amount_received":2000,"application":null,"application_fee_amount":null,"canceled_at":null,"cancellation_reason":null,"capture_method":"automatic_async","client_secret":"pi_3ABCDEFGHIJKLMNOPQRSTUVW_secret_abcdefghijklmnopqrstuvwxy","confirmation_method":"automatic","created":1900000000,"currency":"usd","customer":null,"description":null,"latest_charge":"ch_3ABCDEFGHIJKLMNOPQRSTUVW","livemode":false,"metadata":{},"payment_method":"pm_1ABCDEFGHIJKLMNOPQRSTUVW","status":"succeeded"}"#;
        let stored = pack(body);
        assert!(stored.len() * 2 < body.len(), "{} of {}", stored.len(), body.len());
    }
}
