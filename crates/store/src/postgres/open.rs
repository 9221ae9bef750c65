//! Opening a database: its version, its columns, settings.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rusqlite::types::Value;
use tokio_postgres::Config;
use tokio_postgres::config::{SslMode, TargetSessionAttrs};

use crate::error::StoreError;
use crate::postgres::link::{Ask, Lacking, Link, Target};
use crate::postgres::statements::Types;
use crate::postgres::tls::{self, How, Tls};
use crate::postgres::values::line;

/// Each brings the schema to the next version, in one commit; numbered as SQLite's. Forward only.
const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/postgres/0001_init.sql"),
    include_str!("../../migrations/postgres/0002_pages.sql"),
    include_str!("../../migrations/postgres/0003_events_of.sql"),
    include_str!("../../migrations/postgres/0004_customers.sql"),
    include_str!("../../migrations/postgres/0005_timers.sql"),
    include_str!("../../migrations/postgres/0006_disputes.sql"),
    include_str!("../../migrations/postgres/0008_several_captures.sql"),
    include_str!("../../migrations/postgres/0009_method_kinds.sql"),
    include_str!("../../migrations/postgres/0010_setup.sql"),
    include_str!("../../migrations/postgres/0011_keys.sql"),
    include_str!("../../migrations/postgres/0012_payouts.sql"),
    include_str!("../../migrations/postgres/0013_holds.sql"),
    include_str!("../../migrations/postgres/0014_reserve.sql"),
    include_str!("../../migrations/postgres/0016_guards.sql"),
    include_str!("../../migrations/postgres/0018_wire.sql"),
    include_str!("../../migrations/postgres/0019_audit.sql"),
    include_str!("../../migrations/postgres/0020_due_to.sql"),
    include_str!("../../migrations/postgres/0021_kept.sql"),
    include_str!("../../migrations/postgres/0022_quarters.sql"),
];

/// Who migrates, and nobody else meanwhile: any number, the same in every release.
const MIGRATING: i64 = 0x6661_7274_6869_6e67;

/// How long a host may take to answer.
const CONNECT: Duration = Duration::from_secs(5);

/// Which of the hosts is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    /// The one that can be written: after a promotion, the new one.
    Primary,
    /// Any that answers.
    Any,
}

/// A database by its URL, which may name several hosts.
pub(crate) fn target(url: &str, host: Host) -> Result<Arc<Target>, StoreError> {
    let (url, asked) = tls::asked(url)?;
    let mut config: Config = url.parse().map_err(|_| {
        // Never the error: it may show the password.
        tracing::error!("the database's URL cannot be read");
        StoreError::Unreachable
    })?;
    config.application_name("farthing");
    let plain = asked.how == How::Plain;
    config.ssl_mode(if plain { SslMode::Disable } else { SslMode::Require });
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT);
    }
    if host == Host::Primary {
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
    }
    Ok(Arc::new(Target { config, tls: Tls::of(&asked)?, types: OnceLock::new() }))
}

/// Brings the schema up to date, and reads its columns. It takes as long as that takes: a script may
/// touch millions of rows, and another process may be at it.
pub(crate) fn prepare(target: &Arc<Target>) -> Result<(), StoreError> {
    let link = Link::new(Arc::clone(target))?;
    let lock = format!("SELECT pg_advisory_lock({MIGRATING})");
    link.run_long(Lacking::Opens, &lock).map_err(|_| StoreError::Unreachable)?;
    let migrated = migrate(&link);
    // Gone with the link in any case; this only says so at once.
    let unlocked = link.run(&format!("SELECT pg_advisory_unlock({MIGRATING})"));
    migrated?;
    unlocked?;
    read_columns(&link, target)
}

/// Reads the columns of a schema that somebody else keeps up to date.
pub(crate) fn beside(target: &Arc<Target>) -> Result<Link, StoreError> {
    let link = Link::new(Arc::clone(target))?;
    let found = version(&link).map_err(|_| StoreError::Unreachable)?;
    if found != known() {
        return Err(StoreError::SchemaNewer { found, known: known() });
    }
    read_columns(&link, target)?;
    Ok(link)
}

fn known() -> i64 {
    i64::try_from(MIGRATIONS.len()).expect("there are a handful of migrations")
}

fn version(link: &Link) -> Result<i64, StoreError> {
    let told = link.round(&[Ask::new("SELECT max(version) FROM schema_version", Vec::new())])?;
    let answer = told.first().and_then(|told| told.rows.first()).and_then(line);
    match answer.as_deref() {
        Some([Value::Integer(version)]) => Ok(*version),
        // A table without a row: nothing was migrated yet.
        Some([Value::Null]) => Ok(0),
        // Never taken for a new database: its scripts would run a second time.
        Some(_) | None => Err(StoreError::Corrupt { table: "schema_version", column: "version" }),
    }
}

fn migrate(link: &Link) -> Result<(), StoreError> {
    // The lock goes with the connection: on another one nothing may be migrated.
    let run = |sql: &str| link.run_long(Lacking::Fails, sql);
    run("CREATE TABLE IF NOT EXISTS schema_version (version bigint PRIMARY KEY)")?;
    let found = version(link)?;
    if found > known() {
        return Err(StoreError::SchemaNewer { found, known: known() });
    }
    for (to, script) in (1_i64..).zip(MIGRATIONS).filter(|(to, _)| *to > found) {
        run(&format!(
            "BEGIN; {script}; INSERT INTO schema_version (version) VALUES ({to}); COMMIT;"
        ))?;
    }
    Ok(())
}

fn read_columns(link: &Link, target: &Target) -> Result<(), StoreError> {
    let sql = "SELECT table_name::text, column_name::text, data_type::text \
               FROM information_schema.columns WHERE table_schema = current_schema()";
    let mut types = Types::new();
    for told in link.round(&[Ask::new(sql, Vec::new())])? {
        for row in &told.rows {
            if let Some([Value::Text(table), Value::Text(column), Value::Text(kind)]) =
                line(row).as_deref()
            {
                types.insert((table.clone(), column.clone()), kind.clone());
            }
        }
    }
    target.types.set(types).map_err(|_| StoreError::Bug)
}

/// A value under a name.
pub(crate) fn setting(link: &Link, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let values = vec![Value::Text(name.to_owned())];
    let told = link.round(&[Ask::new("SELECT value FROM settings WHERE name = $1", values)])?;
    let Some(row) = told.first().and_then(|told| told.rows.first()) else { return Ok(None) };
    match line(row).as_deref() {
        Some([Value::Blob(value)]) => Ok(Some(value.clone())),
        Some(_) | None => Err(StoreError::Corrupt { table: "settings", column: "value" }),
    }
}

/// Keeps a value under a name, in the commit that is open.
pub(crate) fn set_setting(link: &Link, name: &str, value: &[u8]) -> Result<(), StoreError> {
    let sql = "INSERT INTO settings (name, value) VALUES ($1, $2) \
               ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    let values = vec![Value::Text(name.to_owned()), Value::Blob(value.to_vec())];
    link.round(&[Ask::new(sql, values)]).map(drop)
}

/// Puts a value in the place of the one that was read, in the commit that is open, and says whether
/// that was still there.
pub(crate) fn replace_setting(
    link: &Link,
    name: &str,
    (old, new): (Option<&[u8]>, &[u8]),
) -> Result<bool, StoreError> {
    let (name, new) = (Value::Text(name.to_owned()), Value::Blob(new.to_vec()));
    let ask = match old {
        Some(old) => Ask::new(
            "UPDATE settings SET value = $2 WHERE name = $1 AND value = $3",
            vec![name, new, Value::Blob(old.to_vec())],
        ),
        None => Ask::new(
            "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
            vec![name, new],
        ),
    };
    Ok(link.round(&[ask])?.first().is_some_and(|told| told.count == 1))
}
