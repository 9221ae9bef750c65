//! The loops of a process, watched: one that ends by a panic is told, gives up what the process holds
//! for itself alone, and is started anew; and each says when its last round was.
//!
//! What must stay true: whoever asks `/readyz` learns of a loop that hangs, because nothing else shows
//! it: requests are answered all the same.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::task::{Id, JoinSet};
use tokio::time::Instant;

use crate::app::Shared;
use crate::news::blocking;
use crate::{lease, ops};

/// Before a loop that panicked is started anew: what it met may be gone by then, and other processes
/// have taken what it did.
pub(crate) const PAUSE: Duration = Duration::from_secs(3);
/// How often commits are tried again while they fail, and rounds are looked at.
const LOOK: Duration = Duration::from_secs(1);
/// A round that takes longer is no round any more.
const PATIENCE: Duration = Duration::from_mins(1);
/// The setting that is written to see whether commits succeed again.
const PROBE: &str = "last_probe";

/// A loop that begins anew whenever it is made.
pub(crate) type Make = Box<dyn Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// When each loop's last round was.
#[derive(Debug, Default)]
pub struct Pulse {
    rounds: Mutex<BTreeMap<&'static str, Instant>>,
}

impl Pulse {
    /// A round of this loop was made, or begins. Loops that never say so are not missed.
    pub fn beat(&self, name: &'static str) {
        self.beat_at(name, Instant::now());
    }

    /// As [`beat`](Self::beat), at a moment.
    pub fn beat_at(&self, name: &'static str, at: Instant) {
        self.rounds().insert(name, at);
    }

    /// A loop whose last round was too long ago.
    pub fn late(&self, now: Instant) -> Option<&'static str> {
        let late = |at: &Instant| now.saturating_duration_since(*at) > PATIENCE;
        self.rounds().iter().find(|(_, at)| late(at)).map(|(name, _)| *name)
    }

    fn rounds(&self) -> MutexGuard<'_, BTreeMap<&'static str, Instant>> {
        self.rounds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs loops until dropped. `over` is called when one has panicked; it is started anew after a pause.
pub(crate) async fn tend<F>(loops: Vec<(&'static str, Make)>, pause: Duration, over: impl Fn() -> F)
where
    F: Future<Output = ()>,
{
    let mut tasks = JoinSet::new();
    let mut names: BTreeMap<Id, usize> = BTreeMap::new();
    for (place, (_, make)) in loops.iter().enumerate() {
        names.insert(tasks.spawn(make()).id(), place);
    }
    while let Some(ended) = tasks.join_next_with_id().await {
        let (id, cause) = match ended {
            Ok((id, ())) => {
                names.remove(&id); // It has nothing to do in this process.
                continue;
            }
            Err(error) => (error.id(), error),
        };
        let Some(place) = names.remove(&id) else { continue };
        let (name, make) = &loops[place];
        metrics::counter!("farthing_loop_panics_total", "loop" => *name).increment(1);
        ops::alert("a loop ended and is started anew", name, &Cause(&cause));
        over().await;
        let anew = make();
        let task = tasks.spawn(async move {
            tokio::time::sleep(pause).await;
            anew.await;
        });
        names.insert(task.id(), place);
    }
}

/// Why a task ended, without what it had said: that is in the log already.
struct Cause<'a>(&'a tokio::task::JoinError);

impl fmt::Display for Cause<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_panic() { "it panicked" } else { "it was canceled" })
    }
}

/// Gives up what the process holds for itself alone: another one goes on with it.
pub(crate) async fn give_up(app: Shared) {
    lease::release(&app).await;
}

/// Looks whether every loop goes round, tells once of one that does not, and tries a commit while they
/// fail: where nobody is sent any more, nobody else would find out that they succeed again. Runs until
/// dropped.
pub(crate) async fn look(app: Shared) {
    let mut told = None;
    loop {
        tokio::time::sleep(LOOK).await;
        let late = app.pulse.late(Instant::now());
        if let Some(name) = late.filter(|_| late != told) {
            ops::alert("a loop has made no round for a minute", &name, &"it hangs");
        }
        told = late;
        if app.store.failing() {
            let store = app.store.clone();
            let now = app.clock.now().ms().to_be_bytes();
            // Whatever comes of it is what was asked.
            blocking(move || store.set_setting(PROBE, &now)).await.ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    const PAUSES: Duration = Duration::from_millis(5);

    #[tokio::test]
    async fn a_loop_that_panics_is_started_anew_and_the_others_go_on() {
        let [begun, rounds, given_up] = [(); 3].map(|()| Arc::new(AtomicU32::new(0)));
        let bad: Make = Box::new({
            let begun = Arc::clone(&begun);
            move || {
                let count = begun.fetch_add(1, Ordering::Relaxed);
                Box::pin(async move {
                    assert!(count >= 2, "planted");
                    std::future::pending::<()>().await;
                })
            }
        });
        let good: Make = Box::new({
            let rounds = Arc::clone(&rounds);
            move || {
                let rounds = Arc::clone(&rounds);
                Box::pin(async move {
                    loop {
                        tokio::time::sleep(PAUSES).await;
                        rounds.fetch_add(1, Ordering::Relaxed);
                    }
                })
            }
        });
        let over = Arc::clone(&given_up);
        let tended = tokio::spawn(async move {
            tend(vec![("bad", bad), ("good", good)], PAUSES, move || {
                over.fetch_add(1, Ordering::Relaxed);
                std::future::ready(())
            })
            .await;
        });
        while begun.load(Ordering::Relaxed) < 3 {
            tokio::time::sleep(PAUSES).await;
        }
        assert_eq!(given_up.load(Ordering::Relaxed), 2, "it panicked twice");
        let before = rounds.load(Ordering::Relaxed);
        while rounds.load(Ordering::Relaxed) < before + 3 {
            tokio::time::sleep(PAUSES).await;
        }
        tended.abort();
    }

    #[test]
    fn a_loop_that_makes_no_round_is_late() {
        let (pulse, start) = (Pulse::default(), Instant::now());
        assert_eq!(pulse.late(start), None, "none has begun");
        pulse.beat_at("one", start);
        pulse.beat_at("two", start + PATIENCE);
        assert_eq!(pulse.late(start + PATIENCE), None);
        assert_eq!(pulse.late(start + PATIENCE + Duration::from_millis(1)), Some("one"));
    }
}
