//! From an empty folder to one that can be served: the vault's key is tied to the data, the first
//! merchant and its keys are made, and a development folder is marked as one.
//!
//! Blocking: this runs before there is anything else to run.

use std::fmt;
use std::path::PathBuf;

use farthing_core::id::MerchantId;
use farthing_domain::acquirer::Acquirer;
use farthing_domain::command::{Ask, Command, Meta, NewKey, OpenMerchant};
use farthing_domain::refusal::Refusal;
use farthing_domain::reply::Reply;
use farthing_domain::tenant::{KeyClass, Mode, Pages, TenantId};
use farthing_store::{Reading, Store, StoreError};
use farthing_vault::{RootKey, Vault, VaultError};

pub use farthing_core::origin::{Origin, OriginError};

use crate::bank;
use crate::clock::Clock;
use crate::entropy;
use crate::mint::{self, Minted};
use crate::trail;

/// The secret key of every development process.
pub const DEV_SECRET_KEY: &str = "sk_test_farthing_dev";
/// The publishable key of every development process.
pub const DEV_PUBLISHABLE_KEY: &str = "pk_test_farthing_dev";
/// The same for scripts: card numbers are taken from anywhere with it, not from the frame alone.
pub const DEV_SCRIPTS_KEY: &str = "pk_test_farthing_dev_scripts";

/// Ties the data to its root key.
const KEY_CHECK: &str = "key_check";
/// The vault's further encryption keys, sealed under the root key.
pub(crate) const VAULT_KEYS: &str = "vault_keys";
/// What the folder is for.
const KIND: &str = "kind";
/// The first merchant's number.
const FIRST: i64 = 1;

/// What a folder is for. A folder never changes its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Well-known keys; nothing real.
    Dev,
    /// Keys that were shown once.
    Production,
}

/// Where the root key comes from.
#[derive(Debug)]
pub enum RootSource {
    /// The text of the key.
    Given(String),
    /// A file that is the owner's alone; made if there is nothing yet that needs an older key.
    File(PathBuf),
}

/// The keys of a new installation. They are stored as hashes only, so this is their one showing.
#[derive(Debug)]
pub struct Keys {
    /// The merchant's account id.
    pub account: String,
    /// Each key with what it is for.
    pub keys: Vec<(&'static str, String)>,
}

/// Why a folder cannot be used.
#[derive(Debug)]
pub enum SetupError {
    /// The store failed.
    Store(StoreError),
    /// The root key cannot be had.
    Vault(VaultError),
    /// The data was sealed under another root key.
    WrongKey,
    /// The data needs its root key, and the file is not there.
    KeyMissing(PathBuf),
    /// The data was made by a development process.
    Marked,
    /// The data was made by `init`; a development process must not touch it.
    NotDev,
    /// `init` was run before.
    Initialized,
    /// `init` has not been run.
    NotInitialized,
    /// The domain refused, by this code.
    Refused(&'static str),
    /// Payments were made at an acquirer of this name, and nobody says where it is.
    AcquirerMissing(String),
    /// An acquirer is named twice, or there are more than four.
    AcquirersMany,
}

/// Opens the vault that the data belongs to.
///
/// # Errors
/// [`SetupError`] if the key cannot be had or is another one than the data was sealed under.
pub fn open_vault(store: &Store, source: RootSource) -> Result<Vault, SetupError> {
    let stored = store.setting(KEY_CHECK)?;
    let vault = vault_of(stored.as_deref(), source)?;
    if let Some(keys) = store.setting(VAULT_KEYS)? {
        vault.adopt(&keys)?;
    }
    if stored.is_none() {
        store.set_setting(KEY_CHECK, &vault.key_check())?;
    }
    Ok(vault)
}

/// The vault's further encryption keys as they are stored now. It waits on this thread.
pub fn vault_keys(store: &Store) -> Option<Vec<u8>> {
    match store.setting(VAULT_KEYS) {
        Ok(keys) => keys,
        Err(error) => {
            tracing::error!(%error, "further encryption keys cannot be read");
            None
        }
    }
}

/// Checks that a backup can be opened with this root key, before it takes anybody's place.
///
/// # Errors
/// As [`open_vault`].
pub fn check_backup(backup: &Reading, source: RootSource) -> Result<(), SetupError> {
    let stored = backup.setting(KEY_CHECK)?.ok_or(SetupError::NotInitialized)?;
    let vault = vault_of(Some(&stored), source)?;
    match backup.setting(VAULT_KEYS)? {
        Some(keys) => Ok(vault.adopt(&keys)?),
        None => Ok(()),
    }
}

fn vault_of(stored: Option<&[u8]>, source: RootSource) -> Result<Vault, SetupError> {
    let root = match source {
        RootSource::Given(text) => RootKey::parse(&text)?,
        RootSource::File(path) => {
            // A new key would open nothing of what is there.
            if stored.is_some() && !path.exists() {
                return Err(SetupError::KeyMissing(path));
            }
            RootKey::from_file(&path)?
        }
    };
    let vault = Vault::new(root);
    match stored {
        Some(check) if check == vault.key_check() => {}
        Some(_) => return Err(SetupError::WrongKey),
        None => {}
    }
    Ok(vault)
}

/// Checks that the folder is of this kind; a new one becomes a development folder if that is asked.
///
/// # Errors
/// [`SetupError`] if it is of the other kind, or has not been initialized.
pub fn claim(store: &Store, vault: &Vault, kind: Kind) -> Result<(), SetupError> {
    match (kind_of(store)?, kind) {
        (Some(Kind::Production), Kind::Production) => Ok(()),
        // A folder of before one of the well-known keys, or of bank accounts, gets it now; the others
        // stay as they are.
        (Some(Kind::Dev), Kind::Dev) => {
            submit(store, Ask::AddKeys(dev_keys(vault))).and_then(accepted)?;
            add_test_accounts(store, vault)
        }
        (Some(Kind::Dev), Kind::Production) => Err(SetupError::Marked),
        (Some(Kind::Production), Kind::Dev) => Err(SetupError::NotDev),
        (None, Kind::Production) => Err(SetupError::NotInitialized),
        (None, Kind::Dev) => {
            // Marked first: a crash in between must not leave these keys in an unmarked folder.
            store.set_setting(KIND, b"dev")?;
            open_merchant(store, (account(), "Development"), dev_keys(vault))?;
            add_test_accounts(store, vault)
        }
    }
}

/// The well-known keys. They name no origins: a development process lets any page of this machine
/// embed the frame.
fn dev_keys(vault: &Vault) -> Vec<NewKey> {
    let test = TenantId::of(FIRST, Mode::Test);
    let scripts = mint::stored(vault, DEV_SCRIPTS_KEY, (KeyClass::Publishable, test));
    vec![
        mint::stored(vault, DEV_SECRET_KEY, (KeyClass::Secret, test)),
        mint::stored(vault, DEV_PUBLISHABLE_KEY, (KeyClass::Publishable, test)),
        NewKey { pages: Pages { allow_scripts: true, ..Pages::default() }, ..scripts },
    ]
}

/// The bank accounts of the first merchant's test mode.
fn add_test_accounts(store: &Store, vault: &Vault) -> Result<(), SetupError> {
    for ask in bank::test_accounts(vault, TenantId::of(FIRST, Mode::Test)) {
        submit(store, Ask::AddBankAccount(Box::new(ask))).and_then(accepted)?;
    }
    Ok(())
}

/// Makes the first merchant, whose publishable keys may be used from these origins, and the
/// operator's key.
///
/// # Errors
/// [`SetupError`] if the folder is in use already, or there are too many origins.
pub fn initialize(
    store: &Store,
    vault: &Vault,
    (name, origins): (&str, &[Origin]),
) -> Result<Keys, SetupError> {
    match kind_of(store)? {
        Some(Kind::Dev) => return Err(SetupError::Marked),
        Some(Kind::Production) => return Err(SetupError::Initialized),
        None => {}
    }
    trail::by_hand(store, "init".to_owned())?;
    let (test, live) = (TenantId::of(FIRST, Mode::Test), TenantId::of(FIRST, Mode::Live));
    let operator = TenantId::from_raw(0);
    let wanted = [
        ("secret key, test mode", KeyClass::Secret, test),
        ("publishable key, test mode", KeyClass::Publishable, test),
        ("secret key, live mode", KeyClass::Secret, live),
        ("publishable key, live mode", KeyClass::Publishable, live),
        ("operator key", KeyClass::Operator, operator),
    ];
    let mut stored = Vec::new();
    let mut keys = Vec::new();
    for (purpose, class, tenant) in wanted {
        let Minted { key, text } = mint::mint(vault, class, tenant);
        let origins = if class == KeyClass::Publishable { origins } else { &[] };
        let pages = Pages { origins: origins.to_vec(), allow_scripts: false };
        stored.push(NewKey { pages, ..key });
        keys.push((purpose, text.to_string()));
    }
    let account = account();
    open_merchant(store, (account, name), stored)?;
    add_test_accounts(store, vault)?;
    store.set_setting(KIND, b"production")?;
    Ok(Keys { account: account.to_string(), keys })
}

fn kind_of(store: &Store) -> Result<Option<Kind>, StoreError> {
    Ok(store.setting(KIND)?.map(|kind| if kind == b"dev" { Kind::Dev } else { Kind::Production }))
}

fn account() -> MerchantId {
    MerchantId::new(Clock.now(), entropy::bytes())
}

fn open_merchant(
    store: &Store,
    (account, name): (MerchantId, &str),
    keys: Vec<NewKey>,
) -> Result<(), SetupError> {
    let name = name.to_owned();
    let open = OpenMerchant { number: FIRST, account, name, keys: keys.clone(), platform: None };
    match submit(store, Ask::OpenMerchant(Box::new(open)))? {
        // Made by a run that ended before it could show the keys: these take their place.
        Reply::Refused(refusal) if *refusal == Refusal::MerchantExists => {
            submit(store, Ask::AddKeys(keys)).and_then(accepted)
        }
        reply => accepted(reply),
    }
}

fn accepted(reply: Reply) -> Result<(), SetupError> {
    match reply {
        Reply::Refused(refusal) => Err(SetupError::Refused(refusal.code())),
        _ => Ok(()),
    }
}

fn submit(store: &Store, ask: Ask) -> Result<Reply, SetupError> {
    let meta = Meta {
        tenant: TenantId::of(FIRST, Mode::Test),
        now: Clock.now(),
        entropy: entropy::command(),
        claim: None,
        request: None,
        expand: Vec::new(),
        spender: None,
        acquirer: Acquirer::FIRST,
    };
    Ok(store.submit_blocking(Command { meta, ask })?.reply)
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => error.fmt(f),
            Self::Vault(error) => error.fmt(f),
            Self::WrongKey => f.write_str(
                "The root key is not the one that this data was sealed under; give the right one.",
            ),
            Self::KeyMissing(path) => write!(
                f,
                "The data needs its root key, but {} is not there; restore it, or set FARTHING_ROOT_KEY.",
                path.display()
            ),
            Self::Marked => f.write_str(
                "This folder belongs to a development process, whose keys everybody knows; use another folder, or --dev.",
            ),
            Self::NotDev => f.write_str(
                "This folder was made by `farthing init`; a development process needs a folder of its own.",
            ),
            Self::Initialized => f.write_str("This folder has been initialized before."),
            Self::NotInitialized => {
                f.write_str("There is nothing here yet: run `farthing init` first, or use --dev.")
            }
            Self::Refused(code) => write!(f, "The set-up was refused: {code}."),
            Self::AcquirerMissing(name) => write!(
                f,
                "Payments may have been made at the acquirer `{name}`, and what is open there must be found out: name it with --acquirer, last if it is to get no new ones."
            ),
            Self::AcquirersMany => {
                f.write_str("There are up to four acquirers, each of another name.")
            }
        }
    }
}

impl std::error::Error for SetupError {}

impl From<StoreError> for SetupError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<VaultError> for SetupError {
    fn from(error: VaultError) -> Self {
        Self::Vault(error)
    }
}
