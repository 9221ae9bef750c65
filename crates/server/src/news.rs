//! News from the network, in its order: refunds it had taken that are now done, or came back,
//! disputes, what issuers warn of, and what became of payouts. What merchants say to disputes, and
//! payouts that leave, go the other way here.
//!
//! One piece holds up no other, and no acquirer another. What must wait for something in flight holds
//! up later news of the same object alone ([`feed`]); what cannot be done, because it contradicts what
//! is stored or because of a bug of ours, is put aside with an alert; what cannot be told is told
//! again by time. News is heard at least once, and each piece changes an object only from the states
//! it follows, so hearing it again changes nothing.

mod again;
mod aside;
mod disputes;
mod feed;
mod payments;
mod payouts;

use std::time::Duration;

pub use aside::aside;
use farthing_acquirer::{Notice, NoticeKind, Reference};
use farthing_core::id::{ChargeId, RefundId};
use farthing_core::time::TimestampMs;
use farthing_domain::attempt::Call;
use farthing_domain::command::{Ask, DisputeNews, PaymentNews, RefundNews};
use farthing_domain::network;
use farthing_domain::object::ObjectRef;
use farthing_domain::query::Scan;
use farthing_domain::refusal::{Named, Refusal};
use farthing_domain::reply::Reply;
use farthing_domain::tenant::TenantId;
use farthing_domain::view::{Key, Row};
use farthing_store::StoreError;
use tokio::sync::Mutex;
use tokio::time::timeout;

pub use feed::Feed;

use crate::app::{App, Shared};
use crate::{flow, ops, translate};

/// How often the network is asked, and told.
const POLL: Duration = Duration::from_secs(1);
/// How long somebody who did not ask for news waits for it.
const PROMPT: Duration = Duration::from_secs(1);
/// Open attempts looked through for a refund whose own answer is still out.
const ATTEMPTS: usize = 65_536;
/// Rounds in which a piece of news may fail before it is put aside: a failure of a moment is over by
/// then, and the others of the same object have waited for some seconds.
const TRIES: u32 = 3;
/// What waits to be told, as far as one round looks: far more than an acquirer leaves unanswered, so
/// those that cannot be told hide nothing behind them.
const UNTOLD: usize = 4_096;
/// Silences of an acquirer after which a round asks it no more: by then it is not about one of them.
const SILENCES: usize = 3;

/// What the loops of the acquirers are called, by their places in the order.
const NAMES: [&str; 4] = ["news of the first", "of the second", "of the third", "of the fourth"];

/// Listens and tells until dropped: each acquirer by itself, so that one that hangs keeps nobody
/// waiting for the news of another.
pub async fn run(app: Shared) {
    tokio::join!(
        biased;
        listening(&app, 0),
        listening(&app, 1),
        listening(&app, 2),
        listening(&app, 3),
        telling(&app),
    );
}

/// Hears the news of the acquirer at a place in their order, if there is one.
async fn listening(app: &Shared, place: usize) {
    let Some(way) = app.acquirers.iter().nth(place) else { return };
    let name = NAMES[place];
    loop {
        app.pulse.beat(name);
        tokio::time::sleep(POLL).await;
        if app.works()
            && let Err(error) = feed::round(app, way).await
        {
            ops::alert("news from the network was not heard", &way.name, &error);
        }
    }
}

async fn telling(app: &Shared) {
    loop {
        app.pulse.beat("news");
        tokio::time::sleep(POLL).await;
        if app.works()
            && let Err(error) = tell(app).await
        {
            ops::alert("what is due to be told was not told", &"news", &error);
        }
    }
}

/// What this process remembers of what it could not tell.
#[derive(Debug, Default)]
pub struct News {
    /// One round of telling at a time.
    turn: Mutex<Untold>,
}

/// What failed when it was last tried.
#[derive(Debug, Default)]
struct Untold {
    due: disputes::Failed,
    answers: disputes::Failed,
    payouts: payouts::Failed,
}

/// Whether a network has said that it has news. It may be the very reason for which somebody will
/// ask next, so it is better heard now than a second later.
pub fn waits(app: &App) -> bool {
    app.acquirers.iter().any(|way| way.feed.has_news(way))
}

/// The news of those who have said that they have some, now. It does not keep its caller long, and
/// what it does not do the next round does.
pub async fn promptly(app: &Shared) {
    let heard = timeout(PROMPT, async {
        for way in app.acquirers.iter().filter(|way| way.feed.has_news(way)) {
            feed::round(app, way).await?;
        }
        Ok::<(), StoreError>(())
    });
    if let Ok(Err(error)) = heard.await {
        ops::alert("news from the network was not heard", &"promptly", &error);
    }
}

/// A whole round now, as promptly: for whoever has something to be told.
pub async fn told_promptly(app: &Shared) {
    if let Ok(Err(error)) = timeout(PROMPT, round(app)).await {
        ops::alert("news from the network was not heard", &"promptly", &error);
    }
}

/// Tells what is to be told and hears what is new, once; answers with how many pieces that were.
///
/// # Errors
/// [`StoreError`] if the cursor or an effect could not be read or written; it is heard again then.
pub async fn round(app: &Shared) -> Result<usize, StoreError> {
    tell(app).await?;
    let mut heard = 0;
    for way in app.acquirers.iter() {
        heard += feed::round(app, way).await?;
    }
    Ok(heard)
}

/// Gives up disputes whose time is up, and tells the network what merchants said and which payouts
/// leave. Each of the three is done whatever became of the others.
async fn tell(app: &Shared) -> Result<(), StoreError> {
    let mut untold = app.news.turn.lock().await;
    let due = disputes::give_up_due(app, &mut untold.due).await;
    let answers = disputes::tell(app, &mut untold.answers).await;
    let payouts = payouts::tell(app, &mut untold.payouts).await;
    due.and(answers).and(payouts)
}

/// Hears these pieces of news of the acquirer that is asked first, as a round does whose cursor is
/// before the first of them; answers with how many were dealt with.
///
/// # Errors
/// As [`round`].
pub async fn hear_all(app: &Shared, notices: &[Notice]) -> Result<usize, StoreError> {
    feed::hear_these(app, app.acquirers.principal(), notices).await
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
            return Ok(contradiction(ObjectRef::Refund(id)));
        }
    }
    heard(app, tenant, Ask::HearRefund(id, news)).await
}

/// News of an authorization under which there is no charge.
fn unknown(authorization: Reference) -> Heard {
    let (_, id): (TenantId, _) = network::Reference(authorization.0).parts();
    contradiction(ObjectRef::Charge(ChargeId::from_bytes(id)))
}

fn contradiction(what: ObjectRef) -> Heard {
    Heard::Contradicts(Box::new(Refusal::Missing { what, named: Named::Path }))
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

/// What came of what one object needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Did {
    /// It is done, or there was nothing to do.
    Do,
    /// It failed by a fault of its own; operators were told.
    Fail,
}

/// Submits what one object needs; a failure that is that object's own is told, and holds up no other.
async fn each(
    app: &App,
    (tenant, object): (TenantId, &(impl std::fmt::Display + Sync)),
    ask: Ask,
) -> Result<Did, StoreError> {
    match app.store.submit(flow::own(app, tenant, ask)).await {
        Ok(_) => Ok(Did::Do),
        Err(error @ (StoreError::Bug | StoreError::Corrupt { .. })) => {
            ops::alert("what was due of an object could not be done", object, &error);
            Ok(Did::Fail)
        }
        Err(error) => Err(error),
    }
}

/// Says how many there still were to be told.
fn left(what: &'static str, count: usize) {
    metrics::gauge!(what).set(f64::from(u32::try_from(count).unwrap_or(u32::MAX)));
}

/// Says how much of something there is.
fn gauge(what: &'static str, acquirer: &str, count: i64) {
    // Counts and seconds are far below where this is inexact.
    let count = f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    metrics::gauge!(what, "acquirer" => acquirer.to_owned()).set(count);
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
