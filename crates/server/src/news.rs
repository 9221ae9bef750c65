//! News from the network, in its order: refunds it had taken that are now done, or came back,
//! disputes, what issuers warn of, and what became of payouts. What merchants say to disputes, and
//! payouts that leave, go the other way here.
//!
//! The cursor is written after the effects. A crash between the two hears the same news again, and
//! each piece changes an object only from the states it follows, so that changes nothing.
//!
//! One piece holds up no other. What must wait for something in flight holds up later news of the
//! same object alone; what cannot be done, because it contradicts what is stored or because of a bug
//! of ours, is put aside with an alert. The cursor stays before the first that waits.

mod aside;
mod disputes;
mod payments;
mod payouts;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

pub use aside::aside;
use farthing_acquirer::{Acquirer as _, Notice, NoticeKind, Reference};
use farthing_core::id::RefundId;
use farthing_core::planted;
use farthing_core::time::TimestampMs;
use farthing_domain::acquirer::Acquirer;
use farthing_domain::attempt::Call;
use farthing_domain::command::{Ask, DisputeNews, PaymentNews, RefundNews};
use farthing_domain::network;
use farthing_domain::query::Scan;
use farthing_domain::refusal::Refusal;
use farthing_domain::reply::Reply;
use farthing_domain::tenant::TenantId;
use farthing_domain::view::{Key, Row};
use farthing_store::StoreError;
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::acquirers::Way;
use crate::app::{App, Shared};
use crate::{flow, ops, translate};

/// How often the network is asked.
const POLL: Duration = Duration::from_secs(1);
/// How long somebody who did not ask for news waits for it.
const PROMPT: Duration = Duration::from_secs(1);
/// Pieces of news of one round.
const NOTICES: usize = 256;
/// Open attempts looked through for a refund whose own answer is still out.
const ATTEMPTS: usize = 65_536;
/// Rounds in which a piece of news may fail before it is put aside: a failure of a moment is over by
/// then, and the others of the same object have waited for some seconds.
const TRIES: u32 = 3;
/// The setting that holds the number of the last piece that was heard of the first acquirer.
const CURSOR: &str = "network_notices";

/// Listens until dropped.
pub async fn run(app: Shared) {
    loop {
        tokio::time::sleep(POLL).await;
        if !app.works() {
            continue;
        }
        if let Err(error) = round(&app).await {
            ops::alert("news from the network was not heard", &"news", &error);
        }
    }
}

/// The hearing of news, by this process.
#[derive(Debug, Default)]
pub struct News {
    /// One round at a time, and what it knows of the pieces behind the cursor.
    turn: Mutex<Behind>,
}

/// What is known of pieces of news behind the cursor, which stays before the first that waits. Lost
/// with the process: they are heard again then, and change nothing.
#[derive(Debug, Default)]
struct Behind {
    /// Those that are dealt with.
    dealt: BTreeSet<u64>,
    /// How often others failed.
    failed: BTreeMap<u64, u32>,
}

/// Whether the network has said that it has news. It may be the very reason for which somebody will
/// ask next, so it is better heard now than a second later.
pub fn waits(app: &App) -> bool {
    app.acquirers.iter().any(|way| way.network.has_news(way.heard.load(Ordering::Relaxed)))
}

/// A round now. It does not keep its caller long, and what it does not do the next round does.
pub async fn promptly(app: &Shared) {
    if let Ok(Err(error)) = timeout(PROMPT, round(app)).await {
        ops::alert("news from the network was not heard", &"news", &error);
    }
}

/// Hears what is new, once; answers with how many pieces that were. Before that, disputes whose time
/// is up are given up, and the network is told what merchants said and which payouts leave.
///
/// # Errors
/// [`StoreError`] if the cursor or an effect could not be read or written; it is heard again then.
pub async fn round(app: &Shared) -> Result<usize, StoreError> {
    let mut behind = app.news.turn.lock().await;
    disputes::give_up_due(app).await?;
    disputes::tell(app).await?;
    payouts::tell(app).await?;
    let mut heard = 0;
    for way in app.acquirers.iter() {
        heard += feed(app, way, &mut behind).await?;
    }
    Ok(heard)
}

/// Hears what is new from one acquirer.
async fn feed(app: &Shared, way: &Way, behind: &mut Behind) -> Result<usize, StoreError> {
    let after = cursor(app, way.acquirer).await?;
    let asked = way.network.notices(after, NOTICES, app.clock.now());
    let Ok(Ok(notices)) = timeout(app.config.network_timeout, asked).await else {
        return Ok(0); // The network does not answer; it keeps its news.
    };
    if planted!("cursor_first")
        && let Some(newest) = notices.last()
    {
        set_cursor(app, way.acquirer, newest.id).await?;
    }
    take(app, way, behind, (after, &notices)).await
}

/// Hears these pieces of news of the acquirer that is asked first, as a round does whose cursor is before the first of them; answers with
/// how many were dealt with.
///
/// # Errors
/// As [`round`].
pub async fn hear_all(app: &Shared, notices: &[Notice]) -> Result<usize, StoreError> {
    let mut behind = app.news.turn.lock().await;
    let way = app.acquirers.principal();
    let after = cursor(app, way.acquirer).await?;
    take(app, way, &mut behind, (after, notices)).await
}

async fn take(
    app: &Shared,
    way: &Way,
    behind: &mut Behind,
    (after, notices): (u64, &[Notice]),
) -> Result<usize, StoreError> {
    let mut heard = 0;
    let mut last = after;
    let mut waiting: BTreeSet<Reference> = BTreeSet::new();
    for notice in notices.iter().filter(|notice| notice.id > after) {
        let number = notice.id;
        let notice = &tagged(way.acquirer, notice.clone());
        let about = about(&notice.kind);
        if !behind.dealt.contains(&notice.id) {
            if waiting.contains(&about) || !dealt_with(app, behind, notice).await? {
                waiting.insert(about);
                continue;
            }
            heard += 1;
        }
        if waiting.is_empty() {
            last = number;
            behind.dealt.remove(&notice.id);
        } else {
            behind.dealt.insert(notice.id);
        }
    }
    if last > after {
        set_cursor(app, way.acquirer, last).await?;
    }
    way.heard.store(last, Ordering::Relaxed);
    Ok(heard)
}

/// The same news, with numbers that no other acquirer gives.
fn tagged(acquirer: Acquirer, mut notice: Notice) -> Notice {
    notice.id = acquirer.tag(notice.id);
    if let NoticeKind::DisputeEscalated(dispute) | NoticeKind::DisputeClosed { dispute, .. } =
        &mut notice.kind
    {
        dispute.number = acquirer.tag(dispute.number);
    }
    notice
}

/// Whether a piece of news is dealt with: its effect is stored, or it is put aside. If not, it waits.
async fn dealt_with(
    app: &Shared,
    behind: &mut Behind,
    notice: &Notice,
) -> Result<bool, StoreError> {
    let why = match hear(app, notice).await {
        Ok(Heard::Done) => return Ok(true),
        Ok(Heard::Waits) => return Ok(false),
        Ok(Heard::Contradicts(refusal)) => refusal.code(),
        // Somebody's mistake, ours or the network's; perhaps only of a moment.
        Err(error @ (StoreError::Bug | StoreError::Corrupt { .. })) => {
            let failed = behind.failed.entry(notice.id).or_default();
            *failed += 1;
            if *failed < TRIES {
                return Ok(false);
            }
            error.code()
        }
        Err(error) => return Err(error),
    };
    behind.failed.remove(&notice.id);
    aside::put(app, notice, why).await?;
    Ok(true)
}

/// Which of the network's operations a piece of news is of: of one, they are heard in their order.
fn about(kind: &NoticeKind) -> Reference {
    match *kind {
        NoticeKind::RefundSucceeded { refund, .. } | NoticeKind::RefundFailed { refund, .. } => {
            refund
        }
        NoticeKind::PaymentSettled { payment, .. } | NoticeKind::PaymentFailed { payment, .. } => {
            payment
        }
        NoticeKind::Disputed { authorization, .. }
        | NoticeKind::FraudWarning { authorization, .. } => authorization,
        NoticeKind::DisputeEscalated(dispute) | NoticeKind::DisputeClosed { dispute, .. } => {
            dispute.authorization
        }
        NoticeKind::PayoutPaid { payout, .. } | NoticeKind::PayoutFailed { payout, .. } => payout,
    }
}

/// What came of a piece of news.
enum Heard {
    /// It is dealt with.
    Done,
    /// Something in flight comes first.
    Waits,
    /// What is stored says otherwise.
    Contradicts(Box<Refusal>),
}

async fn hear(app: &App, notice: &Notice) -> Result<Heard, StoreError> {
    let (reference, news) = match notice.kind {
        NoticeKind::RefundSucceeded { refund, .. } => (refund, RefundNews::Succeeded),
        NoticeKind::RefundFailed { refund, reason, .. } => {
            (refund, RefundNews::Failed(translate::refund_failure(reason)))
        }
        NoticeKind::PaymentSettled { payment, .. } => {
            return payments::ended(app, payment, PaymentNews::Settled).await;
        }
        NoticeKind::PaymentFailed { payment, reason, .. } => {
            let news = PaymentNews::Failed(translate::payment_failure(reason));
            return payments::ended(app, payment, news).await;
        }
        NoticeKind::Disputed { .. } => return disputes::opened(app, notice).await,
        NoticeKind::DisputeEscalated(dispute) => {
            return disputes::later(app, dispute, DisputeNews::Escalated).await;
        }
        NoticeKind::DisputeClosed { dispute, won } => {
            let news = if won { DisputeNews::Won } else { DisputeNews::Lost };
            return disputes::later(app, dispute, news).await;
        }
        NoticeKind::PayoutPaid { .. } | NoticeKind::PayoutFailed { .. } => {
            return payouts::later(app, notice).await;
        }
        NoticeKind::FraudWarning { .. } => return disputes::warned(app, notice).await,
    };
    let (tenant, id) = refund_of(reference);
    if !is_there(app, tenant, id).await? {
        if is_open(app, id).await? {
            return Ok(Heard::Waits); // Its own answer is still out, and comes first.
        }
        // Settled between the two looks, or not ours: an attempt never opens again.
        if !is_there(app, tenant, id).await? {
            return Ok(Heard::Done);
        }
    }
    heard(app, tenant, Ask::HearRefund(id, news)).await
}

/// Submits a piece of news; one about something with a call in flight waits.
async fn heard(app: &App, tenant: TenantId, ask: Ask) -> Result<Heard, StoreError> {
    let submitted = app.store.submit(flow::own(app, tenant, ask)).await?;
    Ok(match submitted.reply {
        Reply::Refused(refusal) => match *refusal {
            Refusal::Locked { .. } => Heard::Waits,
            _ => Heard::Contradicts(refusal),
        },
        _ => Heard::Done,
    })
}

/// Submits what one object needs; a failure that is that object's own is told, and holds up no other.
async fn each(
    app: &App,
    (tenant, object): (TenantId, &(impl std::fmt::Display + Sync)),
    ask: Ask,
) -> Result<(), StoreError> {
    match app.store.submit(flow::own(app, tenant, ask)).await {
        Ok(_) => Ok(()),
        Err(error @ (StoreError::Bug | StoreError::Corrupt { .. })) => {
            ops::alert("what was due of an object could not be done", object, &error);
            Ok(())
        }
        Err(error) => Err(error),
    }
}

fn refund_of(reference: Reference) -> (TenantId, RefundId) {
    let (tenant, id) = network::Reference(reference.0).parts();
    (tenant, RefundId::from_bytes(id))
}

async fn is_there(app: &App, tenant: TenantId, id: RefundId) -> Result<bool, StoreError> {
    let view = app.store.fetch(vec![Key::Refund(tenant, id)]).await?;
    Ok(view.refund(tenant, id).is_some())
}

async fn is_open(app: &App, id: RefundId) -> Result<bool, StoreError> {
    let due_by = TimestampMs::from_ms(i64::MAX);
    let rows = app.store.scan(Scan::Attempts { due_by, limit: ATTEMPTS }).await?;
    Ok(rows.iter().any(|row| match row {
        Row::Attempt(attempt) => {
            matches!(attempt.call, Call::Refund { refund, .. } if refund == id)
        }
        _ => false,
    }))
}

/// Where an acquirer's cursor is kept.
fn cursor_of(acquirer: Acquirer) -> String {
    match acquirer {
        Acquirer::FIRST => CURSOR.to_owned(),
        acquirer => format!("{CURSOR}_{acquirer}"),
    }
}

async fn cursor(app: &Shared, acquirer: Acquirer) -> Result<u64, StoreError> {
    let own = Arc::clone(app);
    let stored = blocking(move || own.store.setting(&cursor_of(acquirer))).await?;
    Ok(stored.and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_be_bytes))
}

async fn set_cursor(app: &Shared, acquirer: Acquirer, last: u64) -> Result<(), StoreError> {
    let own = Arc::clone(app);
    let bytes = last.to_be_bytes();
    blocking(move || own.store.set_setting(&cursor_of(acquirer), &bytes)).await
}

/// Work that waits for the disk, on a thread that may.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    #[cfg(feature = "rehearsal")]
    if crate::rehearsal::active() {
        return work(); // Everything is on one thread there.
    }
    tokio::task::spawn_blocking(work).await.map_err(|_| StoreError::Bug)?
}
