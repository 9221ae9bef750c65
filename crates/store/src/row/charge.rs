//! Charges.

use farthing_core::id::{
    BalanceTransactionId, ChargeId, CustomerId, DisputeId, IntentId, PaymentMethodId,
};
use farthing_core::money::Money;
use farthing_core::time::TimestampMs;
use farthing_domain::charge::{Charge, ChargeState, Offers, Rest, UserReport};
use farthing_domain::ledger::conversion::Rate;
use farthing_domain::network::Reference;
use farthing_domain::object::{Billing, Metadata, Shipping};
use farthing_domain::view::Row;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::row::detail::{
    ApprovalTwin, BillingTwin, DeclineTwin, ShippingTwin, is_default, read_quote, write_ratio,
};
use crate::row::fields::{Fields, Values};
use crate::row::{Stored, Table};

static CHARGES: Table = Table::new(
    "charges",
    &["tenant", "id"],
    &["seq", "created", "intent", "method", "currency", "reference"],
    &[
        "amount",
        "status",
        "captured",
        "captured_under",
        "held_until",
        "rest_held",
        "refunded",
        "refund_reserved",
        "disputed",
        "dispute",
        "balance_transaction",
        "customer",
        "transfer_group",
        "sequence",
        "due",
        "detail",
    ],
);

#[derive(Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Detail {
    #[serde(rename = "a", skip_serializing_if = "Option::is_none")]
    approval: Option<ApprovalTwin>,
    #[serde(rename = "c", skip_serializing_if = "Option::is_none")]
    decline: Option<DeclineTwin>,
    #[serde(rename = "d", skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(rename = "m", skip_serializing_if = "Metadata::is_empty")]
    metadata: Metadata,
    #[serde(rename = "e", skip_serializing_if = "Option::is_none")]
    receipt_email: Option<String>,
    #[serde(rename = "s", skip_serializing_if = "Option::is_none")]
    shipping: Option<ShippingTwin>,
    #[serde(rename = "x", skip_serializing_if = "Option::is_none")]
    statement_descriptor_suffix: Option<String>,
    /// 1 fraudulent, 2 safe.
    #[serde(rename = "u", skip_serializing_if = "is_default")]
    report: i64,
    #[serde(rename = "b", skip_serializing_if = "is_default")]
    billing: BillingTwin,
    /// Captures after the first.
    #[serde(rename = "n", skip_serializing_if = "is_default")]
    more_captures: u32,
    #[serde(rename = "oi", skip_serializing_if = "is_default")]
    incremental: bool,
    #[serde(rename = "om", skip_serializing_if = "is_default")]
    multicapture: bool,
    /// What it is converted into, and at what.
    #[serde(rename = "r", skip_serializing_if = "Option::is_none")]
    rate: Option<(String, String)>,
}

/// The columns that depend on the state.
#[derive(Default)]
struct StateColumns {
    status: i64,
    captured: Option<Money>,
    /// The capture's own reference; null where it is the authorization's.
    captured_under: Option<Reference>,
    held_until: Option<TimestampMs>,
    /// Captured in part, and the rest is still held.
    rest_held: bool,
}

fn state_columns(charge: &Charge) -> StateColumns {
    match &charge.state {
        ChargeState::Held { capture_before, .. } => {
            StateColumns { status: 1, held_until: Some(*capture_before), ..StateColumns::default() }
        }
        // A hold that lapses at no time: what is on its way.
        ChargeState::Pending { .. } => StateColumns { status: 1, ..StateColumns::default() },
        ChargeState::Captured { amount, reference, held_until, rest, .. } => StateColumns {
            status: 2,
            captured: Some(*amount),
            captured_under: Some(*reference).filter(|own| *own != charge.reference),
            held_until: *held_until,
            rest_held: *rest == Rest::Held,
        },
        ChargeState::Released { .. } => StateColumns { status: 3, ..StateColumns::default() },
        ChargeState::Failed { .. } => StateColumns { status: 4, ..StateColumns::default() },
    }
}

/// The state again; none where the columns contradict each other.
fn state(columns: &StateColumns, detail: &mut Detail, reference: Reference) -> Option<ChargeState> {
    let approval = detail.approval.take();
    Some(match (columns.status, columns.captured, columns.held_until) {
        (1, None, Some(capture_before)) => {
            ChargeState::Held { approval: approval?.read()?, capture_before }
        }
        (1, None, None) => ChargeState::Pending { approval: approval?.read()? },
        (2, Some(amount), held_until) => ChargeState::Captured {
            approval: approval?.read()?,
            amount,
            reference: columns.captured_under.unwrap_or(reference),
            held_until,
            captures: detail.more_captures.checked_add(1)?,
            rest: if columns.rest_held { Rest::Held } else { Rest::Released },
        },
        (3, None, None) => ChargeState::Released { approval: approval?.read()? },
        (4, None, None) => ChargeState::Failed { decline: detail.decline.take()?.read()? },
        _ => return None,
    })
}

fn detail(charge: &Charge) -> Detail {
    let (approval, decline, captures) = match &charge.state {
        ChargeState::Held { approval, .. }
        | ChargeState::Pending { approval }
        | ChargeState::Released { approval } => (Some(approval), None, 0),
        ChargeState::Captured { approval, captures, .. } => (Some(approval), None, *captures),
        ChargeState::Failed { decline } => (None, Some(decline), 0),
    };
    Detail {
        approval: approval.map(ApprovalTwin::from),
        decline: decline.map(DeclineTwin::from),
        description: charge.description.clone(),
        metadata: charge.metadata.clone(),
        receipt_email: charge.receipt_email.clone(),
        shipping: charge.shipping.as_ref().map(ShippingTwin::from),
        statement_descriptor_suffix: charge.statement_descriptor_suffix.clone(),
        report: match charge.report {
            None => 0,
            Some(UserReport::Fraudulent) => 1,
            Some(UserReport::Safe) => 2,
        },
        billing: BillingTwin::from(&charge.billing),
        more_captures: captures.saturating_sub(1),
        incremental: charge.offers.incremental,
        multicapture: charge.offers.multicapture,
        rate: charge.rate.map(|rate| (rate.to.code().to_owned(), write_ratio(rate.ratio))),
    }
}

impl Stored for Charge {
    const TABLE: &'static Table = &CHARGES;

    fn encode(&self) -> Values {
        let state = state_columns(self);
        Values::default()
            .tenant(self.tenant)
            .blob(&self.id.bytes())
            .int(self.seq)
            .time(self.created)
            .blob(&self.intent.bytes())
            .blob(&self.method.bytes())
            .text(self.amount.currency().code())
            .blob(&self.reference.0)
            .int(self.amount.minor())
            .int(state.status)
            .int_opt(state.captured.map(Money::minor))
            .blob_opt(state.captured_under.map(|reference| reference.0))
            .time_opt(state.held_until)
            .int(i64::from(state.rest_held))
            .int(self.refunded.minor())
            .int(self.refund_reserved.minor())
            .int(self.disputed.minor())
            .blob_opt(self.dispute.map(DisputeId::bytes))
            .blob_opt(self.balance_transaction.map(BalanceTransactionId::bytes))
            .blob_opt(self.customer.map(CustomerId::bytes))
            .text_opt(self.transfer_group.as_deref())
            .trail(&self.trail)
            .detail(&detail(self))
    }

    fn decode(fields: &mut Fields<'_>) -> Result<Self, StoreError> {
        let tenant = fields.tenant()?;
        let id = ChargeId::from_bytes(fields.array()?);
        let (seq, created) = (fields.int()?, fields.time()?);
        let intent = IntentId::from_bytes(fields.array()?);
        let method = PaymentMethodId::from_bytes(fields.array()?);
        let currency = fields.currency()?;
        let reference = Reference(fields.array()?);
        let amount = fields.money(currency)?;
        let columns = StateColumns {
            status: fields.int()?,
            captured: fields.money_opt(currency)?,
            captured_under: fields.array_opt()?.map(Reference),
            held_until: fields.time_opt()?,
            rest_held: match fields.int()? {
                0 => false,
                1 => true,
                _ => return Err(fields.corrupt()),
            },
        };
        let (refunded, refund_reserved) = (fields.money(currency)?, fields.money(currency)?);
        let disputed = fields.money(currency)?;
        let dispute = fields.array_opt()?.map(DisputeId::from_bytes);
        let balance_transaction = fields.array_opt()?.map(BalanceTransactionId::from_bytes);
        let customer = fields.array_opt()?.map(CustomerId::from_bytes);
        let transfer_group = fields.text_opt()?.map(String::into_boxed_str);
        let trail = fields.trail()?;
        let mut detail: Detail = fields.detail()?;
        let report = match detail.report {
            0 => None,
            1 => Some(UserReport::Fraudulent),
            2 => Some(UserReport::Safe),
            _ => return Err(fields.corrupt()),
        };
        let state = state(&columns, &mut detail, reference).ok_or_else(|| fields.corrupt())?;
        let rate = match &detail.rate {
            None => None,
            Some((to, ratio)) => {
                let quote = read_quote((to.as_str(), ratio.as_str()));
                let (to, ratio) = quote.ok_or_else(|| fields.corrupt())?;
                Some(Rate { to, ratio })
            }
        };
        Ok(Self {
            id,
            tenant,
            seq,
            created,
            intent,
            customer,
            method,
            amount,
            offers: Offers { incremental: detail.incremental, multicapture: detail.multicapture },
            rate,
            reference,
            state,
            refunded,
            refund_reserved,
            disputed,
            dispute,
            balance_transaction,
            description: detail.description,
            metadata: detail.metadata,
            receipt_email: detail.receipt_email,
            shipping: detail.shipping.map(Shipping::from),
            statement_descriptor_suffix: detail.statement_descriptor_suffix,
            transfer_group,
            report,
            billing: Billing::from(detail.billing),
            trail,
        })
    }

    fn into_row(self) -> Row {
        Row::Charge(self)
    }

    fn of(row: &Row) -> Option<&Self> {
        if let Row::Charge(own) = row { Some(own) } else { None }
    }
}
