//! Disputes: news of them, what the network has still to be told, and those whose time is up.

use std::collections::{BTreeMap, BTreeSet};

use farthing_acquirer::{
    Acquirer as _, AnswerCall, CallError, DisputeAnswer as Said, DisputeName,
    DisputeReason as NetworkReason, DisputeStage as NetworkStage, Notice, NoticeKind, Reference,
};
use farthing_core::id::{AttemptId, DisputeId, FraudWarningId};
use farthing_core::money::Money;
use farthing_domain::acquirer::Acquirer;
use farthing_domain::charge::Charge;
use farthing_domain::command::{Ask, DisputeNews, OpenDispute, WarnOfFraud};
use farthing_domain::dispute::{Dispute, DisputeAnswer, DisputeReason, DisputeStage, id_of};
use farthing_domain::network;
use farthing_domain::query::Scan;
use farthing_domain::tenant::TenantId;
use farthing_domain::view::{Key, Row};
use farthing_store::StoreError;
use tokio::time::{Instant, timeout};

use super::again::Again;
use super::{Did, Heard, SILENCES, UNTOLD, each, heard, unknown};
use crate::app::App;
use crate::ops;

/// Answers to disputes that the network is told in one round.
const DISPUTES: usize = 64;
/// The piece of evidence that is the merchant's own words.
const OWN_WORDS: &str = "uncategorized_text";

/// Disputes of which something could not be done.
pub(super) type Failed = Again<(TenantId, DisputeId)>;

/// The disputes of a range, soonest first; the others are forgotten.
async fn found(app: &App, scan: Scan, failed: &mut Failed) -> Result<Vec<Dispute>, StoreError> {
    let rows = app.store.scan(scan).await?;
    let found: Vec<Dispute> = rows
        .into_iter()
        .filter_map(|row| if let Row::Dispute(dispute) = row { Some(dispute) } else { None })
        .collect();
    let waiting: BTreeSet<_> = found.iter().map(|it| (it.tenant, it.id)).collect();
    failed.keep(|which| waiting.contains(which));
    Ok(found)
}

/// Gives up those whose merchants did not answer in time.
pub(super) async fn give_up_due(app: &App, failed: &mut Failed) -> Result<(), StoreError> {
    let scan = Scan::DisputesDue { due_by: app.clock.now(), limit: UNTOLD };
    for dispute in found(app, scan, failed).await? {
        let which = (dispute.tenant, dispute.id);
        if failed.may(&which, Instant::now())
            && each(app, (dispute.tenant, &dispute.id), Ask::DisputeDue(dispute.id)).await?
                == Did::Fail
        {
            failed.failed(which, Instant::now());
        }
    }
    Ok(())
}

/// Tells the network what merchants said. What does not arrive is told again, later and later; an
/// acquirer that says nothing to several is left in peace until the next round.
pub(super) async fn tell(app: &App, failed: &mut Failed) -> Result<(), StoreError> {
    let mut silences: BTreeMap<Acquirer, usize> = BTreeMap::new();
    let mut told = 0;
    let untold = found(app, Scan::DisputesUntold { limit: UNTOLD }, failed).await?;
    super::left("farthing_disputes_untold", untold.len());
    for dispute in untold {
        let (which, acquirer) = ((dispute.tenant, dispute.id), dispute.acquirer());
        let Some(answer) = dispute.untold else { continue };
        let Some(way) = app.acquirers.at(acquirer) else { continue };
        let silent = silences.get(&acquirer).is_some_and(|count| *count >= SILENCES);
        if told >= DISPUTES || silent || !failed.may(&which, Instant::now()) {
            continue;
        }
        told += 1;
        app.pulse.beat("news");
        let call = AnswerCall { dispute: dispute.number(), answer: said(&dispute, answer) };
        let asked = way.network.answer(call, app.clock.now());
        match timeout(app.config.network_timeout, asked).await {
            Ok(Ok(())) => {}
            Ok(Err(error @ CallError::Refused { .. })) => {
                ops::alert("the network refused an answer to a dispute", &dispute.id, &error);
            }
            Ok(Err(CallError::TimedOut | CallError::Unreachable | CallError::Unsent)) | Err(_) => {
                *silences.entry(acquirer).or_default() += 1;
                if failed.failed(which, Instant::now()) {
                    ops::alert("a merchant's answer could not be told", &dispute.id, &way.name);
                }
                continue;
            }
        }
        let ask = Ask::DisputeTold(dispute.id, answer, dispute.submissions);
        if each(app, (dispute.tenant, &dispute.id), ask).await? == Did::Fail {
            failed.failed(which, Instant::now());
        }
    }
    Ok(())
}

fn said(dispute: &Dispute, answer: DisputeAnswer) -> Said {
    match answer {
        DisputeAnswer::Accept => Said::Accept,
        DisputeAnswer::Contest => {
            Said::Contest { text: dispute.evidence.get(OWN_WORDS).cloned().unwrap_or_default() }
        }
    }
}

/// An issuer's warning that a charge is fraud.
pub(super) async fn warned(app: &App, notice: &Notice) -> Result<Heard, StoreError> {
    let NoticeKind::FraudWarning { authorization, .. } = notice.kind else {
        return Ok(Heard::Done);
    };
    let charge = match charge_under(app, authorization).await? {
        Some(charge) => Some(charge),
        None if is_open(app, authorization).await? => return Ok(Heard::Waits),
        // Settled between the two looks, or not ours: an attempt never opens again.
        None => charge_under(app, authorization).await?,
    };
    let Some(charge) = charge else {
        return Ok(unknown(authorization));
    };
    let [_, _, six @ ..] = notice.id.to_be_bytes();
    let id = FraudWarningId::new(notice.at, six);
    heard(app, charge.tenant, Ask::WarnOfFraud(WarnOfFraud { id, charge: charge.id })).await
}

/// News that a charge is disputed.
pub(super) async fn opened(app: &App, notice: &Notice) -> Result<Heard, StoreError> {
    let NoticeKind::Disputed { authorization, amount, reason, stage } = notice.kind else {
        return Ok(Heard::Done);
    };
    let charge = match charge_under(app, authorization).await? {
        Some(charge) => Some(charge),
        None if is_open(app, authorization).await? => return Ok(Heard::Waits),
        // Settled between the two looks, or not ours: an attempt never opens again.
        None => charge_under(app, authorization).await?,
    };
    let Some(charge) = charge else {
        return Ok(unknown(authorization));
    };
    let ask = opening(notice, &charge, (amount, reason, stage));
    heard(app, charge.tenant, Ask::OpenDispute(ask)).await
}

/// Later news of a dispute.
pub(super) async fn later(
    app: &App,
    dispute: DisputeName,
    news: DisputeNews,
) -> Result<Heard, StoreError> {
    let (tenant, _) = network::Reference(dispute.authorization.0).parts();
    let id = id_of(dispute.opened, dispute.number);
    heard(app, tenant, Ask::HearDispute(id, news)).await
}

fn opening(
    notice: &Notice,
    charge: &Charge,
    (amount, reason, stage): (Money, NetworkReason, NetworkStage),
) -> OpenDispute {
    OpenDispute {
        id: id_of(notice.at, notice.id),
        charge: charge.id,
        amount,
        reason: match reason {
            NetworkReason::Fraudulent => DisputeReason::Fraudulent,
            NetworkReason::ProductNotReceived => DisputeReason::ProductNotReceived,
            NetworkReason::DebitNotAuthorized => DisputeReason::DebitNotAuthorized,
        },
        stage: match stage {
            NetworkStage::Inquiry => DisputeStage::Inquiry,
            NetworkStage::Chargeback => DisputeStage::Chargeback,
        },
    }
}

pub(super) async fn charge_under(
    app: &App,
    authorization: Reference,
) -> Result<Option<Charge>, StoreError> {
    let reference = network::Reference(authorization.0);
    let rows = app.store.scan(Scan::ChargeUnder { reference }).await?;
    Ok(rows.into_iter().find_map(|row| match row {
        Row::Charge(charge) => Some(charge),
        _ => None,
    }))
}

/// Whether the authorization's own answer is still out, and comes first.
pub(super) async fn is_open(app: &App, authorization: Reference) -> Result<bool, StoreError> {
    let (_, id): (TenantId, _) = network::Reference(authorization.0).parts();
    let key = Key::Attempt(AttemptId::from_bytes(id));
    Ok(app.store.fetch(vec![key]).await?.row(&key).is_some())
}
