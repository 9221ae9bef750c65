//! Timers: all of a row is its key.

use farthing_core::currency::Currency;
use farthing_core::id::{IntentId, PayoutId};
use farthing_domain::timer::{Due, Timer};
use farthing_domain::view::Row;

use crate::error::StoreError;
use crate::row::fields::{Fields, Values};
use crate::row::{Stored, Table};

static TIMERS: Table = Table::new("timers", &["tenant", "at", "kind", "about"], &[], &[]);

/// What is due as a kind and what it is about.
pub(crate) fn due_parts(due: Due) -> (i64, Vec<u8>) {
    match due {
        Due::HoldLapses(id) => (1, id.bytes().to_vec()),
        // In this order: what becomes available at a moment is in that moment's payout.
        Due::Ripens(currency) => (20, currency.code().as_bytes().to_vec()),
        Due::PaysOut(schedule) => (21, schedule.to_be_bytes().to_vec()),
        Due::PayoutLeaves(id) => (22, id.bytes().to_vec()),
        Due::ActionLapses(id, confirmation) => {
            let mut about = id.bytes().to_vec();
            about.extend_from_slice(&confirmation.to_be_bytes());
            (30, about)
        }
    }
}

fn due_of(kind: i64, about: &[u8]) -> Option<Due> {
    match kind {
        1 => Some(Due::HoldLapses(IntentId::from_bytes(about.try_into().ok()?))),
        20 => Some(Due::Ripens(Currency::parse(std::str::from_utf8(about).ok()?).ok()?)),
        21 => Some(Due::PaysOut(u32::from_be_bytes(about.try_into().ok()?))),
        22 => Some(Due::PayoutLeaves(PayoutId::from_bytes(about.try_into().ok()?))),
        30 => {
            let (id, confirmation) = about.split_first_chunk::<12>()?;
            let confirmation = u32::from_be_bytes(confirmation.try_into().ok()?);
            Some(Due::ActionLapses(IntentId::from_bytes(*id), confirmation))
        }
        _ => None,
    }
}

impl Stored for Timer {
    const TABLE: &'static Table = &TIMERS;

    fn encode(&self) -> Values {
        let (kind, about) = due_parts(self.due);
        Values::default().tenant(self.tenant).time(self.at).int(kind).blob(&about)
    }

    fn decode(fields: &mut Fields<'_>) -> Result<Self, StoreError> {
        let (tenant, at) = (fields.tenant()?, fields.time()?);
        let kind = fields.int()?;
        let unknown = fields.corrupt();
        let due = due_of(kind, fields.bytes()?).ok_or(unknown)?;
        Ok(Self { tenant, at, due })
    }

    fn into_row(self) -> Row {
        Row::Timer(self)
    }

    fn of(row: &Row) -> Option<&Self> {
        if let Row::Timer(own) = row { Some(own) } else { None }
    }
}
