//! What every handler and every loop of the process shares.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use farthing_domain::tenant::ApiKey;
use farthing_store::{Store, StoreError};
use farthing_vault::{CvcShelf, Vault};
use tokio::task::JoinHandle;

use crate::acquirers::{Acquirers, Connections};
use crate::clock::{Clock, Offsets};
use crate::config::Config;
use crate::flow::Flights;
use crate::gate::Gate;
use crate::keys::KeyCache;
use crate::lease::Lease;
use crate::news::News;
use crate::recover::{Hurry, Recovery};
use crate::rotation::Rotation;
use crate::timers::Timers;
use crate::watch::Pulse;

/// The shared state.
pub struct App {
    /// The data.
    pub store: Store,
    /// Seals, opens and fingerprints.
    pub vault: Vault,
    /// CVCs that wait for their one use.
    pub cvcs: CvcShelf,
    /// The ways to the card networks.
    pub acquirers: Acquirers,
    /// Wall time.
    pub clock: Clock,
    /// How far tenants' clocks are ahead of it.
    pub offsets: Offsets,
    /// What the process was told.
    pub config: Config,
    /// API keys seen before.
    pub keys: KeyCache,
    /// Attempts whose call this process is making.
    pub flights: Flights,
    /// Who is let in when not everybody can be.
    pub gate: Gate,
    /// Attempts that somebody waits for.
    pub hurry: Hurry,
    /// Attempts that are looked up.
    pub recovery: Recovery,
    /// When each loop went round.
    pub pulse: Pulse,
    /// Whether this process does what nobody asks for.
    pub lease: Lease,
    /// What could not be told to the network.
    pub news: News,
    /// What timers have begun.
    pub timers: Timers,
    /// Further encryption keys for the vault.
    pub rotation: Rotation,
    /// The process is about to stop.
    pub draining: AtomicBool,
    /// Whether the process is there, in a rehearsal.
    #[cfg(feature = "rehearsal")]
    pub life: crate::rehearsal::Life,
}

/// The shared state, shared.
pub type Shared = Arc<App>;

impl App {
    /// Puts the parts together.
    pub fn new(
        store: Store,
        vault: Vault,
        networks: impl Into<Connections>,
        config: Config,
    ) -> Shared {
        Arc::new(Self {
            store,
            vault,
            cvcs: CvcShelf::new(),
            clock: Clock,
            offsets: Offsets::new(config.alone),
            keys: KeyCache::new(config.alone),
            gate: Gate::new(config.limits, config.limits_at.clone()),
            acquirers: Acquirers::new(networks.into(), config.breaker),
            config,
            flights: Flights::default(),
            hurry: Hurry::default(),
            recovery: Recovery::default(),
            pulse: Pulse::default(),
            lease: Lease::default(),
            news: News::default(),
            timers: Timers::default(),
            rotation: Rotation::default(),
            draining: AtomicBool::new(false),
            #[cfg(feature = "rehearsal")]
            life: crate::rehearsal::Life::default(),
        })
    }

    /// Begins work that goes on by itself, for as long as the process is there.
    pub(crate) fn spawn<F>(&self, work: F) -> JoinHandle<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        #[cfg(feature = "rehearsal")]
        let work = self.life.hold(work);
        tokio::spawn(work)
    }

    /// The key with this text, if there is one.
    ///
    /// # Errors
    /// [`StoreError`] if it had to be looked up and could not be.
    pub async fn api_key(&self, text: &str) -> Result<Option<ApiKey>, StoreError> {
        let hash = self.vault.hash_api_key(text);
        self.keys.find(&self.store, hash, self.clock.now()).await
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("config", &self.config).finish_non_exhaustive()
    }
}
