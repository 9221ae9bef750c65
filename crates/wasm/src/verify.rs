//! Webhooks: preparing a verifier, signing, and saying what is wrong. Verifying itself is
//! [`crate::verify_fast`]'s, which takes no list of texts.

use alloc::string::String;
use alloc::vec::Vec;

use farthing_core::time::TimestampMs;
use farthing_core::webhook::{
    Headers, Policy, Scheme, Secret, Seen, Tolerance, VerifyError, diagnose as diagnosis, pack,
    sign_headers,
};

use crate::message::{self, Args, Fault, Reply, whole};
use crate::verify;
use crate::verify_fast::{missing_by, numbered};

/// Scheme, policy (`strict` or `compat`), tolerance in seconds (empty: the default), secrets.
/// Answers the verifier and, for native cryptography, each secret's key; bytes as Latin-1.
pub(crate) fn prepare(args: &mut Args<'_>, reply: &mut Reply) -> Result<(), Fault> {
    let scheme = scheme(args)?;
    let compat = args.text()? == "compat";
    let tolerance = tolerance(scheme, args.text()?)?;
    let policy = if compat { Policy::Compat { tolerance_s: 0 } } else { Policy::Strict(tolerance) };
    let (secrets, keys) = secrets(scheme, args)?;
    if !compat && secrets.iter().all(Secret::is_blank) {
        return Err(Fault::from(VerifyError::NoSecret));
    }
    reply.text(&latin1(&pack((scheme, policy), &secrets)));
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
        reply.text(&names.join(","));
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
    let (secrets, _) = secrets(scheme, args)?;
    let secrets: Vec<&Secret> = secrets.iter().collect();
    let signed = sign_headers(scheme, &secrets, id, at, body);
    for value in [&signed.id, &signed.timestamp, &signed.signature] {
        reply.text(value);
    }
    Ok(())
}

/// Scheme, tolerance, time in milliseconds, body, the three headers, the name of another scheme
/// whose header is there (or empty), secrets. Answers code and hint of each finding.
pub(crate) fn diagnose(args: &mut Args<'_>, reply: &mut Reply) -> Result<(), Fault> {
    let scheme = scheme(args)?;
    let tolerance = tolerance(scheme, args.text()?)?;
    let now = TimestampMs::from_ms(args.whole("nowMs")?);
    let body = args.bytes()?;
    let headers = Headers { id: args.bytes()?, timestamp: args.bytes()?, signature: args.bytes()? };
    let seen = Seen { headers, other: Scheme::parse(args.text()?) };
    let (secrets, _) = secrets(scheme, args)?;
    for finding in diagnosis((scheme, tolerance), &secrets, seen, body, now) {
        reply.text(finding.code);
        reply.text(&finding.hint);
    }
    Ok(())
}

fn scheme(args: &mut Args<'_>) -> Result<Scheme, Fault> {
    let unknown = || Fault::new("bad_option", "There is no such scheme.");
    Scheme::parse(args.text()?).ok_or_else(unknown)
}

fn tolerance(scheme: Scheme, text: &str) -> Result<Tolerance, Fault> {
    if text.is_empty() {
        return Ok(Tolerance::DEFAULT);
    }
    if !scheme.signs_time() {
        let says = "This scheme signs no time, so there is no toleranceSeconds to set.";
        return Err(Fault::new("bad_option", says));
    }
    Ok(Tolerance::seconds(whole("toleranceSeconds", text)?)?)
}

/// The rest of the arguments as secrets, and their keys.
fn secrets(scheme: Scheme, args: &mut Args<'_>) -> Result<(Vec<Secret>, Vec<Vec<u8>>), Fault> {
    let (mut secrets, mut keys) = (Vec::new(), Vec::new());
    while !args.is_empty() {
        let text = args.text()?;
        secrets.push(scheme.secret(text)?);
        keys.push(scheme.key(text)?);
    }
    Ok((secrets, keys))
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
        verify_diagnose => verify::diagnose,
        verify_fault => verify::fault,
        verify_headers => verify::headers,
        verify_prepare => verify::prepare,
        verify_sign => verify::sign,
    }
}
