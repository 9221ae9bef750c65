//! The engine on PostgreSQL: any number of processes on one database.
//!
//! READ COMMITTED, and the first statement of every batch locks the rows of the batch's tenants in
//! the order of their ids: until the commit every row of those tenants is stable, absent ones
//! included, across processes. Rows are looked up and written with arrays, all statements of a round
//! sent before the first is answered, so a batch of any size is a handful of round trips.
//!
//! Deliberately not here: waiting. A deadlock, a serialization failure or a lost connection before
//! the commit is tried again at once by the writer, because nobody was answered; a connection lost
//! during the commit is an unknown outcome. A tenant whose row somebody holds for longer than a second
//! is for the lane to wait for, beside all others.

pub(crate) mod apply;
pub(crate) mod every;
pub(crate) mod held;
pub(crate) mod lease;
pub(crate) mod link;
pub(crate) mod load;
pub(crate) mod open;
pub(crate) mod statements;
pub(crate) mod tls;
pub(crate) mod trouble;
pub(crate) mod values;

use std::sync::Arc;

use farthing_domain::audit::Line;

use crate::error::StoreError;
use crate::postgres::link::{Ask, Link, Mode};
use crate::postgres::statements::translated;
use crate::readers::{Read, give};
use crate::snapshot::Snapshot;
use crate::sql::trail;

/// Adds lines to the trail, within the commit that is open. One at a time does so, in all processes:
/// so its places have no gaps.
pub(crate) fn note(link: &Link, lines: &[Line]) -> Result<(), StoreError> {
    let add: Arc<str> = translated(trail::ADD).into();
    // Another process may be adding thousands.
    let patient = Ask::new("SET LOCAL lock_timeout = '5s'", Vec::new());
    let lock = Ask::new("LOCK TABLE audit IN SHARE ROW EXCLUSIVE MODE", Vec::new());
    let each = lines.iter().map(|line| Ask::new(Arc::clone(&add), trail::values(line)));
    let asks: Vec<Ask> = [patient, lock].into_iter().chain(each).collect();
    link.round(&asks).map(drop)
}

/// Serves one read from one snapshot.
pub(crate) fn serve(link: &Link, read: Read) {
    link.begin(Mode::Read);
    give(read, Ok(&Snapshot::Postgres(link)));
    link.rollback();
}
