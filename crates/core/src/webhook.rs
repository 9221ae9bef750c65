//! Webhook signatures: making them, checking them, and saying what went wrong with one.
//!
//! Two schemes sign and check: Stripe's (one header, the whole secret text is the key) and Standard
//! Webhooks (three headers, the key is base64). Three more only check, GitHub's, Shopify's and
//! Slack's; [`Scheme`] says what each cannot promise. All are an HMAC-SHA256 of the raw bytes, never
//! of a parsed body, and stream over them: nothing is copied. What must stay true: tags are compared
//! in constant time, every candidate is compared, and the clock is checked on both sides of the
//! window wherever a time is signed. [`Policy::Compat`] alone is laxer, for those who migrate.
//!
//! ```
//! use farthing_core::time::TimestampMs;
//! use farthing_core::webhook::{Secret, Tolerance, VerifyError, stripe_header, verify_stripe};
//!
//! let secrets = [Secret::stripe("whsec_example")];
//! let now = TimestampMs::from_seconds(1_795_000_000);
//! let header = stripe_header(&[&secrets[0]], now, b"{}");
//! assert!(verify_stripe(&secrets, &header, b"{}", now, Tolerance::DEFAULT).is_ok());
//!
//! let changed = verify_stripe(&secrets, &header, b"{ }", now, Tolerance::DEFAULT);
//! assert_eq!(changed, Err(VerifyError::SignatureMismatch));
//! ```

#[cfg(feature = "planted")]
pub use self::claim::counted::comparisons;
pub use self::claim::{Evidence, Headers};
pub use self::diagnose::{Finding, Seen, diagnose, diagnose_stripe};
pub use self::packed::{BeforeBody, Packed, PackedKey, pack, pack_key};
pub use self::scheme::{HeaderNames, Scheme};
pub use self::secret::{Secret, SecretError};
pub use self::sign::{Message, SignedHeaders, sign_headers};
pub use self::standard::{StandardHeaders, sign_standard, standard_header, verify_standard};
pub use self::stripe::{sign_stripe, stripe_header, verify_stripe};
pub use self::text::to_base64;
pub use self::verify::{Policy, Proof, Tolerance, ToleranceError, Verified, VerifyError, verify};

mod claim;
mod compat;
mod diagnose;
mod hmac;
mod json;
mod packed;
mod scheme;
mod secret;
mod sign;
mod standard;
mod stripe;
mod text;
mod verify;
