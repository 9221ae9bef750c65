//! The state machines of the walk: which kinds of object have states, and the names of those.

use farthing_domain::charge::{Charge, ChargeState};
use farthing_domain::intent::{Intent, Verb};
use farthing_domain::ledger::account::Account;
use farthing_domain::object::{ObjectRef, Trail};
use farthing_domain::payout::PayoutState;
use farthing_domain::refund::{Refund, RefundState};
use farthing_domain::view::Row;

/// An object of a machine, as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Of which machine.
    pub(crate) machine: &'static str,
    /// The object.
    pub(crate) object: ObjectRef,
    /// Its state, as the wire tells it.
    pub(crate) state: String,
    /// What is under way.
    pub(crate) under_way: Option<&'static str>,
    /// No change of state can follow.
    pub(crate) terminal: bool,
}

impl Place {
    /// State and what is under way.
    pub(crate) fn name(&self) -> String {
        match self.under_way {
            Some(verb) => format!("{}, {verb}", self.state),
            None => self.state.clone(),
        }
    }
}

/// The place of a row, if its kind has states.
pub(crate) fn place(row: &Row) -> Option<Place> {
    match row {
        Row::Intent(intent) => Some(Place {
            machine: "payment_intent",
            object: ObjectRef::Intent(intent.id),
            state: intent.state.wire().to_owned(),
            under_way: under_way(intent),
            terminal: intent.state.terminal(),
        }),
        Row::Charge(charge) => Some(Place {
            machine: "charge",
            object: ObjectRef::Charge(charge.id),
            state: charge_state(charge).to_owned(),
            under_way: None,
            terminal: matches!(
                charge.state,
                ChargeState::Released { .. } | ChargeState::Failed { .. }
            ),
        }),
        Row::Refund(refund) => Some(Place {
            machine: "refund",
            object: ObjectRef::Refund(refund.id),
            state: refund_state(refund).to_owned(),
            under_way: None,
            terminal: refund.state == RefundState::Failed,
        }),
        Row::Dispute(dispute) => Some(Place {
            machine: "dispute",
            object: ObjectRef::Dispute(dispute.id),
            state: dispute.state.wire().to_owned(),
            under_way: None,
            terminal: matches!(dispute.state.wire(), "won" | "warning_closed"),
        }),
        Row::Setup(setup) => Some(Place {
            machine: "setup_intent",
            object: ObjectRef::Setup(setup.id),
            state: setup.state.wire().to_owned(),
            under_way: setup.open.map(|_| "confirming"),
            terminal: matches!(setup.state.wire(), "succeeded" | "canceled"),
        }),
        Row::Payout(payout) => Some(Place {
            machine: if payout.original.is_none() { "payout" } else { "payout (reversal)" },
            object: ObjectRef::Payout(payout.id),
            state: payout.state.wire().to_owned(),
            under_way: match (payout.untold, payout.reversed_by) {
                (true, _) => Some("to be told"),
                (false, Some(_)) => Some("reversed by another"),
                (false, None) => None,
            },
            terminal: match payout.state {
                PayoutState::Failed | PayoutState::Canceled => true,
                // The bank may return it; what takes back cannot be taken back.
                PayoutState::Paid => payout.original.is_some(),
                PayoutState::Pending | PayoutState::InTransit => false,
            },
        }),
        _ => None,
    }
}

fn under_way(intent: &Intent) -> Option<&'static str> {
    intent.open.map(|open| match open.verb {
        Verb::Confirm => "confirming",
        Verb::Capture => "capturing",
        Verb::Increment => "raising",
        Verb::Cancel => "canceling",
        Verb::Refund => "refunding",
    })
}

fn charge_state(charge: &Charge) -> &'static str {
    match &charge.state {
        ChargeState::Held { .. } => "held",
        ChargeState::Pending { .. } => "pending",
        ChargeState::Released { .. } => "released",
        ChargeState::Failed { .. } => "failed",
        ChargeState::Captured { amount, .. } => {
            if !charge.disputed.is_zero() {
                "captured, charged back"
            } else if charge.refunded.is_zero() {
                "captured"
            } else if charge.refunded == *amount {
                "captured, refunded"
            } else {
                "captured, partly refunded"
            }
        }
    }
}

fn refund_state(refund: &Refund) -> &'static str {
    match refund.state {
        RefundState::Pending if refund.balance_transaction.is_none() => "pending, unknown",
        RefundState::Pending => "pending",
        RefundState::Succeeded => "succeeded",
        RefundState::Failed => "failed",
    }
}

/// Whether news of its failure brings a refund's funds back.
pub(crate) fn came_back(refund: &Refund) -> bool {
    match refund.state {
        RefundState::Pending => refund.balance_transaction.is_some(),
        RefundState::Succeeded => true,
        RefundState::Failed => false,
    }
}

/// Changes of state of which no event of the object itself tells: the wire has none for an intent
/// that waits for its confirmation, and a released hold is told by its intent's end.
pub(crate) fn is_silent(before: Option<&Place>, after: &Place) -> bool {
    match after.machine {
        "payment_intent" | "setup_intent" => {
            before.is_some() && after.state == "requires_confirmation"
                || after.machine == "setup_intent" && after.state == "processing"
        }
        "charge" => before.is_some() && after.state != "captured",
        _ => false,
    }
}

/// How far a row's events have come.
pub(crate) fn trail(row: &Row) -> Option<(ObjectRef, &Trail)> {
    match row {
        Row::Intent(row) => Some((ObjectRef::Intent(row.id), &row.trail)),
        Row::Charge(row) => Some((ObjectRef::Charge(row.id), &row.trail)),
        Row::Refund(row) => Some((ObjectRef::Refund(row.id), &row.trail)),
        Row::Dispute(row) => Some((ObjectRef::Dispute(row.id), &row.trail)),
        Row::Method(row) => Some((ObjectRef::Method(row.id), &row.trail)),
        Row::Setup(row) => Some((ObjectRef::Setup(row.id), &row.trail)),
        Row::Customer(row) => Some((ObjectRef::Customer(row.id), &row.trail)),
        Row::Payout(row) => Some((ObjectRef::Payout(row.id), &row.trail)),
        Row::Balance(row) if row.account == Account::Available => {
            Some((ObjectRef::Balance(row.currency), &row.trail))
        }
        _ => None,
    }
}

/// The place of a listed row in its tenant's lists.
pub(crate) fn seq(row: &Row) -> Option<i64> {
    match row {
        Row::Intent(row) => Some(row.seq),
        Row::Charge(row) => Some(row.seq),
        Row::Refund(row) => Some(row.seq),
        Row::Dispute(row) => Some(row.seq),
        Row::Method(row) => Some(row.seq),
        Row::Setup(row) => Some(row.seq),
        Row::SetupAttempt(row) => Some(row.seq),
        Row::Customer(row) => Some(row.seq),
        Row::Event(row) => Some(row.seq),
        Row::Endpoint(row) => Some(row.seq),
        Row::BalanceTransaction(row) => Some(row.seq),
        Row::Payout(row) => Some(row.seq),
        Row::BankAccount(row) => Some(row.seq),
        _ => None,
    }
}
