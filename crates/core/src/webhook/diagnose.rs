//! What is probably wrong when a signature does not verify.
//!
//! Tries what people do to bodies and secrets by accident, and says which of it would have made the
//! signature right. Costs some twenty HMACs, so it is for a developer's console and for the first
//! failure of an endpoint, not for every request. It grants nothing: whatever it finds, the webhook
//! stays refused. No finding ever quotes a secret, a signature or a body.

use alloc::borrow::Cow;
use alloc::string::ToString as _;
use alloc::vec::Vec;

use super::claim::{Claim, Evidence, Headers, stripe_values};
use super::hmac::Keyed;
use super::json::{self, Layout};
use super::scheme::Scheme;
use super::secret::{Secret, standard_key};
use super::verify::{Policy, Tolerance, VerifyError, verify};
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

/// What came: the headers of the scheme that is expected, and which other scheme's are there too.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen<'a> {
    /// The expected scheme's headers.
    pub headers: Headers<'a>,
    /// Another scheme whose signature header is present.
    pub other: Option<Scheme>,
}

/// [`diagnose`] for Stripe's scheme.
pub fn diagnose_stripe(
    secrets: &[Secret],
    header: &str,
    body: &[u8],
    now: TimestampMs,
    tolerance: Tolerance,
) -> Vec<Finding> {
    let headers = Headers { signature: header.as_bytes(), ..Headers::default() };
    let seen = Seen { headers, other: None };
    diagnose((Scheme::Stripe, tolerance), secrets, seen, body, now)
}

/// Says what is probably wrong with a webhook that the strict policy refuses, likeliest first.
/// Empty if there is nothing wrong with it.
pub fn diagnose(
    (scheme, tolerance): (Scheme, Tolerance),
    secrets: &[Secret],
    seen: Seen<'_>,
    body: &[u8],
    now: TimestampMs,
) -> Vec<Finding> {
    let policy = Policy::Strict(tolerance);
    let Err(error) = verify((scheme, policy), secrets, seen.headers, body, now) else {
        return Vec::new();
    };
    let claim = Claim::read(scheme, policy, seen.headers);
    match (error, claim) {
        (VerifyError::NoSecret, _) => alloc::vec![finding(
            "secret_blank",
            "The webhook secret is empty or only white space. Is the variable set?",
        )],
        (VerifyError::TooOld { .. } | VerifyError::TooNew { .. }, Ok(claim)) => {
            alloc::vec![clock(&claim, error)]
        }
        (VerifyError::SignatureMismatch, Ok(claim)) => mismatch(scheme, secrets, &claim, body),
        (_, _) => header_shape(scheme, seen),
    }
}

fn clock(claim: &Claim<'_>, error: VerifyError) -> Finding {
    if claim.seconds().is_some_and(|seconds| seconds >= MS_FROM) {
        return finding(
            "timestamp_in_ms",
            "The sender's timestamp counts milliseconds; it must count seconds.",
        );
    }
    let mut hint = error.to_string();
    let (code, cause) = if matches!(error, VerifyError::TooOld { .. }) {
        (
            "clock_old",
            "Either this is a replay, or it waited in a queue, or this machine's clock is ahead.",
        )
    } else {
        ("clock_new", "Either the sender's clock is ahead or this machine's is behind.")
    };
    hint.push_str(" The signature is right. ");
    hint.push_str(cause);
    Finding { code, hint: Cow::Owned(hint) }
}

/// What is wrong with headers that could not even be read.
fn header_shape(scheme: Scheme, seen: Seen<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut add = |applies: bool, code, hint| {
        if applies {
            found.push(finding(code, hint));
        }
    };
    let header = seen.headers.signature;
    let blank = header.trim_ascii().is_empty();
    let has = |value: &[u8]| header.windows(value.len()).any(|window| window == value);
    let stripe = scheme == Scheme::Stripe;
    add(
        blank && seen.other.is_none(),
        "header_empty",
        "There is no signature header. Does a proxy or framework drop it?",
    );
    add(
        seen.other.is_some() || (stripe && header.trim_ascii_start().starts_with(b"v1,")),
        "header_other_scheme",
        "The headers are those of another scheme; name that scheme to verify them.",
    );
    add(
        !blank && scheme == Scheme::Standard && seen.headers.id.is_empty(),
        "header_id_missing",
        "There is no message id header. Does a proxy or framework drop it?",
    );
    add(
        !blank && !stripe && scheme.signs_time() && seen.headers.timestamp.is_empty(),
        "header_time_missing",
        "There is no timestamp header. Does a proxy or framework drop it?",
    );
    add(
        scheme == Scheme::GitHub && header.starts_with(b"sha1="),
        "header_sha1",
        "This is the SHA-1 signature; pass on the header that ends in -256.",
    );
    add(
        header.split(|byte| *byte == b',').any(|item| item != item.trim_ascii()),
        "header_spaces",
        "The header has spaces around its items; pass it on exactly as it came.",
    );
    add(
        has(b"\"") || has(b"'"),
        "header_quotes",
        "The header has quotes in it; pass it on exactly as it came.",
    );
    if stripe {
        stripe_shape(header, &mut add);
    }
    if found.is_empty() {
        found.push(malformed(scheme));
    }
    found
}

fn stripe_shape(header: &[u8], add: &mut impl FnMut(bool, &'static str, &'static str)) {
    let v1 = || stripe_values(header, b"v1=");
    add(
        stripe_values(header, b"t=").count() > 1,
        "header_joined",
        "There is more than one timestamp: two headers were probably joined into one.",
    );
    add(
        v1().any(|value| value.iter().any(u8::is_ascii_uppercase)),
        "signature_upper_case",
        "The signature is in upper-case hexadecimal; it must be lower case.",
    );
    add(
        v1().next().is_none() && stripe_values(header, b"v0=").next().is_some(),
        "signature_only_v0",
        "There is only a v0 signature, which proves nothing; v1 is the one that counts.",
    );
}

fn malformed(scheme: Scheme) -> Finding {
    let hint = match scheme {
        Scheme::Stripe => {
            "The header must read t=SECONDS,v1=HEX with 64 lower-case hexadecimal digits."
        }
        Scheme::Standard => "The headers must be an id, SECONDS and v1,BASE64.",
        Scheme::GitHub => "The header must read sha256=HEX with 64 lower-case digits.",
        Scheme::Shopify => "The header must be 44 characters of base64.",
        Scheme::Slack => "The headers must be SECONDS and v0=HEX with 64 lower-case digits.",
    };
    finding("header_malformed", hint)
}

/// What would have made a well-formed signature right.
fn mismatch(scheme: Scheme, secrets: &[Secret], claim: &Claim<'_>, body: &[u8]) -> Vec<Finding> {
    let mut found = Vec::new();
    if body.is_empty() {
        found.push(finding(
            "body_empty",
            "The body is empty here. It was probably consumed by a parser before.",
        ));
    } else if let Some(cause) = changed_body(secrets, claim, body) {
        found.push(cause);
    }
    found.extend(secrets.iter().find_map(|secret| changed_secret(scheme, secret, claim, body)));
    if found.is_empty() {
        let several = claim.signature_count() > 1;
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

fn changed_body(secrets: &[Secret], claim: &Claim<'_>, body: &[u8]) -> Option<Finding> {
    let keys = || secrets.iter().map(|secret| Some(*secret.keyed()));
    let fits = |original: &[u8]| claim.matching(keys(), Evidence::Body(original)).is_some();
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

/// One after the other, since each is as long as the body.
fn layouts(body: &[u8]) -> impl Iterator<Item = Change> {
    let hint = "The body was parsed and written anew. Verify the raw bytes, before any parser.";
    let code = "body_reserialized";
    let spellings = [Some(body.to_vec()), Some(json::unescaped(body)), json::escaped(body)];
    spellings.into_iter().flatten().flat_map(move |spelling| {
        let layouts = [Layout::Compact, Layout::Indented(2), Layout::Indented(4), Layout::Spaced];
        let others = layouts.map(|layout| json::laid_out(&spelling, layout)).into_iter().flatten();
        let all: Vec<_> = others.chain([spelling]).collect();
        all.into_iter().map(move |original| Change { original, code, hint })
    })
}

fn changed_secret(
    scheme: Scheme,
    secret: &Secret,
    claim: &Claim<'_>,
    body: &[u8],
) -> Option<Finding> {
    let fits = |key: &[u8]| {
        let key = core::iter::once(Some(Keyed::new(key)));
        claim.matching(key, Evidence::Body(body)).is_some()
    };
    let fits_as_text = |text: &str| match scheme {
        Scheme::Standard => standard_key(text).is_some_and(|key| fits(&key)),
        Scheme::Stripe | Scheme::GitHub | Scheme::Shopify | Scheme::Slack => fits(text.as_bytes()),
    };
    let text = secret.text();
    let bare = text.trim();
    let unquoted = bare.trim_matches(['"', '\'']);
    if fits_as_text(bare) {
        return Some(finding(
            "secret_white_space",
            "The secret has white space around it, perhaps a line end from a file.",
        ));
    }
    if fits_as_text(unquoted) {
        return Some(finding("secret_quotes", "The secret has quotes around it."));
    }
    if scheme == Scheme::Stripe && fits(["whsec_", bare].concat().as_bytes()) {
        return Some(finding(
            "secret_prefix_missing",
            "The secret lacks its whsec_, which is part of the key in this scheme.",
        ));
    }
    let stripped = bare.strip_prefix("whsec_").is_some_and(|rest| fits(rest.as_bytes()));
    let decoded = standard_key(bare).is_some_and(|key| fits(&key));
    (fits(bare.as_bytes()) || stripped || decoded).then(|| {
        finding(
            "secret_other_scheme",
            "The sender used the secret as another scheme does: with or without whsec_, as text \
             or decoded from base64.",
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
