//! One acquirer's feed of news: how far it was heard, and which pieces wait.
//!
//! The cursor goes on behind every page, past what waits: that is kept by its number, and asked for
//! again by it after a start. Both are written after the effects, first what waits and then the
//! cursor, so a crash between any two hears something twice, which changes nothing, and nothing never.
//! Other processes hear too, promptly: what they wrote is never written over.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use farthing_acquirer::{Acquirer as _, Notice, NoticeKind, Reference};
use farthing_core::planted;
use farthing_core::time::TimestampMs;
use farthing_domain::acquirer::Acquirer;
use farthing_store::StoreError;
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::{Heard, TRIES, aside, blocking, hear};
use crate::acquirers::Way;
use crate::app::Shared;
use crate::ops;

/// Pieces of news of one page.
const NOTICES: usize = 256;
/// Pages of one round: beyond it, whoever waits for the round has waited long enough.
const PAGES: usize = 16;
/// Pieces that wait at one time, of one acquirer. Each is of another object with something in flight,
/// or behind one of the same: more of them than this is a fault that a person has to look at, and
/// nothing further is heard before that.
const WAITING_MAX: usize = 4_096;
/// After so long operators are told of what waits, or of a feed that is silent.
const PATIENCE_MS: i64 = 60_000;
/// The setting that holds the number of the last piece that was read of the first acquirer.
const CURSOR: &str = "network_notices";
/// The setting that holds the numbers of those before it that wait, eight bytes each.
const WAITING: &str = "network_notices_waiting";

/// The hearing of one acquirer's news, by this process.
#[derive(Debug, Default)]
pub struct Feed {
    /// One round at a time.
    turn: Mutex<Behind>,
    /// The number of the last piece that this process read; 0 before the first round.
    read: AtomicU64,
    /// It did not answer when it was last asked.
    silent: AtomicBool,
}

/// What is known of the pieces that wait. Lost with the process, and then asked for again.
#[derive(Debug, Default)]
struct Behind {
    waiting: BTreeMap<u64, Waiting>,
    /// Since when the feed does not answer, and whether operators were told.
    silent: Option<(TimestampMs, bool)>,
}

#[derive(Debug)]
struct Waiting {
    notice: Notice,
    since: TimestampMs,
    /// How often it failed, which is not the same as waiting.
    failed: u32,
    /// Whether operators were told.
    told: bool,
}

/// What is stored of a feed.
#[derive(Debug, Default)]
struct Place {
    cursor: Option<Vec<u8>>,
    waiting: Option<Vec<u8>>,
}

impl Place {
    fn after(&self) -> u64 {
        let cursor = self.cursor.as_deref().and_then(|bytes| bytes.try_into().ok());
        cursor.map_or(0, u64::from_be_bytes)
    }

    fn numbers(&self) -> BTreeSet<u64> {
        let stored = self.waiting.as_deref().unwrap_or_default();
        stored.as_chunks().0.iter().map(|number| u64::from_be_bytes(*number)).collect()
    }
}

impl Feed {
    /// Whether the network has said that it has news that was not read. While the feed itself does
    /// not answer, nobody is to wait for it.
    pub(super) fn has_news(&self, way: &Way) -> bool {
        !self.silent.load(Ordering::Relaxed)
            && way.network.has_news(self.read.load(Ordering::Relaxed))
    }
}

/// Hears what is new from one acquirer, page by page; answers with how many pieces were dealt with.
pub(super) async fn round(app: &Shared, way: &Way) -> Result<usize, StoreError> {
    let mut behind = way.feed.turn.lock().await;
    let mut heard = 0;
    for _ in 0..PAGES {
        let place = place(app, way.acquirer).await?;
        let Some(notices) = ask(app, way, &mut behind, &place).await else {
            silent(app, way, &mut behind);
            return Ok(heard); // It keeps its news.
        };
        way.feed.silent.store(false, Ordering::Relaxed);
        behind.silent = None;
        if planted!("cursor_first")
            && let Some(newest) = notices.last()
        {
            replace(app, cursor_of(way.acquirer), (place.cursor.clone(), number(newest.id)))
                .await?;
        }
        heard += take(app, way, &mut behind, (place, &notices)).await?;
        let seconds = app.clock.now().ms().div_euclid(1_000);
        super::gauge("farthing_news_heard_at", &way.name, seconds);
        if notices.len() < NOTICES {
            break;
        }
    }
    Ok(heard)
}

/// Hears these pieces, as a round does whose cursor is before the first of them.
pub(super) async fn hear_these(
    app: &Shared,
    way: &Way,
    notices: &[Notice],
) -> Result<usize, StoreError> {
    let mut behind = way.feed.turn.lock().await;
    let place = place(app, way.acquirer).await?;
    take(app, way, &mut behind, (place, notices)).await
}

/// The next page, and with it whatever waits and is not known here. None if the network does not
/// answer.
async fn ask(app: &Shared, way: &Way, behind: &mut Behind, place: &Place) -> Option<Vec<Notice>> {
    let now = app.clock.now();
    let page = async |after, limit| {
        let asked = way.network.notices(after, limit, now);
        timeout(app.config.network_timeout, asked).await.ok()?.ok()
    };
    let numbers = place.numbers();
    behind.waiting.retain(|number, _| numbers.contains(number));
    for number in &numbers {
        if !behind.waiting.contains_key(number) {
            let found: Vec<Notice> = page(number.saturating_sub(1), 1).await?;
            let notice = found.into_iter().find(|notice| notice.id == *number)?;
            behind.waiting.insert(*number, Waiting::new(notice, now));
        }
    }
    let room = WAITING_MAX.saturating_sub(numbers.len());
    if room == 0 {
        ops::alert("too much news waits for more to be heard", &way.name, &numbers.len());
    }
    page(place.after(), NOTICES.min(room)).await
}

impl Waiting {
    fn new(notice: Notice, since: TimestampMs) -> Self {
        Self { notice, since, failed: 0, told: false }
    }
}

/// The feed did not answer: counted, and told once if it lasts.
fn silent(app: &Shared, way: &Way, behind: &mut Behind) {
    metrics::counter!("farthing_news_unheard_total", "acquirer" => way.name.clone()).increment(1);
    way.feed.silent.store(true, Ordering::Relaxed);
    let now = app.clock.now();
    let (since, told) = behind.silent.get_or_insert((now, false));
    if !*told && now.since(*since) >= PATIENCE_MS {
        *told = true;
        ops::alert("an acquirer tells no news", &way.name, &"it does not answer");
    }
}

async fn take(
    app: &Shared,
    way: &Way,
    behind: &mut Behind,
    (place, notices): (Place, &[Notice]),
) -> Result<usize, StoreError> {
    let (after, before) = (place.after(), place.numbers());
    let (mut heard, mut left) = (0, BTreeSet::new());
    let last = notices.iter().map(|notice| notice.id).max().unwrap_or(after);
    // What is said of one operation is heard in its order; what waits comes first.
    let mut blocked: BTreeSet<Reference> = BTreeSet::new();
    let known: Vec<Notice> = behind
        .waiting
        .iter()
        .filter(|(number, _)| before.contains(number))
        .map(|(_, waiting)| waiting.notice.clone())
        .collect();
    let new = notices.iter().filter(|notice| notice.id > after && !before.contains(&notice.id));
    for notice in known.iter().chain(new) {
        let about = about(&notice.kind);
        if blocked.contains(&about) || !dealt_with(app, way, behind, notice).await? {
            blocked.insert(about);
            left.insert(notice.id);
            let now = app.clock.now();
            behind.waiting.entry(notice.id).or_insert_with(|| Waiting::new(notice.clone(), now));
        } else {
            heard += 1;
            behind.waiting.remove(&notice.id);
        }
    }
    if left != before {
        let numbers: Vec<u8> = left.iter().flat_map(|number| number.to_be_bytes()).collect();
        if !replace(app, waiting_of(way.acquirer), (place.waiting, numbers)).await? {
            return Ok(heard); // Another process has heard, too: its word first, then this again.
        }
    }
    if last > after {
        replace(app, cursor_of(way.acquirer), (place.cursor, number(last))).await?;
    }
    way.feed.read.fetch_max(last, Ordering::Relaxed);
    report(app, way, behind);
    Ok(heard)
}

/// How many wait, and since when; told once if it is long.
fn report(app: &Shared, way: &Way, behind: &mut Behind) {
    let (now, count) = (app.clock.now(), behind.waiting.len());
    let oldest_ms = behind.waiting.values().map(|it| now.since(it.since)).max().unwrap_or(0);
    super::gauge("farthing_news_waiting", &way.name, i64::try_from(count).unwrap_or(i64::MAX));
    super::gauge("farthing_news_waiting_seconds", &way.name, oldest_ms.div_euclid(1_000));
    let late = |it: &&mut Waiting| !it.told && now.since(it.since) >= PATIENCE_MS;
    let mut first = None;
    for waiting in behind.waiting.values_mut().filter(late) {
        waiting.told = true;
        first = first.or(Some(waiting.notice.id));
    }
    if let Some(number) = first {
        let cause = format!("{count} of {} wait, for {oldest_ms} ms", way.name);
        ops::alert("news from the network waits for what is in flight", &number, &cause);
    }
}

/// Whether a piece of news is dealt with: its effect is stored, or it is put aside. If not, it waits.
async fn dealt_with(
    app: &Shared,
    way: &Way,
    behind: &mut Behind,
    notice: &Notice,
) -> Result<bool, StoreError> {
    let tagged = tagged(way.acquirer, notice.clone());
    let why = match hear(app, &tagged).await {
        Ok(Heard::Done) => return Ok(true),
        Ok(Heard::Waits) => return Ok(false),
        Ok(Heard::Contradicts(refusal)) => refusal.code(),
        // Somebody's mistake, ours or the network's; perhaps only of a moment.
        Err(error @ (StoreError::Bug | StoreError::Corrupt { .. })) => {
            let now = app.clock.now();
            let new = || Waiting::new(notice.clone(), now);
            let waiting = behind.waiting.entry(notice.id).or_insert_with(new);
            waiting.failed += 1;
            if waiting.failed < TRIES {
                return Ok(false);
            }
            error.code()
        }
        Err(error) => return Err(error),
    };
    aside::put(app, &tagged, why).await?;
    Ok(true)
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

/// Where an acquirer's cursor is kept.
fn cursor_of(acquirer: Acquirer) -> String {
    of(CURSOR, acquirer)
}

/// Where the numbers of what waits are kept.
fn waiting_of(acquirer: Acquirer) -> String {
    of(WAITING, acquirer)
}

fn of(setting: &str, acquirer: Acquirer) -> String {
    match acquirer {
        Acquirer::FIRST => setting.to_owned(),
        acquirer => format!("{setting}_{acquirer}"),
    }
}

fn number(number: u64) -> Vec<u8> {
    number.to_be_bytes().to_vec()
}

async fn place(app: &Shared, acquirer: Acquirer) -> Result<Place, StoreError> {
    let own = Arc::clone(app);
    blocking(move || {
        // The cursor first: what a crash or another process left between the two is heard twice.
        let cursor = own.store.setting(&cursor_of(acquirer))?;
        Ok(Place { cursor, waiting: own.store.setting(&waiting_of(acquirer))? })
    })
    .await
}

/// Whether a setting was still what was read, and is now something else.
async fn replace(
    app: &Shared,
    name: String,
    (old, new): (Option<Vec<u8>>, Vec<u8>),
) -> Result<bool, StoreError> {
    let own = Arc::clone(app);
    blocking(move || own.store.replace_setting(&name, old.as_deref(), &new)).await
}
