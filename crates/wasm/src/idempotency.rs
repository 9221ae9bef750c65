//! Idempotency keys.

use farthing_core::idempotency::IdempotencyKey;

use crate::message::{Args, Fault, Reply};

/// Makes a key from 16 random bytes, which the host must take from a cryptographic source.
/// Refuses any other number of them: `wrong_entropy`.
pub(crate) fn generate(args: &mut Args<'_>, reply: &mut Reply) -> Result<(), Fault> {
    let entropy = args
        .bytes()?
        .try_into()
        .map_err(|_| Fault::new("wrong_entropy", "A key is made from exactly 16 random bytes."))?;
    reply.text(IdempotencyKey::generate(entropy).as_str());
    Ok(())
}

/// Refuses, with core's `KeyError`, what cannot be a key.
pub(crate) fn check(args: &mut Args<'_>, _: &mut Reply) -> Result<(), Fault> {
    IdempotencyKey::parse(args.text()?)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::call;

    #[test]
    fn sixteen_bytes_make_a_key_and_no_other_number_does() {
        let key = call(generate, &["0123456789abcdef"]).unwrap();
        assert_eq!(key, ["30313233-3435-4637-b839-616263646566"]);
        for entropy in ["", "0123456789abcde", "0123456789abcdefg"] {
            assert_eq!(call(generate, &[entropy]).map_err(|f| f.code), Err("wrong_entropy"));
        }
    }
}
