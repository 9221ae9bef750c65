//! Webhook signatures: making them, checking them, and saying what went wrong with one.
//!
//! Two schemes share a body and an HMAC-SHA256: Stripe's (one header, the whole secret text is the
//! key) and Standard Webhooks (three headers, the key is base64). Both sign and check the raw
//! bytes, never a parsed body, and both stream over them: nothing is copied. What must stay true:
//! tags are compared in constant time, every candidate is compared, and the clock is checked on
//! both sides of the window.
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

pub use self::diagnose::{Finding, diagnose_stripe};
pub use self::secret::{Secret, SecretError};
pub use self::standard::{StandardHeaders, sign_standard, standard_header, verify_standard};
pub use self::stripe::{sign_stripe, stripe_header, verify_stripe};
pub use self::verify::{Tolerance, ToleranceError, Verified, VerifyError};

mod diagnose;
mod json;
mod secret;
mod standard;
mod stripe;
mod verify;
