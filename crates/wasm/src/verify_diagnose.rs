//! Saying what is wrong with a webhook.

use alloc::vec::Vec;

use farthing_core::time::TimestampMs;
use farthing_core::webhook::{Headers, Scheme, Seen, diagnose as diagnosis};

use crate::message::{self, Args, Fault, Reply};
use crate::verify_diagnose;
use crate::verify_options::{scheme, tolerance};

/// Scheme, tolerance, time in milliseconds, body, the three headers, the name of another scheme
/// whose header is there (or empty), secrets. Answers code and hint of each finding.
pub(crate) fn diagnose(args: &mut Args<'_>, reply: &mut Reply) -> Result<(), Fault> {
    let scheme = scheme(args)?;
    let tolerance = tolerance(scheme, args.text()?)?;
    let now = TimestampMs::from_ms(args.whole("nowMs")?);
    let body = args.bytes()?;
    let headers = Headers { id: args.bytes()?, timestamp: args.bytes()?, signature: args.bytes()? };
    let seen = Seen { headers, other: Scheme::parse(args.text()?) };
    let mut secrets = Vec::new();
    while !args.is_empty() {
        secrets.push(scheme.secret(args.text()?)?);
    }
    for finding in diagnosis((scheme, tolerance), &secrets, seen, body, now) {
        reply.text(finding.code);
        reply.text(&finding.hint);
    }
    Ok(())
}

faces! {
    /// What is wrong with a webhook.
    DIAGNOSE {
        webhook_diagnose => verify_diagnose::diagnose,
    }
}
