//! Another encryption key for the vault, and everything sealed anew under it while the server runs.
//! Cards are read and charged meanwhile, since every key still opens what it sealed; fingerprints and
//! hashes follow from the root key and stay as they are.

use std::sync::Arc;
use std::time::Duration;

use farthing_core::id::EndpointId;
use farthing_domain::command::{Ask, Reseal, SealedRow};
use farthing_domain::limits::RESULTS_PER_COMMAND;
use farthing_domain::query::{Scan, Sealed};
use farthing_domain::tenant::TenantId;
use farthing_domain::view::Row;
use farthing_store::StoreError;
use farthing_vault::{CardScope, Nonce, VaultError};
use tokio::sync::{Mutex, Notify};

use crate::app::Shared;
use crate::error::{ApiError, Problem};
use crate::news::blocking;
use crate::setup::VAULT_KEYS;
use crate::{flow, ops};

/// The newest key under which everything was sealed anew.
const RESEALED: &str = "vault_resealed";
/// Everything that holds a seal.
const ALL: [Sealed; 4] = [Sealed::Methods, Sealed::Tokens, Sealed::Endpoints, Sealed::BankAccounts];
/// Before it is tried again after a failure.
const PAUSE: Duration = Duration::from_mins(1);
/// How often a process looks for keys that another one made.
const LOOK: Duration = Duration::from_secs(1);
/// By then every process has looked.
const OTHERS_KNOW: Duration = Duration::from_secs(5);
/// Of a rotation that others are faster than.
const TRIES: usize = 4;

/// One rotation at a time, and a bell for whoever seals anew.
#[derive(Debug, Default)]
pub struct Rotation {
    turn: Mutex<()>,
    bell: Notify,
}

/// How far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Encryption keys there are.
    pub keys: u32,
    /// Whether everything is sealed under the newest.
    pub done: bool,
}

/// Makes another encryption key, which seals from now on, and has everything sealed anew under it.
///
/// # Errors
/// [`Problem::TooManyKeys`]; what the vault or the store could not do. The key is not in use then.
pub async fn rotate(app: &Shared) -> Result<(), ApiError> {
    let _turn = app.rotation.turn.lock().await;
    for _ in 0..TRIES {
        let known = catch_up(app).await?;
        let wanted = app.vault.another_key().map_err(|error| match error {
            VaultError::TooManyKeys => Problem::TooManyKeys,
            _ => Problem::Vault,
        })?;
        // On disk before it seals anything: what it sealed must open after a crash. And never over a
        // key that another process has made and sealed with.
        let (own, new) = (Arc::clone(app), wanted.clone());
        let replace = move || own.store.replace_setting(VAULT_KEYS, known.as_deref(), &new);
        if blocking(replace).await? {
            app.vault.adopt(&wanted).map_err(|_| Problem::Vault)?;
            app.rotation.bell.notify_one();
            return Ok(());
        }
    }
    Err(StoreError::Busy.into())
}

/// Takes up the keys that are stored, whoever made them, and answers with them as they are stored.
async fn catch_up(app: &Shared) -> Result<Option<Vec<u8>>, ApiError> {
    let stored = setting(app, VAULT_KEYS).await?;
    if let Some(stored) = &stored {
        app.vault.adopt(stored).map_err(|_| Problem::Vault)?;
    }
    Ok(stored)
}

/// How far it has come.
///
/// # Errors
/// What the store or the vault could not do.
pub async fn progress(app: &Shared) -> Result<Progress, ApiError> {
    catch_up(app).await?;
    let newest = app.vault.newest_key();
    let done = resealed(app).await? == newest;
    Ok(Progress { keys: u32::from(newest) + 1, done })
}

/// Seals anew whatever a rotation left, now and after each further one. Of several processes the one
/// that does what nobody asks for does this too; all of them look for keys that another has made.
/// Runs until dropped.
pub async fn run(app: Shared) {
    loop {
        if !app.config.alone && catch_up(&app).await.is_err() {
            ops::alert("further encryption keys cannot be read", &"rotation", &"next second");
        }
        let done = if app.works() { round(&app).await } else { Ok(0) };
        let rung = app.rotation.bell.notified();
        match done {
            Ok(_) if app.config.alone => rung.await,
            Ok(_) => _ = tokio::time::timeout(LOOK, rung).await,
            Err(error) => {
                ops::alert("sealing anew has stopped", &"rotation", &error);
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Seals everything under the newest key that is not; says how many rows that were.
///
/// # Errors
/// [`StoreError`].
pub async fn round(app: &Shared) -> Result<usize, StoreError> {
    let newest = app.vault.newest_key();
    if resealed(app).await? == newest {
        return Ok(0);
    }
    let mut all = 0;
    // Until another process has seen the new key it seals under the one before.
    let mut others_know = app.config.alone;
    loop {
        let mut found = 0;
        for of in ALL {
            found += pass(app, of).await?;
        }
        all += found;
        // A token that became a method meanwhile took its old seal along: looked at once more.
        if found > 0 {
            continue;
        }
        if others_know {
            break;
        }
        tokio::time::sleep(OTHERS_KNOW).await;
        others_know = true;
    }
    set(app, RESEALED, vec![newest]).await?;
    Ok(all)
}

async fn pass(app: &Shared, of: Sealed) -> Result<usize, StoreError> {
    let (mut after, mut found) = (None, 0);
    loop {
        let rows = app.store.scan(Scan::Sealed { of, after, limit: RESULTS_PER_COMMAND }).await?;
        let Some(last) = rows.last() else { return Ok(found) };
        after = Sealed::place(last);
        let asks: Vec<Reseal> = rows.iter().flat_map(|row| anew(app, row)).collect();
        found += asks.len();
        if !asks.is_empty() {
            let command = flow::own(app, TenantId::from_raw(0), Ask::Reseal(asks));
            app.store.submit(command).await?;
        }
    }
}

/// What is sealed in a row under an older key, with the same under the newest.
fn anew(app: &Shared, row: &Row) -> Vec<Reseal> {
    let card = |tenant: TenantId, method, old: &Vec<u8>, row| {
        let scope = CardScope { tenant: tenant.raw(), method };
        let new = Nonce::random().and_then(|nonce| app.vault.reseal_card(old, scope, nonce));
        replaced((tenant, row), old, new)
    };
    let secret = |tenant: TenantId, id: EndpointId, old: &Vec<u8>| {
        let new = Nonce::random().and_then(|nonce| app.vault.reseal_secret(id, old, nonce));
        replaced((tenant, SealedRow::Endpoint(id)), old, new)
    };
    match row {
        // What is no card has nothing sealed.
        Row::Method(row) if row.sealed.is_empty() => Vec::new(),
        Row::Method(row) => {
            card(row.tenant, row.id, &row.sealed, SealedRow::Method(row.id)).into_iter().collect()
        }
        Row::Token(row) => card(row.tenant, row.method, &row.sealed, SealedRow::Token(row.id))
            .into_iter()
            .collect(),
        Row::BankAccount(row) => {
            let (old, id) = (&row.details.sealed, row.id);
            let new = Nonce::random().and_then(|nonce| app.vault.reseal_account(id, old, nonce));
            replaced((row.tenant, SealedRow::BankAccount(id)), old, new).into_iter().collect()
        }
        Row::Endpoint(row) => {
            let former = row.old_secret.as_ref().map(|former| &former.sealed);
            let seals = std::iter::once(&row.sealed_secret).chain(former);
            // One change of a row at a time: the other one is met at the next pass.
            seals.filter_map(|old| secret(row.tenant, row.id, old)).take(1).collect()
        }
        _ => Vec::new(),
    }
}

fn replaced(
    (tenant, row): (TenantId, SealedRow),
    old: &[u8],
    new: Result<Option<Vec<u8>>, VaultError>,
) -> Option<Reseal> {
    match new {
        Ok(new) => Some(Reseal { tenant, row, old: old.to_vec(), new: new? }),
        Err(error) => {
            // It opens under no key, so it is of no use to anybody, under whichever it is.
            ops::alert("a seal does not open and stays as it is", &format!("{row:?}"), &error);
            None
        }
    }
}

async fn resealed(app: &Shared) -> Result<u8, StoreError> {
    let stored = setting(app, RESEALED).await?;
    Ok(stored.and_then(|bytes| bytes.first().copied()).unwrap_or(0))
}

async fn setting(app: &Shared, name: &'static str) -> Result<Option<Vec<u8>>, StoreError> {
    let app = Arc::clone(app);
    blocking(move || app.store.setting(name)).await
}

async fn set(app: &Shared, name: &'static str, value: Vec<u8>) -> Result<(), StoreError> {
    let app = Arc::clone(app);
    blocking(move || app.store.set_setting(name, &value)).await
}
