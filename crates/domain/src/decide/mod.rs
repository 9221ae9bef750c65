//! One command decided over what was loaded.
//!
//! [`wanted`] says which rows a command needs, again and again until nothing is missing;
//! [`decide`] then answers from the view alone. Inside each decision: checks in order of precedence,
//! each an early return; then "nothing below can fail"; then the changes.

mod allowance;
mod api_key;
mod attach;
mod bank;
pub mod batch;
mod book;
mod cancel;
mod capture;
mod challenge;
mod clock;
mod confirm;
mod create;
mod customer;
mod dispute;
mod draft;
mod endpoint;
mod fail_over;
mod fit;
mod hold;
mod increment;
mod key;
mod merchant;
mod method;
mod needs;
mod news;
mod payment;
mod payout;
mod refund;
mod reseal;
mod reserve;
mod settle;
mod setup;
mod setup_settle;
mod token;
mod update;
mod warning;

use crate::change::Decision;
use crate::command::{Ask, Command};
use crate::refusal::Refusal;
use crate::reply::Reply;
use crate::view::View;

pub use needs::{rendering, wanted};

/// Decides one command. Takes `&View`, so it cannot write: all it wants changed is in the answer.
///
/// # Panics
/// If a row was not loaded that [`wanted`] should have named, or the stored rows contradict each
/// other: a bug of ours, never the caller's doing.
pub fn decide(view: &View, command: &Command) -> Decision {
    let on_its_clock = clock::on_its_clock(view, command);
    let timed = on_its_clock.as_ref().unwrap_or(command);
    if let Some(reply) = key::answer(view, &timed.meta) {
        return Decision::only(reply);
    }
    decide_ask(view, timed)
        .and_then(|decision| allowance::counted(view, command, decision))
        .unwrap_or_else(|refusal| Decision::only(Reply::Refused(refusal.into())))
}

fn decide_ask(view: &View, command: &Command) -> Result<Decision, Refusal> {
    let meta = &command.meta;
    match &command.ask {
        Ask::CreateIntent(ask) => create::create(view, meta, ask),
        Ask::UpdateIntent(ask) => update::intent(view, meta, ask),
        Ask::ConfirmIntent(ask) => confirm::confirm(view, meta, ask),
        Ask::CaptureIntent(ask) => capture::capture(view, meta, ask),
        Ask::IncrementIntent(ask) => increment::increment(view, meta, ask),
        Ask::CancelIntent(ask) => cancel::cancel(view, meta, ask),
        Ask::AnswerChallenge(ask) => challenge::answer(view, meta, ask),
        Ask::CreateMethod(ask) => Ok(method::create(view, meta, ask)),
        Ask::CreateToken(ask) => Ok(token::create(view, meta, ask)),
        Ask::UseToken(ask) => token::make_method(view, meta, ask),
        Ask::CreateSetup(ask) => setup::create(view, meta, ask),
        Ask::UpdateSetup(ask) => setup::update(view, meta, ask),
        Ask::ConfirmSetup(ask) => setup::confirm(view, meta, ask),
        Ask::CancelSetup(ask) => setup::cancel(view, meta, *ask),
        Ask::AnswerSetup(ask) => setup::answer(view, meta, *ask),
        Ask::AttachMethod(ask) => attach::attach(view, meta, ask),
        Ask::DetachMethod(id) => attach::detach(view, meta, *id),
        Ask::UpdateMethod(ask) => attach::update(view, meta, ask),
        Ask::CreateRefund(ask) => refund::create(view, meta, ask),
        Ask::UpdateRefund(id, metadata) => update::refund(view, meta, *id, metadata),
        Ask::UpdateDispute(ask) => dispute::update(view, meta, ask),
        Ask::CloseDispute(id) => dispute::close(view, meta, *id),
        Ask::UpdateCharge(ask) => update::charge(view, meta, ask),
        Ask::Settle(attempt, outcome) => Ok(settle::settle(view, meta, *attempt, outcome)),
        Ask::FailOver(ask) => Ok(fail_over::fail_over(view, meta, *ask)),
        Ask::HearRefund(id, news) => Ok(news::refund(view, meta, *id, *news)),
        Ask::HearPayment(id, news) => Ok(payment::hear(view, meta, *id, news)),
        Ask::OpenDispute(ask) => Ok(dispute::open(view, meta, ask)),
        Ask::WarnOfFraud(ask) => Ok(warning::warn(view, meta, *ask)),
        Ask::HearDispute(id, news) => Ok(dispute::hear(view, meta, *id, *news)),
        Ask::DisputeTold(id, answer, submissions) => {
            Ok(dispute::told(view, meta, *id, (*answer, *submissions)))
        }
        Ask::DisputeDue(id) => Ok(dispute::due(view, meta, *id)),
        Ask::CreatePayout(ask) => payout::create(view, meta, ask),
        Ask::UpdatePayout(id, metadata) => payout::update(view, meta, (*id, metadata)),
        Ask::CancelPayout(id) => payout::cancel(view, meta, *id),
        Ask::ReversePayout(ask) => payout::reverse(view, meta, ask),
        Ask::PayoutTold(id, said) => Ok(payout::told(view, meta, (*id, *said))),
        Ask::HearPayout(ask) => Ok(payout::hear(view, meta, *ask)),
        Ask::AddBankAccount(ask) => bank::add(view, meta, ask),
        Ask::DeleteBankAccount(id) => bank::delete(view, meta, *id),
        Ask::UpdatePayoutSettings(ask) => Ok(bank::update_settings(view, meta, *ask)),
        Ask::Postpone(ask) => Ok(settle::postpone(view, meta, *ask)),
        Ask::CreateCustomer(profile) => Ok(customer::create(view, meta, profile)),
        Ask::UpdateCustomer(ask) => customer::update(view, meta, ask),
        Ask::DeleteCustomer(id) => customer::delete(view, meta, *id),
        Ask::CreateEndpoint(ask) => endpoint::create(view, meta, ask),
        Ask::UpdateEndpoint(ask) => endpoint::update(view, meta, ask),
        Ask::DeleteEndpoint(id) => endpoint::delete(view, meta, *id),
        Ask::RollSecret(ask) => endpoint::roll(view, meta, ask),
        Ask::ResendEvent(ask) => endpoint::resend(view, meta, *ask),
        Ask::RecordTries(tries) => Ok(endpoint::record_tries(view, meta, tries)),
        Ask::OpenMerchant(ask) => merchant::open(view, meta, ask),
        Ask::SetSettlement(ask) => merchant::set_settlement(view, ask),
        Ask::SetReserve(whole) => reserve::set(view, meta, *whole),
        Ask::AddKeys(keys) => api_key::add(view, meta, keys),
        Ask::UpdateKey(ask) => api_key::update(view, ask),
        Ask::RollKey(ask) => api_key::roll(view, meta, ask),
        Ask::EndKey(hash) => api_key::end(view, meta, *hash),
        Ask::RecordUses(uses) => Ok(api_key::used(view, uses)),
        Ask::Reseal(asks) => Ok(reseal::reseal(view, asks)),
        Ask::AdvanceClock(ask) => clock::advance(view, meta, *ask),
        Ask::RunTimer(at, due) => clock::run_timer(view, meta, (*at, *due)),
        Ask::PutOffTimer(ask) => Ok(clock::put_off(view, meta, *ask)),
        Ask::HastenDeliveries(ask) => Ok(clock::hasten(view, meta, ask)),
        Ask::PurgeRecords(ask) => Ok(key::purge(view, meta, ask)),
    }
}
