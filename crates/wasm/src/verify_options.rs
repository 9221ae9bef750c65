//! What verifying, signing and diagnosing read alike.

use alloc::vec::Vec;

use farthing_core::webhook::{Scheme, Secret, Tolerance};

use crate::message::{Args, Fault, whole};

pub(crate) fn scheme(args: &mut Args<'_>) -> Result<Scheme, Fault> {
    let unknown = || Fault::new("bad_option", "There is no such scheme.");
    Scheme::parse(args.text()?).ok_or_else(unknown)
}

/// A tolerance in seconds; an empty text stands for the default.
pub(crate) fn tolerance(scheme: Scheme, text: &str) -> Result<Tolerance, Fault> {
    if text.is_empty() {
        return Ok(Tolerance::DEFAULT);
    }
    if !scheme.signs_time() {
        let says = "This scheme signs no time, so there is no toleranceSeconds to set.";
        return Err(Fault::new("bad_option", says));
    }
    Ok(Tolerance::seconds(whole("toleranceSeconds", text)?)?)
}

/// The rest of the arguments as secrets; `each` sees their texts too.
pub(crate) fn secrets(
    scheme: Scheme,
    args: &mut Args<'_>,
    mut each: impl FnMut(&str),
) -> Result<Vec<Secret>, Fault> {
    let mut secrets = Vec::new();
    while !args.is_empty() {
        let text = args.text()?;
        secrets.push(scheme.secret(text)?);
        each(text);
    }
    Ok(secrets)
}
