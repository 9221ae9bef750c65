//! Open attempts: few rows, each gone when its outcome is known.

use farthing_core::currency::Currency;
use farthing_core::id::{AttemptId, ChargeId, IntentId, PaymentMethodId, RefundId, SetupIntentId};
use farthing_core::money::Money;
use farthing_domain::attempt::{Attempt, Call, Presence};
use farthing_domain::charge::Rest;
use farthing_domain::command::RequestMark;
use farthing_domain::idempotency::ScopedKey;
use farthing_domain::intent::{CancelReason, Verb};
use farthing_domain::network::Reference;
use farthing_domain::object::Metadata;
use farthing_domain::refund::RefundReason;
use farthing_domain::view::Row;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::row::detail::is_default;
use crate::row::fields::{Fields, Values};
use crate::row::number::Numbered;
use crate::row::{Stored, Table};

static ATTEMPTS: Table = Table::new(
    "attempts",
    &["id"],
    &["tenant", "intent", "reference", "begun_at", "verb", "currency", "amount", "charge", "claim"],
    &["announced", "lookups", "lookup_at", "detail"],
);

#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Detail {
    #[serde(rename = "i", skip_serializing_if = "Option::is_none")]
    request: Option<String>,
    #[serde(rename = "k", skip_serializing_if = "Option::is_none")]
    request_key: Option<String>,
    #[serde(rename = "e", skip_serializing_if = "Vec::is_empty")]
    expand: Vec<String>,
    #[serde(rename = "c", skip_serializing_if = "Option::is_none")]
    capture: Option<bool>,
    #[serde(rename = "t", skip_serializing_if = "Option::is_none")]
    method: Option<[u8; 12]>,
    #[serde(rename = "p", skip_serializing_if = "Option::is_none")]
    presence: Option<i64>,
    #[serde(rename = "u", skip_serializing_if = "Option::is_none")]
    return_url: Option<String>,
    #[serde(rename = "f", skip_serializing_if = "is_default")]
    fail_on_action: bool,
    #[serde(rename = "o", skip_serializing_if = "Option::is_none")]
    of: Option<[u8; 16]>,
    #[serde(rename = "r", skip_serializing_if = "Option::is_none")]
    refund: Option<[u8; 12]>,
    #[serde(rename = "n", skip_serializing_if = "Option::is_none")]
    reason: Option<i64>,
    /// The call is a verification: the column of the intent holds a set-up intent.
    #[serde(rename = "v", skip_serializing_if = "is_default")]
    verifies: bool,
    #[serde(rename = "m", skip_serializing_if = "Metadata::is_empty")]
    metadata: Metadata,
    #[serde(rename = "h", skip_serializing_if = "is_default")]
    rest_held: bool,
    #[serde(rename = "d", skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(rename = "y", skip_serializing_if = "Option::is_none")]
    statement_descriptor: Option<String>,
    #[serde(rename = "a", skip_serializing_if = "Option::is_none")]
    all_metadata: Option<Metadata>,
}

fn verb(call: &Call) -> Verb {
    match call {
        Call::Authorize { .. } | Call::Verify { .. } => Verb::Confirm,
        Call::Capture { .. } => Verb::Capture,
        Call::Increment { .. } => Verb::Increment,
        Call::Void { .. } => Verb::Cancel,
        Call::Refund { .. } => Verb::Refund,
    }
}

fn amount(call: &Call) -> Option<Money> {
    match call {
        Call::Authorize { amount, .. }
        | Call::Capture { amount, .. }
        | Call::Increment { amount, .. }
        | Call::Refund { amount, .. } => Some(*amount),
        Call::Void { .. } | Call::Verify { .. } => None,
    }
}

fn detail(attempt: &Attempt) -> Detail {
    let common = Detail {
        request: attempt.request.as_ref().map(|request| request.id.clone()),
        request_key: attempt.request.as_ref().and_then(|request| request.key.clone()),
        expand: attempt.expand.clone(),
        ..Detail::default()
    };
    match &attempt.call {
        Call::Authorize { capture, method, presence, return_url, fail_on_action, .. } => Detail {
            return_url: return_url.clone(),
            fail_on_action: *fail_on_action,
            capture: Some(*capture),
            method: Some(method.bytes()),
            presence: Some(presence.number()),
            ..common
        },
        Call::Verify { method, presence, return_url, .. } => Detail {
            return_url: return_url.clone(),
            method: Some(method.bytes()),
            presence: Some(presence.number()),
            verifies: true,
            ..common
        },
        Call::Capture { of, rest, .. } => {
            Detail { of: Some(of.0), rest_held: *rest == Rest::Held, ..common }
        }
        Call::Increment { of, description, statement_descriptor, metadata, .. } => Detail {
            of: Some(of.0),
            description: description.clone(),
            statement_descriptor: statement_descriptor.clone(),
            all_metadata: metadata.clone(),
            ..common
        },
        Call::Void { of, reason, .. } => {
            Detail { of: Some(of.0), reason: reason.map(Numbered::number), ..common }
        }
        Call::Refund { of, refund, reason, metadata, .. } => Detail {
            of: Some(of.0),
            refund: Some(refund.bytes()),
            reason: reason.map(Numbered::number),
            metadata: metadata.clone(),
            ..common
        },
    }
}

/// The call again; none where the columns contradict each other.
fn call(
    verb: Verb,
    (intent, amount, charge): (IntentId, Option<Money>, Option<ChargeId>),
    detail: &mut Detail,
) -> Option<Call> {
    let of = detail.of.map(Reference);
    Some(match verb {
        Verb::Confirm if detail.verifies => Call::Verify {
            setup: SetupIntentId::from_bytes(intent.bytes()),
            method: PaymentMethodId::from_bytes(detail.method?),
            presence: Presence::from_number(detail.presence?)?,
            return_url: detail.return_url.take(),
        },
        Verb::Confirm => Call::Authorize {
            amount: amount?,
            capture: detail.capture?,
            method: PaymentMethodId::from_bytes(detail.method?),
            presence: Presence::from_number(detail.presence?)?,
            return_url: detail.return_url.take(),
            fail_on_action: detail.fail_on_action,
        },
        Verb::Capture => Call::Capture {
            amount: amount?,
            rest: if detail.rest_held { Rest::Held } else { Rest::Released },
            charge: charge?,
            of: of?,
        },
        Verb::Increment => Call::Increment {
            amount: amount?,
            charge: charge?,
            of: of?,
            description: detail.description.take(),
            statement_descriptor: detail.statement_descriptor.take(),
            metadata: detail.all_metadata.take(),
        },
        Verb::Cancel => Call::Void {
            charge: charge?,
            of: of?,
            reason: match detail.reason {
                None => None,
                Some(number) => Some(CancelReason::from_number(number)?),
            },
        },
        Verb::Refund => Call::Refund {
            amount: amount?,
            charge: charge?,
            of: of?,
            refund: RefundId::from_bytes(detail.refund?),
            reason: match detail.reason {
                None => None,
                Some(number) => Some(RefundReason::from_number(number)?),
            },
            metadata: std::mem::take(&mut detail.metadata),
        },
    })
}

impl Stored for Attempt {
    const TABLE: &'static Table = &ATTEMPTS;

    fn encode(&self) -> Values {
        let amount = amount(&self.call);
        Values::default()
            .blob(&self.id.bytes())
            .tenant(self.tenant)
            .blob(&self.intent.bytes())
            .blob(&self.reference.0)
            .time(self.begun_at)
            .number(verb(&self.call))
            .text_opt(amount.map(|amount| amount.currency().code()))
            .int_opt(amount.map(Money::minor))
            .blob_opt(self.call.charge().map(ChargeId::bytes))
            .blob_opt(self.claim.map(|key| key.0))
            .int(i64::from(self.announced))
            .int(i64::from(self.lookups))
            .time(self.lookup_at)
            .detail(&detail(self))
    }

    fn decode(fields: &mut Fields<'_>) -> Result<Self, StoreError> {
        let id = AttemptId::from_bytes(fields.array()?);
        let tenant = fields.tenant()?;
        let intent = IntentId::from_bytes(fields.array()?);
        let reference = Reference(fields.array()?);
        let begun_at = fields.time()?;
        let verb = fields.number()?;
        let amount = match fields.text_opt()? {
            Some(code) => {
                let currency = Currency::parse(&code).map_err(|_| fields.corrupt())?;
                fields.money_opt(currency)?
            }
            None => fields.int_opt()?.map_or(Ok(None), |_| Err(fields.corrupt()))?,
        };
        let charge = fields.array_opt()?.map(ChargeId::from_bytes);
        let claim = fields.array_opt()?.map(ScopedKey);
        let announced = match fields.int()? {
            0 => false,
            1 => true,
            _ => return Err(fields.corrupt()),
        };
        let (lookups, lookup_at) = (fields.small()?, fields.time()?);
        let mut detail: Detail = fields.detail()?;
        let call = call(verb, (intent, amount, charge), &mut detail);
        let call = call.ok_or_else(|| fields.corrupt())?;
        let key = detail.request_key;
        let request = detail.request.map(|id| RequestMark { id, key });
        let expand = detail.expand;
        Ok(Self {
            id,
            tenant,
            intent,
            reference,
            call,
            begun_at,
            claim,
            request,
            expand,
            announced,
            lookups,
            lookup_at,
        })
    }

    fn into_row(self) -> Row {
        Row::Attempt(self)
    }

    fn of(row: &Row) -> Option<&Self> {
        if let Row::Attempt(own) = row { Some(own) } else { None }
    }
}
