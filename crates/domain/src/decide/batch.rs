//! A batch decided exactly as if its commands had run one at a time, in order.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::{decide, wanted};
use crate::change::{Change, Decision, Keep};
use crate::command::Command;
use crate::event::{Body, BodyId};
use crate::idempotency::{Record, RecordState};
use crate::limits::LOAD_ROUNDS;
use crate::object::ObjectRef;
use crate::reply::{Answer, Render, Reply};
use crate::view::{Key, Row, View};

/// What one caller of the batch is answered, after the commit.
#[derive(Clone, Debug)]
pub struct Submitted {
    /// The reply.
    pub reply: Reply,
    /// The reply rendered: for a replay the kept bytes, for a call still to be made nothing.
    pub answer: Option<Answer>,
    /// Whether this commit keeps the answer under the key of the request that waits for it.
    pub kept: bool,
}

/// The net effect of a batch on one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// A new row.
    Insert(Row),
    /// A row that was there, as it is now.
    Update(Row),
    /// A row that was there.
    Delete,
}

/// The net effect of a batch, by key: what one commit writes.
#[derive(Clone, Debug, Default)]
pub struct WriteSet {
    rows: BTreeMap<Key, Write>,
}

impl WriteSet {
    /// Nothing is to be written.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The writes in key order.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, &Write)> {
        self.rows.iter()
    }

    fn add(&mut self, change: Change) {
        match change {
            Change::Insert(row) => {
                // Deleted and made again in one batch: the stored row is overwritten.
                let write = match self.rows.remove(&row.key()) {
                    Some(Write::Delete) => Write::Update(row.clone()),
                    Some(Write::Insert(_) | Write::Update(_)) | None => Write::Insert(row.clone()),
                };
                self.rows.insert(row.key(), write);
            }
            Change::Update(row) => {
                let write = match self.rows.remove(&row.key()) {
                    Some(Write::Insert(_)) => Write::Insert(row.clone()),
                    Some(Write::Update(_) | Write::Delete) | None => Write::Update(row.clone()),
                };
                self.rows.insert(row.key(), write);
            }
            Change::Delete(key) => match self.rows.remove(&key) {
                Some(Write::Insert(_)) => {}
                Some(Write::Update(_) | Write::Delete) | None => {
                    self.rows.insert(key, Write::Delete);
                }
            },
        }
    }
}

impl FromIterator<Change> for WriteSet {
    fn from_iter<T: IntoIterator<Item = Change>>(changes: T) -> Self {
        let mut writes = Self::default();
        for change in changes {
            writes.add(change);
        }
        writes
    }
}

/// Decides a batch: loads what is wanted, decides in order, renders what is to be kept.
///
/// `load` puts rows into the view; it is called with keys that the view does not know yet, first
/// for the whole batch at once, later for single commands whose needs grew by an earlier command of
/// the same batch.
///
/// # Errors
/// Whatever `load` fails with; nothing has been written then.
///
/// # Panics
/// If a command still wants rows after [`LOAD_ROUNDS`] rounds, or contradicts what is stored.
pub fn decide_all<E>(
    commands: &[Command],
    render: &dyn Render,
    mut load: impl FnMut(&mut View, &[Key]) -> Result<(), E>,
) -> Result<(WriteSet, Vec<Submitted>), E> {
    let mut view = View::default();
    load_all(&mut view, commands, &mut load)?;
    let mut writes = WriteSet::default();
    let mut submitted = Vec::with_capacity(commands.len());
    for command in commands {
        load_all(&mut view, core::slice::from_ref(command), &mut load)?;
        let decision = decide(&view, command);
        submitted.push(conclude(&mut view, &mut writes, render, (command, decision)));
    }
    assert_eq!(submitted.len(), commands.len(), "one reply for each command");
    Ok((writes, submitted))
}

fn load_all<E>(
    view: &mut View,
    commands: &[Command],
    load: &mut impl FnMut(&mut View, &[Key]) -> Result<(), E>,
) -> Result<(), E> {
    for _ in 0..LOAD_ROUNDS {
        let mut keys: Vec<Key> =
            commands.iter().flat_map(|command| wanted(view, command)).collect();
        if keys.is_empty() {
            return Ok(());
        }
        keys.sort_unstable();
        keys.dedup();
        load(view, &keys)?;
    }
    let missing = commands.iter().flat_map(|command| wanted(view, command)).next();
    assert!(missing.is_none(), "still wanted after the last round: {missing:?}");
    Ok(())
}

/// Applies a decision to the view, renders its snapshots and its reply, and keeps the reply where
/// its idempotency record waits for it.
fn conclude(
    view: &mut View,
    writes: &mut WriteSet,
    render: &dyn Render,
    (command, decision): (&Command, Decision),
) -> Submitted {
    let Decision { reply, changes, snapshots, previous, afterwards, keep } = decision;
    let before = renderings(view, render, (command, &previous));
    view.apply(&changes);
    let after = renderings(view, render, (command, &previous));
    let mut extra = Vec::new();
    for ((body, _), (before, after)) in previous.iter().zip(before.iter().zip(&after)) {
        let bytes = render.previous(before, after);
        extra.push(Change::Insert(Row::Body(Body {
            tenant: command.meta.tenant,
            id: *body,
            bytes,
        })));
    }
    for (body, object) in snapshots {
        let bytes = render.object(view, command.meta.tenant, object);
        extra.push(Change::Insert(Row::Body(Body {
            tenant: command.meta.tenant,
            id: body,
            bytes,
        })));
    }
    let expand = keep.as_ref().map_or(&command.meta.expand, |keep| &keep.expand);
    let answer = match &reply {
        Reply::Replay(replay) => {
            let body = view.body(command.meta.tenant, replay.body);
            let body = body.map(|body| body.bytes.clone()).unwrap_or_default();
            Some(Answer { status: replay.status, body })
        }
        Reply::Object(_)
        | Reply::Declined(_)
        | Reply::IncrementDeclined(..)
        | Reply::SetupDeclined(_)
        | Reply::NetworkRefused(_)
        | Reply::Unresolved(_)
        | Reply::Begun(_)
        | Reply::CustomerDeleted(_)
        | Reply::EndpointOpened(_)
        | Reply::EndpointDeleted(_)
        | Reply::BankAccountDeleted(_)
        | Reply::ClockAdvanced { .. }
        | Reply::PayoutSettings
        | Reply::ReserveSet { .. }
        | Reply::Done
        | Reply::Refused(_) => render.reply(view, command.meta.tenant, &reply, expand),
    };
    if let Some(keep) = &keep {
        let answer = answer.as_ref().expect("a kept reply is one that somebody sees");
        keep_answer(view, &mut extra, (keep, answer), command.meta.now);
    }
    view.apply(&extra);
    view.apply(&afterwards);
    for change in changes.into_iter().chain(extra).chain(afterwards) {
        writes.add(change);
    }
    Submitted { reply, answer, kept: keep.is_some() }
}

/// Objects as they are in the view.
fn renderings(
    view: &View,
    render: &dyn Render,
    (command, objects): (&Command, &[(BodyId, ObjectRef)]),
) -> Vec<Vec<u8>> {
    let tenant = command.meta.tenant;
    objects.iter().map(|(_, object)| render.object(view, tenant, *object)).collect()
}

fn keep_answer(
    view: &View,
    extra: &mut Vec<Change>,
    (keep, answer): (&Keep, &Answer),
    now: farthing_core::time::TimestampMs,
) {
    let body = same_bytes(extra, &answer.body).unwrap_or_else(|| {
        let bytes = answer.body.clone();
        extra.push(Change::Insert(Row::Body(Body { tenant: keep.tenant, id: keep.body, bytes })));
        keep.body
    });
    let record = view.record(keep.tenant, keep.key).expect("its record was written with it");
    let state = RecordState::Done { status: answer.status, body, at: now };
    extra.push(Change::Update(Row::Record(Record { state, ..record.clone() })));
}

/// Equal bytes are stored once.
fn same_bytes(extra: &[Change], bytes: &[u8]) -> Option<BodyId> {
    extra.iter().find_map(|change| match change {
        Change::Insert(Row::Body(body)) if body.bytes == bytes => Some(body.id),
        Change::Insert(_) | Change::Update(_) | Change::Delete(_) => None,
    })
}
