//! Webhook signatures: making them, checking them, and saying what went wrong with one.
//!
//! Two schemes share a body and an HMAC-SHA256: Stripe's (one header, the whole secret text is the
//! key) and Standard Webhooks (three headers, the key is base64). Both sign and check the raw
//! bytes, never a parsed body, and both stream over them: nothing is copied. What must stay true:
//! tags are compared in constant time, every candidate is compared, and the clock is checked on
//! both sides of the window.

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
