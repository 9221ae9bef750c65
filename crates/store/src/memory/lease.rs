//! Leases in memory: for tests of several processes, by a clock that is given. Without one there is one
//! process, and it holds what it asks for.

use std::collections::BTreeMap;
use std::sync::Arc;

use farthing_core::time::TimestampMs;

use crate::memory::Rows;
use crate::store::Lease;

/// What tells all processes the time.
pub(crate) type Clock = Arc<dyn Fn() -> TimestampMs + Send + Sync>;

/// Who holds what, and until when.
#[derive(Default)]
pub(super) struct Leases {
    clock: Option<Clock>,
    held: BTreeMap<String, ([u8; 16], i64)>,
}

impl Rows {
    /// From now on leases run out by this clock.
    pub(crate) fn lease_by(&mut self, clock: Clock) {
        self.leases.clock = Some(clock);
    }

    /// Takes, keeps or gives up several, where nobody else holds them; and reads everybody's.
    pub(crate) fn lease(&mut self, holder: [u8; 16], asks: &[(String, i64)]) -> Vec<Lease> {
        let Some(clock) = &self.leases.clock else {
            let own = |(name, left_ms)| Lease { name, holder, left_ms };
            return asks.iter().cloned().map(own).collect();
        };
        let (now, held) = (clock().ms(), &mut self.leases.held);
        for (name, ms) in asks {
            let free = held.get(name).is_none_or(|(of, until)| *of == holder || *until < now);
            if free {
                held.insert(name.clone(), (holder, now.saturating_add(*ms)));
            }
        }
        let lease = |(name, (holder, until)): (&String, &([u8; 16], i64))| Lease {
            name: name.clone(),
            holder: *holder,
            left_ms: until.saturating_sub(now),
        };
        held.iter().map(lease).collect()
    }
}
