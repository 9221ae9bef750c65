//! What is probably wrong when a signature does not verify.
//!
//! Tries what people do to bodies and secrets by accident, and says which of it would have made the
//! signature right. Costs some twenty HMACs, so it is for a developer's console and for the first
//! failure of an endpoint, not for every request. It grants nothing: whatever it finds, the webhook
//! stays refused. No finding ever quotes a secret, a signature or a body.

use alloc::borrow::Cow;
use alloc::format;
use alloc::vec::Vec;

use super::json::{self, Layout};
use super::secret::{Secret, standard_key};
use super::stripe::{matching, signatures, stamp_of, values, verify_stripe};
use super::verify::{Stamp, Tolerance, VerifyError};
use crate::time::TimestampMs;

const BOM: &[u8] = b"\xef\xbb\xbf";
/// A number of seconds this large lies beyond the year 5000: it counts milliseconds.
const MS_FROM: i64 = 100_000_000_000;

/// One probable cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// A stable name for programs.
    pub code: &'static str,
    /// What is wrong and what to do, for people.
    pub hint: Cow<'static, str>,
}

/// Says what is probably wrong with a webhook that [`verify_stripe`] refuses, likeliest first.
/// Empty if there is nothing wrong with it.
pub fn diagnose_stripe(
    secrets: &[Secret],
    header: &str,
    body: &[u8],
    now: TimestampMs,
    tolerance: Tolerance,
) -> Vec<Finding> {
    let Err(error) = verify_stripe(secrets, header, body, now, tolerance) else {
        return Vec::new();
    };
    match error {
        VerifyError::NoSecret => alloc::vec![finding(
            "secret_blank",
            "The webhook secret is empty or only white space. Is the variable set?",
        )],
        VerifyError::TooOld { by_s } | VerifyError::TooNew { by_s } => {
            alloc::vec![clock(header, matches!(error, VerifyError::TooOld { .. }), by_s)]
        }
        VerifyError::SignatureMismatch => mismatch(secrets, header, body),
        VerifyError::EmptyHeader
        | VerifyError::MalformedTimestamp
        | VerifyError::NoTimestamp
        | VerifyError::DuplicateTimestamp
        | VerifyError::NoSignature
        | VerifyError::BadId => header_shape(header),
    }
}

fn clock(header: &str, old: bool, by_s: u64) -> Finding {
    let in_ms = stamp_of(header).is_ok_and(|stamp| stamp.seconds >= MS_FROM);
    if in_ms {
        return finding(
            "timestamp_in_ms",
            "The sender's timestamp counts milliseconds; t must count seconds.",
        );
    }
    let hint = if old {
        format!(
            "The signature is right but {by_s} s too old. Either this is a replay, or it waited \
             in a queue, or this machine's clock is ahead."
        )
    } else {
        format!(
            "The signature is right but {by_s} s in the future. Either the sender's clock is \
             ahead or this machine's is behind."
        )
    };
    Finding { code: if old { "clock_old" } else { "clock_new" }, hint: Cow::Owned(hint) }
}

/// What is wrong with a header that could not even be read.
fn header_shape(header: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut add = |applies: bool, code, hint| {
        if applies {
            found.push(finding(code, hint));
        }
    };
    let items = || header.split(',');
    add(
        header.trim().is_empty(),
        "header_empty",
        "There is no Stripe-Signature header. Does a proxy or framework drop it?",
    );
    add(
        header.trim_start().starts_with("v1,"),
        "header_other_scheme",
        "This is a Standard Webhooks signature; verify it with the three webhook- headers.",
    );
    add(
        items().any(|item| item != item.trim()),
        "header_spaces",
        "The header has spaces around its items; pass it on exactly as it came.",
    );
    add(
        header.contains(['"', '\'']),
        "header_quotes",
        "The header has quotes in it; pass it on exactly as it came.",
    );
    add(
        values(header, "t").count() > 1,
        "header_joined",
        "There is more than one timestamp: two headers were probably joined into one.",
    );
    add(
        values(header, "v1").any(|value| value.bytes().any(|byte| byte.is_ascii_uppercase())),
        "signature_upper_case",
        "The signature is in upper-case hexadecimal; it must be lower case.",
    );
    add(
        values(header, "v1").next().is_none() && values(header, "v0").next().is_some(),
        "signature_only_v0",
        "There is only a v0 signature, which proves nothing; v1 is the one that counts.",
    );
    if found.is_empty() {
        found.push(finding(
            "header_malformed",
            "The header must read t=SECONDS,v1=HEX with 64 lower-case hexadecimal digits.",
        ));
    }
    found
}

/// What would have made a well-formed signature right.
fn mismatch(secrets: &[Secret], header: &str, body: &[u8]) -> Vec<Finding> {
    let Ok(stamp) = stamp_of(header) else { return header_shape(header) };
    let mut found = Vec::new();
    if body.is_empty() {
        found.push(finding(
            "body_empty",
            "The body is empty here. It was probably consumed by a parser before.",
        ));
    } else if let Some(cause) = changed_body(secrets, stamp, header, body) {
        found.push(cause);
    }
    found.extend(secrets.iter().find_map(|secret| changed_secret(secret, stamp, header, body)));
    if found.is_empty() {
        let several = signatures(header).count() > 1;
        found.push(finding(
            "secret_or_body",
            if several {
                "None of the signatures fits. Either none of the secrets is this endpoint's, or \
                 the body was changed on its way."
            } else {
                "Either the secret is another endpoint's (each has its own, and so has a local \
                 listener), or the body was changed on its way."
            },
        ));
    }
    found
}

/// One way in which the body may have been changed, and what it was before.
struct Change {
    original: Vec<u8>,
    code: &'static str,
    hint: &'static str,
}

fn changed_body(
    secrets: &[Secret],
    stamp: Stamp<'_>,
    header: &str,
    body: &[u8],
) -> Option<Finding> {
    let fits = |original: &[u8]| matching(secrets, stamp, header, original).is_some();
    let change = line_ends(body).into_iter().chain(layouts(body)).find(|change| {
        // A document that was laid out anew has often lost or gained its last line end too.
        fits(&change.original) || fits(&[change.original.as_slice(), b"\n"].concat())
    })?;
    Some(finding(change.code, change.hint))
}

fn line_ends(body: &[u8]) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut add = |original: Vec<u8>, code, hint| changes.push(Change { original, code, hint });
    let lost = "The body lost its last line end. Pass the raw bytes on as they came.";
    add(body.to_vec(), "body_newline_removed", lost);
    add([body, b"\r\n"].concat(), "body_newline_removed", lost);
    let bare = body.trim_ascii_end();
    let gained = "The body gained white space at its end. Pass the raw bytes on as they came.";
    add(bare.to_vec(), "body_newline_added", gained);
    let gained = "The body gained a byte order mark. Pass the raw bytes on as they came.";
    add(body.strip_prefix(BOM).unwrap_or(body).to_vec(), "body_bom_added", gained);
    let lost = "The body lost its byte order mark. Pass the raw bytes on, not decoded text.";
    add([BOM, body].concat(), "body_bom_removed", lost);
    let lf = without_cr(body);
    let turned = "The body's line ends were changed to CRLF. Pass the raw bytes on as they came.";
    add(lf.clone(), "body_crlf", turned);
    let turned = "The body's line ends were changed to LF. Pass the raw bytes on as they came.";
    add(with_cr(&lf), "body_lf", turned);
    changes
}

fn layouts(body: &[u8]) -> Vec<Change> {
    let hint = "The body was parsed and written anew. Verify the raw bytes, before any parser.";
    let code = "body_reserialized";
    let mut spellings = alloc::vec![body.to_vec(), json::unescaped(body)];
    spellings.extend(json::escaped(body));
    let layouts = [Layout::Compact, Layout::Indented(2), Layout::Indented(4), Layout::Spaced];
    let mut changes = Vec::new();
    for spelling in spellings {
        for layout in layouts {
            changes.push(Change { original: json::laid_out(&spelling, layout), code, hint });
        }
        changes.push(Change { original: spelling, code, hint });
    }
    changes
}

fn changed_secret(secret: &Secret, stamp: Stamp<'_>, header: &str, body: &[u8]) -> Option<Finding> {
    let fits = |key: &[u8]| {
        let other = Secret::of(key, secret.text());
        matching(core::slice::from_ref(&other), stamp, header, body).is_some()
    };
    let text = secret.text();
    let bare = text.trim();
    let unquoted = bare.trim_matches(['"', '\'']);
    if fits(bare.as_bytes()) {
        return Some(finding(
            "secret_white_space",
            "The secret has white space around it, perhaps a line end from a file.",
        ));
    }
    if fits(unquoted.as_bytes()) {
        return Some(finding("secret_quotes", "The secret has quotes around it."));
    }
    if fits(alloc::format!("whsec_{bare}").as_bytes()) {
        return Some(finding(
            "secret_prefix_missing",
            "The secret lacks its whsec_, which is part of the key in this scheme.",
        ));
    }
    let stripped = bare.strip_prefix("whsec_").is_some_and(|rest| fits(rest.as_bytes()));
    let decoded = standard_key(bare).is_some_and(|key| fits(&key));
    (fits(bare.as_bytes()) || fits(text.as_bytes()) || stripped || decoded).then(|| {
        finding(
            "secret_other_scheme",
            "The sender used the secret as another scheme does, without whsec_ or decoded from \
             base64; here the whole text is the key.",
        )
    })
}

fn without_cr(body: &[u8]) -> Vec<u8> {
    body.iter().copied().filter(|byte| *byte != b'\r').collect()
}

fn with_cr(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    for byte in body.iter().copied() {
        if byte == b'\n' {
            out.push(b'\r');
        }
        out.push(byte);
    }
    out
}

fn finding(code: &'static str, hint: &'static str) -> Finding {
    Finding { code, hint: Cow::Borrowed(hint) }
}
