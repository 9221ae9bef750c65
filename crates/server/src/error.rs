//! What a caller is told when it does not get what it asked for.
//!
//! Here: every problem the wire side can have, and the one table that gives each its status, type,
//! code, param and words ([`table`]). A refusal of the domain is one of them. Not here: any decision
//! about whether something is a problem.

pub mod decline;
pub mod refusal;
mod setup;
pub mod table;
mod table_params;
mod unfit;

use axum::response::{IntoResponse, Response};
use farthing_core::card::CardError;
use farthing_core::idempotency::KeyError;
use farthing_core::origin::OriginError;
use farthing_domain::refusal::Refusal;
use farthing_domain::search::SearchError;
use farthing_store::StoreError;
use http::HeaderValue;
use http::header::RETRY_AFTER;

use crate::form::FormError;
use crate::ssrf::UrlError;
use crate::wire;

/// Everything that can be wrong with a request, or with us, apart from a declined card.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is explained by its line in the table")]
pub enum Problem {
    // The request as such.
    Form(FormError),
    BodyTooLarge,
    BodySlow,
    BodyBroken,
    ContentType,
    UnknownUrl { method: String, path: String },
    Version { given: String },
    Key(KeyError),
    KeyGuessable,
    // Who asks.
    NoApiKey,
    BadApiKey { masked: String },
    ExpiredKey { masked: String },
    Permissions { masked: String, needs: Option<String> },
    SecretKeyRequired,
    OperatorKeyRequired,
    OperatorKeyElsewhere,
    LiveRefused,
    Account,
    TooManyKeys,
    CardFromScript,
    // How much is asked.
    RateLimited { retry_after_s: u64 },
    Shed,
    // Parameters.
    UnknownParameter { name: String },
    MissingParameter { name: String },
    MissingOneOf { names: String },
    Exclusive { names: String },
    NotInteger { name: String, value: String },
    BelowLeast { name: String, least: i64 },
    NegativeCapture,
    AmountZero { minimum: Option<String> },
    NotBoolean { name: String, value: String },
    NotAmong { name: String, words: Vec<String> },
    NotScalar { name: String },
    NotMap { name: String },
    NotList { name: String },
    Empty { name: String },
    EmptyItem { name: String },
    Blank { name: String },
    Characters { name: String, not: &'static str },
    TextTooLong { name: String, limit: usize },
    TooManyItems { name: String, most: usize },
    MetadataFull,
    MetadataKey { key: String },
    MetadataValue { key: String },
    BadEmail { name: String, given: String },
    BadCurrency { given: String },
    BadUrl { name: String, why: UrlError },
    BadOrigin { name: String, why: OriginError },
    OwnOrigin { name: String },
    BadExpand { path: String, list: bool },
    BothCursors,
    OffSessionWithoutConfirm,
    RefundNotCancelable,
    RefundNotExpirable,
    PayoutManual,
    BankNumber { name: &'static str },
    BadSearch { why: SearchError },
    BadSearchPage,
    CashBalance,
    Microdeposits,
    LegacyCharge,
    ChargeCaptured { charge: String },
    ChargeOfIntent { charge: String },
    ChargeLapsed { charge: String },
    StatementDescriptor,
    MethodType { name: String },
    UnsupportedValue { name: String },
    EventName { name: String, given: String },
    CardNumberMissing { name: String },
    TokenKind { name: String },
    NotTaken { name: String, why: &'static str },
    AccountNumber { name: String },
    AccountElsewhere { name: String, country: String },
    Card { error: CardError, name: &'static str },
    // What it asks for.
    Missing { noun: &'static str, id: String, param: &'static str, place: Place },
    Refused(Refusal),
    // Us.
    Store(StoreError),
    Vault,
    Bug,
}

impl Problem {
    /// After how many seconds it is worth coming back; none where that is not known.
    fn retry_after_s(&self) -> Option<u64> {
        match self {
            Self::RateLimited { retry_after_s } => Some(*retry_after_s),
            Self::Shed | Self::Store(StoreError::Busy) => Some(1),
            _ => None,
        }
    }
}

/// Where a missing object was named: a path answers 404, a parameter 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the path.
    Path,
    /// In the body or the query.
    Param,
}

/// A problem on its way to the caller.
#[derive(Clone, Debug)]
pub struct ApiError(Box<Problem>);

impl ApiError {
    /// What is wrong.
    pub fn problem(&self) -> &Problem {
        &self.0
    }
}

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        Self(Box::new(problem))
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Problem::Store(error).into()
    }
}

impl From<FormError> for ApiError {
    fn from(error: FormError) -> Self {
        Problem::Form(error).into()
    }
}

impl From<KeyError> for ApiError {
    fn from(error: KeyError) -> Self {
        Problem::Key(error).into()
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let row = table::row(&self.0);
        let body = wire::error::body(&row, |_| {});
        let mut response = crate::headers::json_response(row.status, &body, row.retry);
        if let Some(seconds) = self.0.retry_after_s() {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
