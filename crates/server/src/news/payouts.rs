//! Payouts: those that leave are told to the network, and the network tells what became of them.

use std::collections::{BTreeMap, BTreeSet};

use farthing_acquirer::{
    Acquirer as _, BankDetails, CallError, Direction, Notice, NoticeKind, PayoutCall, Reference,
};
use farthing_core::id::PayoutId;
use farthing_domain::acquirer::Acquirer;
use farthing_domain::command::{Ask, HearPayout, PayoutNews, PayoutTold};
use farthing_domain::network;
use farthing_domain::payout::Payout;
use farthing_domain::query::Scan;
use farthing_domain::tenant::TenantId;
use farthing_domain::view::{Key, Row};
use farthing_store::StoreError;
use tokio::time::{Instant, timeout};

use super::again::Again;
use super::{Did, Heard, SILENCES, UNTOLD, each, heard};
use crate::app::App;
use crate::{ops, translate};

/// Payouts that the network is told of in one round.
const PAYOUTS: usize = 64;

/// Payouts that could not be told.
pub(super) type Failed = Again<(TenantId, PayoutId)>;

/// What came of telling the network of a payout.
enum Telling {
    Answered(PayoutTold),
    /// The network does not answer; what it did will be said when it is asked again.
    Silence,
    /// Nothing was sent: where the funds go cannot be read. Operators are told.
    Unreadable,
}

/// Tells the network of payouts that leave. What is not answered is told again, later and later,
/// under the same name: the network does it once. One that cannot be told holds up no other; an
/// acquirer that says nothing to several is left in peace until the next round.
pub(super) async fn tell(app: &App, failed: &mut Failed) -> Result<(), StoreError> {
    let rows = app.store.scan(Scan::PayoutsUntold { limit: UNTOLD }).await?;
    let untold: Vec<Payout> = rows
        .into_iter()
        .filter_map(|row| if let Row::Payout(payout) = row { Some(payout) } else { None })
        .collect();
    let waiting: BTreeSet<_> = untold.iter().map(|it| (it.tenant, it.id)).collect();
    failed.keep(|which| waiting.contains(which));
    let mut silences: BTreeMap<Acquirer, usize> = BTreeMap::new();
    let mut told = 0;
    for payout in untold {
        let (which, acquirer) = ((payout.tenant, payout.id), payout.reference().acquirer());
        let silent = silences.get(&acquirer).is_some_and(|count| *count >= SILENCES);
        if told >= PAYOUTS || silent || !failed.may(&which, Instant::now()) {
            continue;
        }
        told += 1;
        app.pulse.beat("news");
        let said = match call(app, &payout).await? {
            Telling::Answered(said) => said,
            nothing => {
                if matches!(nothing, Telling::Silence) {
                    *silences.entry(acquirer).or_default() += 1;
                }
                if failed.failed(which, Instant::now()) {
                    ops::alert("a payout could not be told to the network", &payout.id, &"again");
                }
                continue;
            }
        };
        let ask = Ask::PayoutTold(payout.id, said);
        if each(app, (payout.tenant, &payout.id), ask).await? == Did::Fail {
            failed.failed(which, Instant::now());
        }
    }
    super::left("farthing_payouts_untold", waiting.len());
    Ok(())
}

async fn call(app: &App, payout: &Payout) -> Result<Telling, StoreError> {
    let key = Key::BankAccount(payout.tenant, payout.destination);
    let view = match app.store.fetch(vec![key]).await {
        Ok(view) => view,
        Err(error @ (StoreError::Bug | StoreError::Corrupt { .. })) => {
            ops::alert("a payout's bank account cannot be read", &payout.id, &error);
            return Ok(Telling::Unreadable);
        }
        Err(error) => return Err(error),
    };
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
