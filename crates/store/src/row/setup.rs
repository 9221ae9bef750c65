//! Set-up intents and their tries.

use farthing_core::id::{AttemptId, CustomerId, PaymentMethodId, SetupAttemptId, SetupIntentId};
use farthing_core::time::TimestampMs;
use farthing_domain::network::Check;
use farthing_domain::object::Metadata;
use farthing_domain::setup::{
    SetupAttempt, SetupCancelReason, SetupError, SetupIntent, SetupState, TryState,
};
use farthing_domain::view::Row;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::row::detail::{DeclineTwin, is_default};
use crate::row::fields::{Fields, Values};
use crate::row::number::Numbered;
use crate::row::{Stored, Table};

static SETUPS: Table = Table::new(
    "setup_intents",
    &["tenant", "id"],
    &["seq", "created", "secret"],
    &[
        "status",
        "canceled_at",
        "cancel_reason",
        "open_attempt",
        "customer",
        "method",
        "latest_attempt",
        "confirmations",
        "methods",
        "sequence",
        "due",
        "detail",
    ],
);

static TRIES: Table = Table::new(
    "setup_attempts",
    &["tenant", "id"],
    &["seq", "created", "setup", "customer", "method"],
    &["status", "detail"],
);

#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Detail {
    #[serde(rename = "d", skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(rename = "m", skip_serializing_if = "Metadata::is_empty")]
    metadata: Metadata,
    #[serde(rename = "u", skip_serializing_if = "Option::is_none")]
    return_url: Option<String>,
    #[serde(rename = "e", skip_serializing_if = "Option::is_none")]
    last_error: Option<DeclineTwin>,
    #[serde(rename = "f", skip_serializing_if = "Option::is_none")]
    failed: Option<[u8; 12]>,
}

fn detail(setup: &SetupIntent) -> Detail {
    let base = Detail {
        description: setup.description.clone(),
        metadata: setup.metadata.clone(),
        ..Detail::default()
    };
    match &setup.state {
        SetupState::RequiresPaymentMethod { last_error: Some(last) } => Detail {
            last_error: Some(DeclineTwin::from(&last.decline)),
            failed: Some(last.method.bytes()),
            ..base
        },
        SetupState::RequiresAction { return_url } => {
            Detail { return_url: return_url.clone(), ..base }
        }
        SetupState::RequiresPaymentMethod { last_error: None }
        | SetupState::RequiresConfirmation
        | SetupState::Processing
        | SetupState::Succeeded
        | SetupState::Canceled { .. } => base,
    }
}

fn status(state: &SetupState) -> (i64, Option<TimestampMs>, Option<SetupCancelReason>) {
    match state {
        SetupState::RequiresPaymentMethod { .. } => (1, None, None),
        SetupState::RequiresConfirmation => (2, None, None),
        SetupState::RequiresAction { .. } => (3, None, None),
        SetupState::Processing => (4, None, None),
        SetupState::Succeeded => (5, None, None),
        SetupState::Canceled { at, reason } => (6, Some(*at), *reason),
    }
}

/// The state again; none where the columns contradict each other.
fn state(
    (status, canceled_at, reason): (i64, Option<TimestampMs>, Option<SetupCancelReason>),
    detail: &mut Detail,
) -> Option<SetupState> {
    Some(match (status, canceled_at) {
        (1, None) => {
            let last_error = match (detail.last_error.take(), detail.failed) {
                (None, None) => None,
                (Some(twin), Some(method)) => Some(SetupError {
                    decline: twin.read()?,
                    method: PaymentMethodId::from_bytes(method),
                }),
                (None, Some(_)) | (Some(_), None) => return None,
            };
            SetupState::RequiresPaymentMethod { last_error }
        }
        (2, None) => SetupState::RequiresConfirmation,
        (3, None) => SetupState::RequiresAction { return_url: detail.return_url.take() },
        (4, None) => SetupState::Processing,
        (5, None) => SetupState::Succeeded,
        (6, Some(at)) => SetupState::Canceled { at, reason },
        _ => return None,
    })
}

impl Stored for SetupIntent {
    const TABLE: &'static Table = &SETUPS;

    fn encode(&self) -> Values {
        let (status, canceled_at, reason) = status(&self.state);
        Values::default()
            .tenant(self.tenant)
            .blob(&self.id.bytes())
            .int(self.seq)
            .time(self.created)
            .text(&self.secret)
            .int(status)
            .time_opt(canceled_at)
            .number_opt(reason)
            .blob_opt(self.open.map(AttemptId::bytes))
            .blob_opt(self.customer.map(CustomerId::bytes))
            .blob_opt(self.method.map(PaymentMethodId::bytes))
            .blob_opt(self.latest_attempt.map(SetupAttemptId::bytes))
            .int(i64::from(self.confirmations))
            .number(self.methods)
            .trail(&self.trail)
            .detail(&detail(self))
    }

    fn decode(fields: &mut Fields<'_>) -> Result<Self, StoreError> {
        let tenant = fields.tenant()?;
        let id = SetupIntentId::from_bytes(fields.array()?);
        let (seq, created, secret) = (fields.int()?, fields.time()?, fields.text()?);
        let columns = (fields.int()?, fields.time_opt()?, fields.number_opt()?);
        let open = fields.array_opt()?.map(AttemptId::from_bytes);
        let customer = fields.array_opt()?.map(CustomerId::from_bytes);
        let method = fields.array_opt()?.map(PaymentMethodId::from_bytes);
        let latest_attempt = fields.array_opt()?.map(SetupAttemptId::from_bytes);
        let (confirmations, methods) = (fields.small()?, fields.number()?);
        let trail = fields.trail()?;
        let mut detail: Detail = fields.detail()?;
        let state = state(columns, &mut detail).ok_or_else(|| fields.corrupt())?;
        let Detail { description, metadata, .. } = detail;
        Ok(Self {
            id,
            tenant,
            seq,
            created,
            secret,
            state,
            open,
            customer,
            method,
            latest_attempt,
            confirmations,
            methods,
            description,
            metadata,
            trail,
        })
    }

    fn into_row(self) -> Row {
        Row::Setup(self)
    }

    fn of(row: &Row) -> Option<&Self> {
        if let Row::Setup(own) = row { Some(own) } else { None }
    }
}

#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct TryDetail {
    #[serde(rename = "a", skip_serializing_if = "is_default")]
    authenticated: bool,
    #[serde(rename = "c", skip_serializing_if = "is_default")]
    cvc_check: i64,
    #[serde(rename = "p", skip_serializing_if = "is_default")]
    postal_check: i64,
    #[serde(rename = "l", skip_serializing_if = "is_default")]
    line1_check: i64,
    #[serde(rename = "e", skip_serializing_if = "Option::is_none")]
    decline: Option<DeclineTwin>,
}

fn try_columns(state: &TryState) -> (i64, TryDetail) {
    match state {
        TryState::RequiresAction => (1, TryDetail::default()),
        TryState::Succeeded { authenticated, cvc_check, postal_check, line1_check } => {
            let detail = TryDetail {
                authenticated: *authenticated,
                cvc_check: cvc_check.number(),
                postal_check: postal_check.number(),
                line1_check: line1_check.number(),
                decline: None,
            };
            (2, detail)
        }
        TryState::Failed(decline) => {
            let decline = Some(DeclineTwin::from(decline));
            (3, TryDetail { decline, ..TryDetail::default() })
        }
        TryState::Abandoned => (4, TryDetail::default()),
    }
}

fn try_state(status: i64, detail: TryDetail) -> Option<TryState> {
    Some(match (status, detail.decline) {
        (1, None) => TryState::RequiresAction,
        (2, None) => TryState::Succeeded {
            authenticated: detail.authenticated,
            cvc_check: Check::from_number(detail.cvc_check)?,
            postal_check: Check::from_number(detail.postal_check)?,
            line1_check: Check::from_number(detail.line1_check)?,
        },
        (3, Some(decline)) => TryState::Failed(decline.read()?),
        (4, None) => TryState::Abandoned,
        _ => return None,
    })
}

impl Stored for SetupAttempt {
    const TABLE: &'static Table = &TRIES;

    fn encode(&self) -> Values {
        let (status, detail) = try_columns(&self.state);
        Values::default()
            .tenant(self.tenant)
            .blob(&self.id.bytes())
            .int(self.seq)
            .time(self.created)
            .blob(&self.setup.bytes())
            .blob_opt(self.customer.map(CustomerId::bytes))
            .blob(&self.method.bytes())
            .int(status)
            .detail(&detail)
    }

    fn decode(fields: &mut Fields<'_>) -> Result<Self, StoreError> {
        let tenant = fields.tenant()?;
        let id = SetupAttemptId::from_bytes(fields.array()?);
        let (seq, created) = (fields.int()?, fields.time()?);
        let setup = SetupIntentId::from_bytes(fields.array()?);
        let customer = fields.array_opt()?.map(CustomerId::from_bytes);
        let method = PaymentMethodId::from_bytes(fields.array()?);
        let (status, detail) = (fields.int()?, fields.detail()?);
        let state = try_state(status, detail).ok_or_else(|| fields.corrupt())?;
        Ok(Self { id, tenant, seq, created, setup, customer, method, state })
    }

    fn into_row(self) -> Row {
        Row::SetupAttempt(self)
    }

    fn of(row: &Row) -> Option<&Self> {
        if let Row::SetupAttempt(own) = row { Some(own) } else { None }
    }
}
