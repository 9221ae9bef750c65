//! The two schemas say the same: tables, columns, types, what may be null, unique indexes; and
//! they guard the same.

mod guards;

use std::collections::BTreeSet;

use farthing_store::Store;
use tempfile::TempDir;
use tokio_postgres::NoTls;

use crate::cluster::Database;
use crate::engines::render;

/// One line for each column and each unique index.
type Lines = BTreeSet<String>;

fn sqlite(dir: &TempDir) -> Lines {
    let file = rusqlite::Connection::open(dir.path().join("farthing.db")).expect("it opens");
    let columns = "SELECT m.name || '.' || c.name || ' ' || \
        CASE c.type WHEN 'INTEGER' THEN 'bigint' WHEN 'BLOB' THEN 'bytea' ELSE 'text' END || \
        CASE WHEN c.\"notnull\" = 1 OR c.pk > 0 THEN ' not null' ELSE '' END \
        FROM sqlite_schema m JOIN pragma_table_xinfo(m.name) c \
        WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'";
    // With its columns in order; a partial one says so.
    let indexes = "SELECT m.name || ' unique (' || (SELECT group_concat(name, ', ') FROM \
        (SELECT name FROM pragma_index_xinfo(i.name) WHERE key = 1 ORDER BY seqno)) || ')' || \
        CASE i.partial WHEN 1 THEN ' where' ELSE '' END \
        FROM sqlite_schema m JOIN pragma_index_list(m.name) i \
        WHERE m.type = 'table' AND i.\"unique\" = 1";
    // A row's number is the key of a table with one integer as its key: no index is listed.
    let rowids = "SELECT m.name || ' unique (' || min(c.name) || ')' \
        FROM sqlite_schema m JOIN pragma_table_xinfo(m.name) c \
        WHERE m.type = 'table' AND c.pk > 0 AND m.sql NOT LIKE '%WITHOUT ROWID%' GROUP BY m.name";
    let mut lines = Lines::new();
    for sql in [columns, indexes, rowids] {
        let mut statement = file.prepare(sql).expect("it is well formed");
        let found = statement.query_map([], |row| row.get(0)).expect("it runs");
        lines.extend(found.map(|line| line.expect("text")));
    }
    lines
}

fn postgres(database: &Database) -> Lines {
    let columns = "SELECT table_name || '.' || column_name || ' ' || data_type || \
        CASE is_nullable WHEN 'NO' THEN ' not null' ELSE '' END \
        FROM information_schema.columns WHERE table_schema = 'public'";
    let indexes = "SELECT t.relname || ' unique (' || (SELECT string_agg(a.attname, ', ' ORDER BY k.n) \
        FROM unnest(i.indkey) WITH ORDINALITY AS k(at, n) \
        JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.at) || ')' || \
        CASE WHEN i.indpred IS NULL THEN '' ELSE ' where' END \
        FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid \
        JOIN pg_namespace n ON n.oid = t.relnamespace \
        WHERE n.nspname = 'public' AND i.indisunique";
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime can be made").block_on(async {
        let connected = tokio_postgres::connect(&database.url(), NoTls).await;
        let (client, connection) = connected.expect("it is there");
        tokio::spawn(connection);
        let mut lines = Lines::new();
        for sql in [columns, indexes] {
            let rows = client.query(sql, &[]).await.expect("it runs");
            lines.extend(rows.iter().map(|row| row.get::<_, String>(0)));
        }
        lines
    })
}

#[test]
fn both_schemas_are_one() {
    let (dir, database) = (TempDir::new().expect("a folder"), Database::new());
    Store::manual_sqlite(dir.path(), render()).expect("a new folder opens");
    Store::manual_postgres(&database.url(), render()).expect("a new database opens");
    let (ours, theirs) = (sqlite(&dir), postgres(&database));
    let only = |these: &Lines, those: &Lines| these.difference(those).cloned().collect::<Vec<_>>();
    let (missing, added) = (only(&ours, &theirs), only(&theirs, &ours));
    assert!(
        missing.is_empty() && added.is_empty(),
        "only in SQLite: {missing:#?}; only in PostgreSQL: {added:#?}"
    );
    assert!(ours.len() > 200, "what is compared was found: {}", ours.len());
}
