//! The schemes by name: which headers they read, what a secret's text stands for, and what each of
//! them cannot promise.

use alloc::vec::Vec;

use super::secret::{Secret, SecretError, standard_key_in};
use super::text::Coding;

/// How a sender signs. All are HMAC-SHA256 of the raw body with something before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Stripe's: `t=UNIX,v1=HEX`. Time is signed; an id is not, so keep the event's own id to
    /// recognise a second delivery.
    Stripe,
    /// Standard Webhooks, version 1: id, time and body are signed.
    Standard,
    /// GitHub's: `sha256=HEX` over the body alone. Neither time nor id is signed: a recorded
    /// webhook stays valid for as long as the secret does, and its `X-GitHub-Delivery` can be
    /// changed by whoever replays it.
    GitHub,
    /// Shopify's: base64 over the body alone. Neither time nor id, topic or shop is signed: a
    /// recorded webhook stays valid for as long as the secret does, under any topic.
    Shopify,
    /// Slack's: `v0=HEX` over `v0`, time and body. An id is not signed: a webhook can be replayed
    /// within the window. There is one secret per app, so there is no other to roll it over with.
    Slack,
}

/// The names of the headers that a scheme reads, in lower case, the usual one first and others after
/// a comma. Empty where it has no such header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeaderNames {
    /// Of the message's id.
    pub id: &'static str,
    /// Of the time.
    pub timestamp: &'static str,
    /// Of the signatures.
    pub signature: &'static str,
}

/// How a scheme writes what it signs: the one reader and the one writer of headers go by it.
pub(super) struct Form {
    /// Whether the message's id has a header, and is signed.
    pub(super) signs_id: bool,
    /// Where the time is written.
    pub(super) time: Time,
    /// Whether the time is signed as it was written, leading zeros and all.
    pub(super) keeps_zeros: bool,
    /// What is signed before the time, and after the id where there is one.
    before_time: &'static [u8],
    /// What is signed between the time and the body.
    after_time: &'static [u8],
    /// What separates the items of the signature header; `None` if it holds one signature only.
    pub(super) separator: Option<u8>,
    /// What stands before each signature.
    pub(super) mark: &'static [u8],
    /// How signatures are written.
    pub(super) coding: Coding,
}

/// Where a scheme writes the time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Time {
    /// Nowhere: none is signed.
    Unsigned,
    /// In a header of its own.
    InHeader,
    /// In the header of the signatures, as `t=`.
    AmongSignatures,
}

impl Form {
    /// What is signed before the body, in pieces.
    pub(super) fn before_body<'a>(
        &self,
        id: &'a [u8],
        sign: &'static [u8],
        digits: &'a [u8],
    ) -> [&'a [u8]; 4] {
        let id = if self.signs_id { id } else { b"" };
        let digits = if self.time == Time::Unsigned { b"" } else { digits };
        // No scheme whose times may be negative has anything before them.
        let before_time = if sign.is_empty() { self.before_time } else { sign };
        [id, before_time, digits, self.after_time]
    }
}

const STRIPE: Form = Form {
    signs_id: false,
    time: Time::AmongSignatures,
    keeps_zeros: false,
    before_time: b"",
    after_time: b".",
    separator: Some(b','),
    mark: b"v1=",
    coding: Coding::Hex,
};
const STANDARD: Form = Form {
    signs_id: true,
    time: Time::InHeader,
    keeps_zeros: false,
    before_time: b".",
    after_time: b".",
    separator: Some(b' '),
    mark: b"v1,",
    coding: Coding::Base64,
};
const GITHUB: Form = Form {
    signs_id: false,
    time: Time::Unsigned,
    keeps_zeros: false,
    before_time: b"",
    after_time: b"",
    separator: None,
    mark: b"sha256=",
    coding: Coding::Hex,
};
const SHOPIFY: Form = Form { mark: b"", coding: Coding::Base64, ..GITHUB };
const SLACK: Form = Form {
    time: Time::InHeader,
    keeps_zeros: true,
    before_time: b"v0:",
    after_time: b":",
    mark: b"v0=",
    ..GITHUB
};
static FORMS: [Form; 5] = [STRIPE, STANDARD, GITHUB, SHOPIFY, SLACK];

impl Scheme {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Stripe, Self::Standard, Self::GitHub, Self::Shopify, Self::Slack];

    /// Finds a scheme by its name.
    pub fn parse(name: impl AsRef<[u8]>) -> Option<Self> {
        Self::ALL.into_iter().find(|scheme| scheme.name().as_bytes() == name.as_ref())
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stripe => "stripe",
            Self::Standard => "standard",
            Self::GitHub => "github",
            Self::Shopify => "shopify",
            Self::Slack => "slack",
        }
    }

    /// The headers it reads.
    pub const fn headers(self) -> HeaderNames {
        const fn signature_only(signature: &'static str) -> HeaderNames {
            HeaderNames { id: "", timestamp: "", signature }
        }
        match self {
            Self::Stripe => signature_only("stripe-signature"),
            Self::Standard => HeaderNames {
                id: "webhook-id,svix-id",
                timestamp: "webhook-timestamp,svix-timestamp",
                signature: "webhook-signature,svix-signature",
            },
            Self::GitHub => signature_only("x-hub-signature-256"),
            Self::Shopify => signature_only("x-shopify-hmac-sha256"),
            Self::Slack => HeaderNames {
                id: "",
                timestamp: "x-slack-request-timestamp",
                signature: "x-slack-signature",
            },
        }
    }

    /// How it writes what it signs.
    pub(super) fn form(self) -> &'static Form {
        let [stripe, standard, github, shopify, slack] = &FORMS;
        match self {
            Self::Stripe => stripe,
            Self::Standard => standard,
            Self::GitHub => github,
            Self::Shopify => shopify,
            Self::Slack => slack,
        }
    }

    /// Whether the time is signed, so that there is a window to set.
    pub fn signs_time(self) -> bool {
        self.form().time != Time::Unsigned
    }

    /// What a right signature does not prove.
    pub fn cannot_promise(self) -> &'static str {
        match self {
            Self::Stripe | Self::Slack => {
                "The id is not signed by itself: a replay within the window is accepted."
            }
            Self::Standard => "A replay within the window is accepted; remember the id.",
            Self::GitHub | Self::Shopify => {
                "No time is signed: a recorded webhook can be replayed for ever. Only the body is \
                 signed, none of the other headers."
            }
        }
    }

    /// Reads a secret as this scheme's senders do.
    ///
    /// # Errors
    /// [`SecretError`] where the text must be base64 and is not.
    pub fn secret(self, text: &str) -> Result<Secret, SecretError> {
        match self {
            Self::Standard => Secret::standard(text),
            Self::Stripe | Self::GitHub | Self::Shopify | Self::Slack => Ok(Secret::stripe(text)),
        }
    }

    /// The key that a secret's text stands for, for whoever computes tags elsewhere. Worth as much
    /// as the secret.
    ///
    /// # Errors
    /// As [`Self::secret`].
    pub fn key(self, text: &str) -> Result<Vec<u8>, SecretError> {
        let mut key = Vec::from(text.as_bytes());
        let length = self.key_in(&mut key)?;
        key.truncate(length);
        Ok(key)
    }

    /// The same key, written over the text from its beginning. Answers how long it is.
    pub(super) fn key_in(self, text: &mut [u8]) -> Result<usize, SecretError> {
        match self {
            Self::Standard => standard_key_in(text),
            Self::Stripe | Self::GitHub | Self::Shopify | Self::Slack => Ok(text.len()),
        }
    }

    /// The number that stands for it where it is kept as a byte.
    pub fn to_byte(self) -> u8 {
        match self {
            Self::Stripe => 0,
            Self::Standard => 1,
            Self::GitHub => 2,
            Self::Shopify => 3,
            Self::Slack => 4,
        }
    }

    /// The scheme that a byte stands for.
    pub fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|scheme| scheme.to_byte() == byte)
    }
}
