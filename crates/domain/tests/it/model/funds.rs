//! What becomes of funds: payouts by hand and by schedule, cancelled, returned and reversed, what the
//! operator keeps back, and chargebacks that take available funds below zero meanwhile.

use farthing_domain::charge::Charge;
use farthing_domain::command::{
    Ask, CreatePayout, DisputeNews, Funds, HearPayout, PayoutNews, PayoutTold, ReversePayout,
    UpdatePayoutSettings,
};
use farthing_domain::dispute::DisputeStage;
use farthing_domain::object::Metadata;
use farthing_domain::payout::{Payout, PayoutFailure, PayoutMethod};
use farthing_domain::tenant::Interval;
use farthing_domain::timer::Due;
use farthing_domain::view::Row;

use super::alphabet::{
    Asks, From, Letter, charges, dispute, disputes, left, letters, payouts, time_passes, timers,
};
use super::state::State;
use crate::world::{Shelf as _, usd};

/// What a walk of funds begins with, before the fee.
pub(crate) const FUNDS_MINOR: i64 = 2_000;
/// More than there is.
const TOO_MUCH: i64 = 2_001;

letters! {
    FUNDS;
    Merchant "pay out" |s| pay_out(s, 1_000, PayoutMethod::Standard);
    Merchant "pay out at once" |s| pay_out(s, 900, PayoutMethod::Instant);
    Merchant "pay out too much" |s| pay_out(s, TOO_MUCH, PayoutMethod::Standard);
    Merchant "cancel the payout" |s| payouts(s, |it| Some(Ask::CancelPayout(it.id)));
    Merchant "reverse the payout" |s| payouts(s, |it| Some(reverse(it)));
    Merchant "pay out every day" schedule;
    World "payout taken" |s| payouts(s, |it| Some(Ask::PayoutTold(it.id, PayoutTold::Taken)));
    World "payout refused" |s| payouts(s, |it| Some(Ask::PayoutTold(it.id, PayoutTold::Refused)));
    World "payout paid" |s| payouts(s, |it| Some(heard(s, it, PayoutNews::Paid)));
    World "payout failed" |s| payouts(s, |it| {
        Some(heard(s, it, PayoutNews::Failed(PayoutFailure::NoAccount)))
    });
    World "keep back" |_| vec![(None, Ask::SetReserve(usd(600)))];
    World "keep back too much" |_| vec![(None, Ask::SetReserve(usd(TOO_MUCH)))];
    World "keep nothing back" |_| vec![(None, Ask::SetReserve(usd(0)))];
    World "charged back" |s| charges(s, |it| charged_back(s, it));
    World "won" |s| disputes(s, |it| Some(Ask::HearDispute(it.id, DisputeNews::Won)));
    World "weeks pass" time_passes;
    World "timer" timers;
}

/// As many by hand as there may be payments in the walk.
fn pay_out(state: &State, minor: i64, method: PayoutMethod) -> Asks {
    let by_hand = |row: &&Row| matches!(row, Row::Payout(it) if it.automatic.is_none() && it.original.is_none());
    if state.all().filter(by_hand).count() >= state.payments {
        return Vec::new();
    }
    let ask = CreatePayout {
        amount: usd(minor),
        destination: None,
        method,
        funds: Funds::Card,
        description: None,
        statement_descriptor: None,
        metadata: Metadata::new(),
    };
    vec![(None, Ask::CreatePayout(Box::new(ask)))]
}

fn reverse(payout: &Payout) -> Ask {
    Ask::ReversePayout(Box::new(ReversePayout { id: payout.id, metadata: Metadata::new() }))
}

fn heard(state: &State, payout: &Payout, news: PayoutNews) -> Ask {
    Ask::HearPayout(HearPayout { id: payout.id, news, at: state.now() })
}

/// Once: asked again it begins anew, and the walk would never end.
fn schedule(state: &State) -> Asks {
    let set = |row: &Row| matches!(row, Row::Timer(it) if matches!(it.due, Due::PaysOut(_)));
    if state.all().any(set) {
        return Vec::new();
    }
    let ask = UpdatePayoutSettings { delay_days: None, interval: Some(Interval::Daily) };
    vec![(None, Ask::UpdatePayoutSettings(ask))]
}

fn charged_back(state: &State, charge: &Charge) -> Option<Ask> {
    dispute(state, charge, (DisputeStage::Chargeback, left(charge)))
}
