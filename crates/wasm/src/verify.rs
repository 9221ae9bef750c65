//! Webhooks: preparing a verifier, and signing. Verifying itself is
//! [`crate::verify_fast`]'s, which takes no list of texts.

use alloc::string::String;
use alloc::vec::Vec;

use farthing_core::time::TimestampMs;
use farthing_core::webhook::{
    Packed, Policy, SecretError, VerifyError, pack, pack_secret, sign_headers_by_keys,
};

use crate::message::{self, Args, Fault, Reply};
use crate::verify;
use crate::verify_fast::{missing_by, numbered};
use crate::verify_options::{scheme, tolerance};

/// Scheme, policy (`strict` or `compat`), tolerance in seconds (empty: the default), secrets.
/// Answers the verifier and, for native cryptography, each secret's key; bytes as Latin-1.
pub(crate) fn prepare(args: &mut Args<'_>, reply: &mut Reply) -> Result<(), Fault> {
    let scheme = scheme(args)?;
    let compat = args.text()? == "compat";
    let tolerance = tolerance(scheme, args.text()?)?;
    let policy = if compat { Policy::Compat { tolerance_s: 0 } } else { Policy::Strict(tolerance) };
    let mut packed = pack(scheme, policy);
    let mut keys = Vec::new();
    while !args.is_empty() {
        keys.push(pack_secret(&mut packed, scheme, args.text()?)?);
    }
    if !compat {
        let packed = Packed::read(&packed);
        if !packed.is_some_and(|packed| packed.has_key()) {
            return Err(Fault::from(VerifyError::NoSecret));
        }
        if packed.is_some_and(|packed| packed.has_blank()) {
            return Err(Fault::from(SecretError::Empty));
        }
    }
    reply.text(&latin1(&packed));
    for key in keys {
        reply.text(&latin1(&key));
    }
    Ok(())
}

/// Scheme. Answers the names of its headers for id, time and signature, each with its other names
/// after commas.
pub(crate) fn headers(args: &mut Args<'_>, reply: &mut Reply) -> Result<(), Fault> {
    let names = scheme(args)?.headers();
    for names in [names.id, names.timestamp, names.signature] {
        reply.text(names);
    }
    Ok(())
}

/// The number that verifying answered, without its minus, and by how many seconds a time missed.
/// Never answers but with the fault.
pub(crate) fn fault(args: &mut Args<'_>, _: &mut Reply) -> Result<(), Fault> {
    let number: usize = args.whole("number")?;
    let error = number.checked_sub(1).and_then(numbered).ok_or_else(internal)?;
    let by_s = args.whole("seconds")?;
    Err(Fault::from(missing_by(error, by_s)))
}

/// Scheme, id, time in milliseconds, body, secrets. Answers the three headers' values.
pub(crate) fn sign(args: &mut Args<'_>, reply: &mut Reply) -> Result<(), Fault> {
    let scheme = scheme(args)?;
    let id = args.text()?;
    let at = TimestampMs::from_ms(args.whole("nowMs")?);
    let body = args.bytes()?;
    let mut keys = Vec::new();
    while !args.is_empty() {
        keys.push(scheme.key(args.text()?)?);
    }
    let signed = sign_headers_by_keys(scheme, &keys, id, at, body);
    for value in [&signed.id, &signed.timestamp, &signed.signature] {
        reply.text(value);
    }
    Ok(())
}

fn internal() -> Fault {
    Fault::new("internal", "There is no such fault.")
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

faces! {
    /// Webhooks, except for verifying itself.
    VERIFY {
        verify_fault => verify::fault,
        verify_headers => verify::headers,
        verify_prepare => verify::prepare,
        verify_sign => verify::sign,
    }
}
