//! Intents.

use farthing_core::id::{AttemptId, ChargeId, CustomerId, IntentId, PaymentMethodId};
use farthing_core::money::Money;
use farthing_core::time::TimestampMs;
use farthing_domain::intent::{
    CancelReason, CardRequests, FutureUsage, Intent, IntentState, OpenAttempt, PaymentError,
    References, ThreeDSecure, Wish,
};
use farthing_domain::method_type::MethodSet;
use farthing_domain::object::{Metadata, Shipping};
use farthing_domain::view::Row;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::row::detail::{DeclineTwin, ShippingTwin, is_default};
use crate::row::fields::{Fields, Values};
use crate::row::number::Numbered;
use crate::row::{Stored, Table};

static INTENTS: Table = Table::new(
    "intents",
    &["tenant", "id"],
    &["seq", "created", "secret"],
    &[
        "currency",
        "amount",
        "status",
        "moved",
        "received",
        "canceled_at",
        "cancel_reason",
        "capture",
        "confirmation",
        "methods",
        "open_attempt",
        "open_verb",
        "customer",
        "method",
        "latest_charge",
        "confirmations",
        "sequence",
        "due",
        "detail",
    ],
);

#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Detail {
    #[serde(rename = "d", skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(rename = "m", skip_serializing_if = "Metadata::is_empty")]
    metadata: Metadata,
    #[serde(rename = "e", skip_serializing_if = "Option::is_none")]
    receipt_email: Option<String>,
    #[serde(rename = "s", skip_serializing_if = "Option::is_none")]
    shipping: Option<ShippingTwin>,
    #[serde(rename = "f", skip_serializing_if = "Option::is_none")]
    future_usage: Option<i64>,
    #[serde(rename = "k", skip_serializing_if = "is_default")]
    excluded: u64,
    #[serde(rename = "c", skip_serializing_if = "Option::is_none")]
    customer_reference: Option<String>,
    #[serde(rename = "o", skip_serializing_if = "Option::is_none")]
    order_reference: Option<String>,
    #[serde(rename = "q", skip_serializing_if = "is_default")]
    requests: RequestsTwin,
    #[serde(rename = "n", skip_serializing_if = "is_default")]
    increments: u32,
    #[serde(rename = "y", skip_serializing_if = "Option::is_none")]
    statement_descriptor: Option<String>,
    #[serde(rename = "x", skip_serializing_if = "Option::is_none")]
    statement_descriptor_suffix: Option<String>,
    #[serde(rename = "g", skip_serializing_if = "Option::is_none")]
    transfer_group: Option<String>,
    #[serde(rename = "r", skip_serializing_if = "Option::is_none")]
    return_url: Option<String>,
    #[serde(rename = "t", skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
    #[serde(rename = "l", skip_serializing_if = "Option::is_none")]
    last_error: Option<ErrorTwin>,
}

#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct ErrorTwin {
    #[serde(rename = "d", skip_serializing_if = "is_default")]
    decline: DeclineTwin,
    #[serde(rename = "c", skip_serializing_if = "Option::is_none")]
    charge: Option<[u8; 12]>,
    #[serde(rename = "m")]
    method: [u8; 12],
}

/// Each wish as its number; absent where there is none.
#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct RequestsTwin {
    #[serde(rename = "e", skip_serializing_if = "Option::is_none")]
    extended: Option<i64>,
    #[serde(rename = "i", skip_serializing_if = "Option::is_none")]
    incremental: Option<i64>,
    #[serde(rename = "m", skip_serializing_if = "Option::is_none")]
    multicapture: Option<i64>,
    #[serde(rename = "o", skip_serializing_if = "Option::is_none")]
    overcapture: Option<i64>,
    #[serde(rename = "t", skip_serializing_if = "Option::is_none")]
    three_d_secure: Option<i64>,
}

impl From<CardRequests> for RequestsTwin {
    fn from(requests: CardRequests) -> Self {
        let CardRequests { extended, incremental, multicapture, overcapture, three_d_secure } =
            requests;
        let asked = (three_d_secure != ThreeDSecure::Automatic).then_some(three_d_secure);
        Self {
            extended: extended.map(Numbered::number),
            incremental: incremental.map(Numbered::number),
            multicapture: multicapture.map(Numbered::number),
            overcapture: overcapture.map(Numbered::number),
            three_d_secure: asked.map(Numbered::number),
        }
    }
}

impl RequestsTwin {
    fn read(&self) -> Option<CardRequests> {
        let wish = |number: Option<i64>| match number {
            None => Some(None),
            Some(number) => Wish::from_number(number).map(Some),
        };
        Some(CardRequests {
            extended: wish(self.extended)?,
            incremental: wish(self.incremental)?,
            multicapture: wish(self.multicapture)?,
            overcapture: wish(self.overcapture)?,
            three_d_secure: match self.three_d_secure {
                None => ThreeDSecure::Automatic,
                Some(number) => ThreeDSecure::from_number(number)?,
            },
        })
    }
}

/// The columns that depend on the state.
struct StateColumns {
    status: i64,
    /// What can be taken, or was.
    moved: Option<Money>,
    /// What was taken while more can be.
    received: i64,
    canceled_at: Option<TimestampMs>,
    cancel_reason: Option<CancelReason>,
}

fn state_columns(state: &IntentState) -> StateColumns {
    let none = |status| StateColumns {
        status,
        moved: None,
        received: 0,
        canceled_at: None,
        cancel_reason: None,
    };
    match state {
        IntentState::RequiresPaymentMethod { .. } => none(1),
        IntentState::RequiresConfirmation => none(2),
        IntentState::RequiresAction { .. } => none(3),
        IntentState::Processing => none(4),
        IntentState::RequiresCapture { capturable, received } => {
            StateColumns { moved: Some(*capturable), received: received.minor(), ..none(5) }
        }
        IntentState::Succeeded { received } => StateColumns { moved: Some(*received), ..none(6) },
        IntentState::Canceled { at, reason } => {
            StateColumns { canceled_at: Some(*at), cancel_reason: *reason, ..none(7) }
        }
    }
}

/// The state again; none where the columns contradict each other.
fn state(columns: &StateColumns, detail: &mut Detail) -> Option<IntentState> {
    Some(match (columns.status, columns.moved, columns.canceled_at) {
        (1, None, None) => {
            let last_error = match detail.last_error.take() {
                None => None,
                Some(twin) => Some(read_error(twin)?),
            };
            IntentState::RequiresPaymentMethod { last_error }
        }
        (2, None, None) => IntentState::RequiresConfirmation,
        (3, None, None) => IntentState::RequiresAction {
            return_url: detail.return_url.take(),
            expires_at: detail.expires_at.map(TimestampMs::from_ms),
        },
        (4, None, None) => IntentState::Processing,
        (5, Some(capturable), None) => {
            let received = Money::new(columns.received, capturable.currency()).ok()?;
            IntentState::RequiresCapture { capturable, received }
        }
        (6, Some(received), None) => IntentState::Succeeded { received },
        (7, None, Some(at)) => IntentState::Canceled { at, reason: columns.cancel_reason },
        _ => return None,
    })
}

fn read_error(twin: ErrorTwin) -> Option<PaymentError> {
    Some(PaymentError {
        decline: twin.decline.read()?,
        charge: twin.charge.map(ChargeId::from_bytes),
        method: PaymentMethodId::from_bytes(twin.method),
    })
}

fn detail(intent: &Intent) -> Detail {
    let (return_url, expires_at, last_error) = match &intent.state {
        IntentState::RequiresAction { return_url, expires_at } => {
            (return_url.clone(), *expires_at, None)
        }
        IntentState::RequiresPaymentMethod { last_error } => (None, None, last_error.as_ref()),
        IntentState::RequiresConfirmation
        | IntentState::Processing
        | IntentState::RequiresCapture { .. }
        | IntentState::Succeeded { .. }
        | IntentState::Canceled { .. } => (None, None, None),
    };
    Detail {
        description: intent.description.clone(),
        metadata: intent.metadata.clone(),
        receipt_email: intent.receipt_email.clone(),
        shipping: intent.shipping.as_ref().map(ShippingTwin::from),
        future_usage: intent.setup_future_usage.map(Numbered::number),
        excluded: intent.excluded.bits(),
        customer_reference: intent.references.customer.clone(),
        order_reference: intent.references.order.clone(),
        requests: intent.requests.into(),
        increments: intent.increments,
        statement_descriptor: intent.statement_descriptor.clone(),
        statement_descriptor_suffix: intent.statement_descriptor_suffix.clone(),
        transfer_group: intent.transfer_group.clone(),
        return_url,
        expires_at: expires_at.map(TimestampMs::ms),
        last_error: last_error.map(|error| ErrorTwin {
            decline: DeclineTwin::from(&error.decline),
            charge: error.charge.map(ChargeId::bytes),
            method: error.method.bytes(),
        }),
    }
}

impl Stored for Intent {
    const TABLE: &'static Table = &INTENTS;

    fn encode(&self) -> Values {
        let state = state_columns(&self.state);
        Values::default()
            .tenant(self.tenant)
            .blob(&self.id.bytes())
            .int(self.seq)
            .time(self.created)
            .text(&self.secret)
            .text(self.amount.currency().code())
            .int(self.amount.minor())
            .int(state.status)
            .int_opt(state.moved.map(Money::minor))
            .int(state.received)
            .time_opt(state.canceled_at)
            .number_opt(state.cancel_reason)
            .number(self.capture)
            .number(self.confirmation)
            .number(self.methods)
            .blob_opt(self.open.map(|open| open.id.bytes()))
            .number_opt(self.open.map(|open| open.verb))
            .blob_opt(self.customer.map(CustomerId::bytes))
            .blob_opt(self.method.map(PaymentMethodId::bytes))
            .blob_opt(self.latest_charge.map(ChargeId::bytes))
            .int(i64::from(self.confirmations))
            .trail(&self.trail)
            .detail(&detail(self))
    }

    fn decode(fields: &mut Fields<'_>) -> Result<Self, StoreError> {
        let tenant = fields.tenant()?;
        let id = IntentId::from_bytes(fields.array()?);
        let (seq, created, secret) = (fields.int()?, fields.time()?, fields.text()?);
        let currency = fields.currency()?;
        let amount = fields.money(currency)?;
        let columns = StateColumns {
            status: fields.int()?,
            moved: fields.money_opt(currency)?,
            received: fields.int()?,
            canceled_at: fields.time_opt()?,
            cancel_reason: fields.number_opt()?,
        };
        let (capture, confirmation) = (fields.number()?, fields.number()?);
        let methods = fields.number()?;
        let open_id = fields.array_opt()?.map(AttemptId::from_bytes);
        let open = match (open_id, fields.number_opt()?) {
            (None, None) => None,
            (Some(id), Some(verb)) => Some(OpenAttempt { id, verb }),
            (None, Some(_)) | (Some(_), None) => return Err(fields.corrupt()),
        };
        let customer = fields.array_opt()?.map(CustomerId::from_bytes);
        let method = fields.array_opt()?.map(PaymentMethodId::from_bytes);
        let latest_charge = fields.array_opt()?.map(ChargeId::from_bytes);
        let confirmations = fields.small()?;
        let trail = fields.trail()?;
        let mut detail: Detail = fields.detail()?;
        let state = state(&columns, &mut detail).ok_or_else(|| fields.corrupt())?;
        let future = detail.future_usage.map(FutureUsage::from_number);
        if future == Some(None) {
            return Err(fields.corrupt());
        }
        let requests = detail.requests.read().ok_or_else(|| fields.corrupt())?;
        let excluded = MethodSet::from_bits(detail.excluded).ok_or_else(|| fields.corrupt())?;
        let references =
            References { customer: detail.customer_reference, order: detail.order_reference };
        Ok(Self {
            id,
            tenant,
            seq,
            created,
            amount,
            capture,
            confirmation,
            secret,
            state,
            open,
            customer,
            method,
            latest_charge,
            confirmations,
            methods,
            excluded,
            requests,
            increments: detail.increments,
            description: detail.description,
            references,
            metadata: detail.metadata,
            receipt_email: detail.receipt_email,
            shipping: detail.shipping.map(Shipping::from),
            setup_future_usage: future.flatten(),
            statement_descriptor: detail.statement_descriptor,
            statement_descriptor_suffix: detail.statement_descriptor_suffix,
            transfer_group: detail.transfer_group,
            trail,
        })
    }

    fn into_row(self) -> Row {
        Row::Intent(self)
    }

    fn of(row: &Row) -> Option<&Self> {
        if let Row::Intent(own) = row { Some(own) } else { None }
    }
}
