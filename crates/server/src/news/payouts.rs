//! Payouts: those that leave are told to the network, and the network tells what became of them.

use farthing_acquirer::{
    Acquirer as _, BankDetails, CallError, Direction, Notice, NoticeKind, PayoutCall, Reference,
};
use farthing_core::id::PayoutId;
use farthing_domain::command::{Ask, HearPayout, PayoutNews, PayoutTold};
use farthing_domain::network;
use farthing_domain::payout::Payout;
use farthing_domain::query::Scan;
use farthing_domain::view::{Key, Row};
use farthing_store::StoreError;
use tokio::time::timeout;

use super::{Heard, each, heard};
use crate::app::App;
use crate::{ops, translate};

/// Payouts of one round.
const PAYOUTS: usize = 64;

/// What came of telling the network of a payout.
enum Telling {
    Answered(PayoutTold),
    /// The network does not answer; what it did will be said when it is asked again.
    Silence,
    /// Nothing was sent: where the funds go cannot be read. Operators are told.
    Unreadable,
}

/// Tells the network of payouts that leave. What is not answered is told again in the next round,
/// under the same name: the network does it once. One that cannot be told holds up no other.
pub(super) async fn tell(app: &App) -> Result<(), StoreError> {
    for row in app.store.scan(Scan::PayoutsUntold { limit: PAYOUTS }).await? {
        let Row::Payout(payout) = row else { continue };
        let said = match call(app, &payout).await? {
            Telling::Answered(said) => said,
            Telling::Unreadable => continue,
            Telling::Silence => return Ok(()),
        };
        let ask = Ask::PayoutTold(payout.id, said);
        each(app, (payout.tenant, &payout.id), ask).await?;
    }
    Ok(())
}

async fn call(app: &App, payout: &Payout) -> Result<Telling, StoreError> {
    let key = Key::BankAccount(payout.tenant, payout.destination);
    let view = app.store.fetch(vec![key]).await?;
    let Some(account) = view.bank_account(payout.tenant, payout.destination) else {
        ops::alert("a payout's bank account is not on file", &payout.id, &"missing");
        return Ok(Telling::Unreadable);
    };
    let number = match app.vault.open_account(account.id, &account.details.sealed) {
        Ok(number) => number,
        Err(error) => {
            ops::alert("a stored bank account cannot be opened", &account.id, &error);
            return Ok(Telling::Unreadable);
        }
    };
    let call = PayoutCall {
        reference: translate::reference(payout.reference()),
        amount: payout.amount,
        direction: if payout.original.is_some() { Direction::Back } else { Direction::Out },
        account: BankDetails {
            country: &account.details.country,
            routing: account.details.routing.as_deref(),
            number: number.as_str(),
        },
        arrival: payout.arrival,
    };
    let Some(way) = app.acquirers.at(payout.reference().acquirer()) else {
        return Ok(Telling::Silence);
    };
    // The future owns what it needs: the number is gone when it is awaited.
    let told = way.network.payout(&call, app.clock.now());
    drop(number);
    Ok(match timeout(app.config.network_timeout, told).await {
        Ok(Ok(())) => Telling::Answered(PayoutTold::Taken),
        Ok(Err(error @ CallError::Refused { .. })) => {
            ops::alert("the network refused a payout", &payout.id, &error);
            Telling::Answered(PayoutTold::Refused)
        }
        Ok(Err(CallError::TimedOut | CallError::Unreachable | CallError::Unsent)) | Err(_) => {
            Telling::Silence
        }
    })
}

/// News of a payout.
pub(super) async fn later(app: &App, notice: &Notice) -> Result<Heard, StoreError> {
    let (reference, news): (Reference, PayoutNews) = match notice.kind {
        NoticeKind::PayoutPaid { payout, .. } => (payout, PayoutNews::Paid),
        NoticeKind::PayoutFailed { payout, reason, .. } => {
            (payout, PayoutNews::Failed(translate::payout_failure(reason)))
        }
        _ => return Ok(Heard::Done),
    };
    let (tenant, id) = network::Reference(reference.0).parts();
    let ask = HearPayout { id: PayoutId::from_bytes(id), news, at: notice.at };
    heard(app, tenant, Ask::HearPayout(ask)).await
}
