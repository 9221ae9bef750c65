//! Idempotency keys.

use farthing_core::idempotency::IdempotencyKey;
use wasm_bindgen::prelude::*;

use crate::fault::Fault;

/// Makes a key from 16 random bytes, which the host must take from a cryptographic source.
///
/// # Errors
/// `wrong_entropy` unless there are exactly 16, thrown as `{ code, message }`.
#[wasm_bindgen]
pub fn key_generate(entropy: &[u8]) -> Result<String, JsValue> {
    Ok(generate(entropy)?)
}

/// Says whether a text can be an idempotency key.
///
/// # Errors
/// Core's `KeyError`, thrown as `{ code, message }`.
#[wasm_bindgen]
pub fn key_check(text: &str) -> Result<(), JsValue> {
    IdempotencyKey::parse(text).map_err(Fault::from)?;
    Ok(())
}

fn generate(entropy: &[u8]) -> Result<String, Fault> {
    let entropy: [u8; 16] = entropy
        .try_into()
        .map_err(|_| Fault::new("wrong_entropy", "A key is made from exactly 16 random bytes."))?;
    Ok(IdempotencyKey::generate(entropy).as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_bytes_make_a_key_and_no_other_number_does() {
        assert_eq!(generate(&[7; 16]).map(|key| key.len()), Ok(36));
        assert_eq!(generate(&[7; 15]).map_err(|f| f.code), Err("wrong_entropy"));
        assert_eq!(generate(&[]).map_err(|f| f.code), Err("wrong_entropy"));
    }
}
