//! Seals of an older key give way to the same under a newer one. Nothing else of the row changes, and
//! nobody is told: what is sealed is the same.

use alloc::vec::Vec;

use crate::change::{Change, Decision};
use crate::command::{Reseal, SealedRow};
use crate::endpoint::Endpoint;
use crate::method::PaymentMethod;
use crate::reply::Reply;
use crate::token::Token;
use crate::view::{Key, Row, View};

/// Rows that have changed meanwhile keep the seal they have: whoever changed it sealed under the
/// newest key, or it is met again.
pub(super) fn reseal(view: &View, asks: &[Reseal]) -> Decision {
    let changes =
        asks.iter().filter_map(|ask| one(view, ask)).map(Change::Update).collect::<Vec<_>>();
    Decision { changes, ..Decision::only(Reply::Done) }
}

fn one(view: &View, ask: &Reseal) -> Option<Row> {
    let sealed = ask.new.clone();
    match ask.row {
        SealedRow::Method(id) => {
            let row = view.method(ask.tenant, id).filter(|row| row.sealed == ask.old)?;
            Some(Row::Method(PaymentMethod { sealed, ..row.clone() }))
        }
        SealedRow::Token(id) => {
            let row = view.token(ask.tenant, id).filter(|row| row.sealed == ask.old)?;
            Some(Row::Token(Token { sealed, ..row.clone() }))
        }
        SealedRow::BankAccount(id) => {
            let row = view.bank_account(ask.tenant, id)?;
            let mut row = Some(row).filter(|row| row.details.sealed == ask.old)?.clone();
            row.details.sealed = sealed;
            Some(Row::BankAccount(row))
        }
        SealedRow::Endpoint(id) => endpoint(view.endpoint(ask.tenant, id)?, ask).map(Row::Endpoint),
    }
}

/// Both secrets of an endpoint that is being rolled are seals.
fn endpoint(row: &Endpoint, ask: &Reseal) -> Option<Endpoint> {
    let mut row = row.clone();
    if row.sealed_secret == ask.old {
        row.sealed_secret.clone_from(&ask.new);
        return Some(row);
    }
    let former = row.old_secret.as_mut().filter(|former| former.sealed == ask.old)?;
    former.sealed.clone_from(&ask.new);
    Some(row)
}

/// The rows that are needed.
pub(super) fn rows(asks: &[Reseal]) -> impl Iterator<Item = Key> {
    asks.iter().map(|ask| match ask.row {
        SealedRow::Method(id) => Key::Method(ask.tenant, id),
        SealedRow::Token(id) => Key::Token(ask.tenant, id),
        SealedRow::Endpoint(id) => Key::Endpoint(ask.tenant, id),
        SealedRow::BankAccount(id) => Key::BankAccount(ask.tenant, id),
    })
}
