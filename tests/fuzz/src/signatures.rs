//! Headers that are nearly right. What is accepted was signed with one of the secrets, over these very
//! bytes, at a time in the window: recomputed here by another HMAC than core's.

use farthing_core::time::TimestampMs;
use farthing_core::webhook::{
    Headers, Policy, Proof, Scheme, Secret, Tolerance, VerifyError, sign_headers, verify,
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::split_first;

const SCHEMES: [&str; 5] = ["stripe", "standard", "github", "shopify", "slack"];
/// What the receiver accepts.
pub const SECRETS: [&str; 3] =
    ["whsec_c2VjcmV0IG9uZSwgc2VjcmV0IG9uZQ==", "whsec_dHdv", "whsec_dGhyZWU="];
/// The receiver's clock, in seconds.
pub const NOW: i64 = 1_800_000_000;
const TOLERANCE_S: i64 = 300;

/// A webhook that was signed well, and then perhaps spoilt.
#[derive(Debug)]
pub struct Signed {
    /// Who is expected to have signed.
    pub scheme: Scheme,
    /// What arrived.
    pub body: Vec<u8>,
    /// Id, time and signature.
    pub headers: [String; 3],
    /// Nothing was changed, and the clocks agree within the window.
    pub is_genuine: bool,
}

impl Signed {
    /// The webhook that an input stands for: scheme, secret, difference of the clocks in seconds,
    /// where to spoil which header and by what, body.
    pub fn of(input: &[u8]) -> Self {
        let (scheme, rest) = split_first(input);
        let (secret, rest) = split_first(rest);
        let (clock, rest) = split_first(rest);
        let (spoilt, rest) = split_first(rest);
        let (at, rest) = split_first(rest);
        let (length, rest) = split_first(rest);
        let (patch, body) = rest.split_at(usize::from(length % 32).min(rest.len()));
        let scheme = Scheme::parse(SCHEMES[usize::from(scheme) % 5]).expect("a known scheme");
        let apart = i64::from(clock.cast_signed()) * 4;
        let secret = scheme.secret(SECRETS[usize::from(secret) % 3]).expect("a good secret");
        let signed_at = TimestampMs::from_seconds(NOW - apart);
        let signed = sign_headers(scheme, &[&secret], "msg_1", signed_at, body);
        let mut headers = [signed.id, signed.timestamp, signed.signature];
        let mut is_genuine = !scheme.signs_time() || apart.abs() <= TOLERANCE_S;
        if spoilt % 4 != 3 {
            let header = &mut headers[usize::from(spoilt % 4)];
            let before = header.clone();
            let at = usize::from(at).min(header.len());
            let end = (at + patch.len()).min(header.len());
            // Half of them replace, half of them insert.
            let end = if spoilt & 4 == 0 { end } else { at };
            let patch: String = patch.iter().map(|byte| char::from(byte & 0x7f)).collect();
            header.replace_range(at..end, &patch);
            is_genuine &= *header == before;
        }
        Self { scheme, body: body.to_vec(), headers, is_genuine }
    }

    fn headers(&self) -> Headers<'_> {
        let [id, timestamp, signature] = &self.headers;
        Headers {
            id: id.as_bytes(),
            timestamp: timestamp.as_bytes(),
            signature: signature.as_bytes(),
        }
    }
}

/// Verifies and holds the outcome against what is promised.
pub fn check(input: &[u8]) {
    let signed = Signed::of(input);
    let strict = verified(&signed, Policy::Strict(Tolerance::DEFAULT));
    match strict {
        Ok(proof) => assert!(is_signed(&signed, proof), "accepted, and not signed: {signed:?}"),
        Err(error) => assert!(!signed.is_genuine, "refused as {error:?}: {signed:?}"),
    }
    let (spoilt, _) = split_first(&signed.body);
    let mut other = Signed { body: signed.body.clone(), headers: signed.headers.clone(), ..signed };
    other.body.push(spoilt);
    assert!(
        verified(&other, Policy::Strict(Tolerance::DEFAULT)).is_err(),
        "another body: {other:?}"
    );
    if let Ok(proof) = verified(&signed, Policy::Compat { tolerance_s: 300 }) {
        assert!(
            is_signed(&signed, proof),
            "accepted for compatibility, and not signed: {signed:?}"
        );
    }
}

fn verified(signed: &Signed, policy: Policy) -> Result<Proof, VerifyError> {
    let secrets: Vec<Secret> =
        SECRETS.iter().filter_map(|s| signed.scheme.secret(s).ok()).collect();
    let now = TimestampMs::from_seconds(NOW);
    verify((signed.scheme, policy), &secrets, signed.headers(), &signed.body, now)
}

/// Whether the header has the tag of this body at the proof's time under the proof's secret.
fn is_signed(signed: &Signed, proof: Proof) -> bool {
    let Signed { scheme, body, headers: [id, _, signature], .. } = signed;
    let key = scheme.key(SECRETS[proof.secret_index]).expect("a good secret");
    let seconds = proof.signed_at.map(|at| at.seconds().to_string()).unwrap_or_default();
    let before = match scheme.name() {
        "stripe" => format!("{seconds}."),
        "standard" => format!("{id}.{seconds}."),
        "slack" => format!("v0:{seconds}:"),
        _ => String::new(),
    };
    let mut hmac = Hmac::<Sha256>::new_from_slice(&key).expect("any length");
    hmac.update(before.as_bytes());
    hmac.update(body);
    let tag = hmac.finalize().into_bytes();
    let hex: String = tag.iter().map(|byte| format!("{byte:02x}")).collect();
    let base64 = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, tag);
    signature.contains(&hex) || signature.contains(base64.trim_end_matches('='))
}
