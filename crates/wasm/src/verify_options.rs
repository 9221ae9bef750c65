//! What verifying, signing and diagnosing read alike.

use farthing_core::webhook::{Scheme, Tolerance};

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
