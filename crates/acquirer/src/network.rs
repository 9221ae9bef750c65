//! The way to an acquirer: a simulator in this process, or one that another process runs.

use farthing_core::time::TimestampMs;

use crate::answer::CallError;
use crate::remote::Remote;
use crate::simulator::Simulator;
use crate::simulator::book::{BookView, Reply, Request};
use crate::way::Way;

/// The way to an acquirer. A closed list: an acquirer of another kind is a line here.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a process has four of them at the most")]
pub enum Network {
    /// The simulator, in this process.
    Here(Simulator),
    /// The simulator, in a process of its own.
    There(Remote),
}

impl From<Simulator> for Network {
    fn from(simulator: Simulator) -> Self {
        Self::Here(simulator)
    }
}

impl From<Remote> for Network {
    fn from(remote: Remote) -> Self {
        Self::There(remote)
    }
}

impl Network {
    /// Reads the book of a simulator in this process; see [`Simulator::book`].
    ///
    /// # Panics
    /// If the book is another process's, which has it in a file.
    pub fn book<R>(&self, read: impl FnOnce(&BookView) -> R) -> R {
        match self {
            Self::Here(simulator) => simulator.book(read),
            Self::There(remote) => panic!("the book of {remote:?} is not here"),
        }
    }

    /// Sets how far the clock of some references, those whose first four bytes are `scope`, is ahead of
    /// everybody's: what the network does later to their calls comes by it. It only goes forward.
    ///
    /// # Errors
    /// [`CallError`] if the network could not be told.
    pub async fn set_clock(&self, scope: [u8; 4], offset_ms: i64) -> Result<(), CallError> {
        let now = TimestampMs::from_ms(0); // A clock is set, whenever that is heard.
        self.ask(Request::SetClock { scope, offset_ms }, now).await.map(|_| ())
    }
}

impl Way for Network {
    async fn ask(&self, request: Request, now: TimestampMs) -> Result<Reply, CallError> {
        match self {
            Self::Here(simulator) => simulator.ask(request, now).await,
            Self::There(remote) => remote.ask(request, now).await,
        }
    }

    fn newest(&self) -> u64 {
        match self {
            Self::Here(simulator) => simulator.newest(),
            Self::There(remote) => remote.newest(),
        }
    }
}
