//! What guards the rows in one engine guards them in the other: triggers, by name and event, and
//! CHECKs, by what they say; and where there is a difference, it is a known one with a reason.

use std::collections::BTreeSet;

use farthing_store::Store;
use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

use crate::cluster::Database;
use crate::engines::{by_hand, render};

type Lines = BTreeSet<String>;

const REPLACES: &str = "REPLACE deletes and asks no trigger of deletions";

/// What only the file has, and why.
const ONLY_SQLITE: &[(&str, &str)] = &[
    ("audit audit_kept insert", REPLACES),
    ("balance_transactions balance_transactions_kept insert", REPLACES),
    ("bodies bodies_kept insert", REPLACES),
    ("entries entries_kept insert", REPLACES),
    ("events events_kept insert", REPLACES),
    ("transfers transfers_kept insert", REPLACES),
    ("charges charges_covered insert", "a check of several columns cannot be added to a table"),
    ("charges charges_covered update", "a check of several columns cannot be added to a table"),
];

/// What only the database across a socket has, and why.
const ONLY_POSTGRES: &[(&str, &str)] = &[
    ("audit audit_kept truncate", "there is no TRUNCATE in SQLite"),
    ("balance_transactions balance_transactions_kept truncate", "there is no TRUNCATE in SQLite"),
    ("bodies bodies_kept truncate", "there is no TRUNCATE in SQLite"),
    ("entries entries_kept truncate", "there is no TRUNCATE in SQLite"),
    ("events events_kept truncate", "there is no TRUNCATE in SQLite"),
    ("transfers transfers_kept truncate", "there is no TRUNCATE in SQLite"),
    (
        "charges CHECK ((((refunded + refund_reserved) + disputed) <= COALESCE(captured, (0)::bigint)))",
        "in SQLite it is the trigger charges_covered",
    ),
];

/// `held_covered_2` is one of several that are one: `held_covered`.
fn family(name: &str) -> &str {
    let (stem, number) = name.rsplit_once('_').unwrap_or((name, ""));
    let counts = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    if counts { stem } else { name }
}

/// A file's statements without their comments.
fn bare(sql: &str) -> String {
    sql.lines()
        .map(|line| line.split("--").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join(" ")
}

/// One line for each event of each trigger: the table, what it is called, when it fires.
fn triggers_of_file(file: &rusqlite::Connection) -> Lines {
    let mut statement = file
        .prepare("SELECT tbl_name, name, sql FROM sqlite_schema WHERE type = 'trigger'")
        .expect("it can be done");
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let found = statement.query_map([], read).expect("it can be done");
    found
        .map(|row| {
            let (table, name, sql): (String, String, String) = row.expect("it can be done");
            let words = bare(&sql);
            let mut words = words.split_whitespace().skip_while(|word| *word != "BEFORE").skip(1);
            let event = words.next().expect("an event").to_lowercase();
            let columns: Vec<&str> = words.take_while(|word| *word != "ON").skip(1).collect();
            let columns = columns.join(" ");
            let of = if columns.is_empty() { columns } else { format!(" of {columns}") };
            format!("{table} {} {event}{of}", family(&name))
        })
        .collect()
}

/// Each CHECK of each table, as it was written.
fn checks_of_file(file: &rusqlite::Connection) -> Vec<(String, String)> {
    let mut statement = file
        .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'table'")
        .expect("it can be done");
    let found =
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("it can be done");
    let mut checks = Vec::new();
    for row in found {
        let (table, sql): (String, String) = row.expect("it can be done");
        let sql = bare(&sql);
        for (at, _) in sql.match_indices("CHECK (") {
            let rest = &sql[at..];
            let mut depth = 0;
            let end = rest.find(|letter| {
                depth += i32::from(letter == '(') - i32::from(letter == ')');
                letter == ')' && depth == 0
            });
            checks.push((table.clone(), rest[..=end.expect("it is closed")].to_owned()));
        }
    }
    checks
}

const TRIGGERS: &str = "SELECT c.relname, t.tgname, e.event, \
    coalesce((SELECT ' of ' || string_agg(a.attname, ', ' ORDER BY k.n) \
        FROM unnest(t.tgattr::int2[]) WITH ORDINALITY AS k(at, n) \
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.at \
        WHERE e.event = 'update'), '') \
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid \
    JOIN pg_namespace n ON n.oid = c.relnamespace \
    CROSS JOIN (VALUES (4, 'insert'), (8, 'delete'), (16, 'update'), (32, 'truncate')) \
        AS e(bit, event) \
    WHERE n.nspname = 'public' AND NOT t.tgisinternal AND t.tgenabled = 'O' \
    AND t.tgtype & e.bit <> 0 AND t.tgtype & 2 <> 0";

const CHECKS: &str = "SELECT c.relname || ' ' || replace(pg_get_constraintdef(k.oid), ' NOT VALID', '') \
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid \
    JOIN pg_namespace n ON n.oid = c.relnamespace WHERE k.contype = 'c' AND n.nspname = ";

async fn triggers_of_database(client: &Client) -> Lines {
    let rows = client.query(TRIGGERS, &[]).await.expect("it can be done");
    let line = |row: &tokio_postgres::Row| {
        let [table, name, event, of]: [String; 4] = std::array::from_fn(|at| row.get(at));
        format!("{table} {} {event}{of}", family(&name))
    };
    rows.iter().map(line).collect()
}

async fn checks_of_database(client: &Client, schema: &str) -> Lines {
    let rows = client.query(&format!("{CHECKS}'{schema}'"), &[]).await.expect("it can be done");
    rows.iter().map(|row| row.get(0)).collect()
}

/// The file's checks as this database would have them: it reads them and says what it understood.
async fn translated(client: &Client, checks: &[(String, String)]) -> Lines {
    client
        .batch_execute("DROP SCHEMA IF EXISTS file CASCADE; CREATE SCHEMA file")
        .await
        .expect("it can be done");
    let tables: BTreeSet<&String> = checks.iter().map(|(table, _)| table).collect();
    for table in tables {
        let like = format!("CREATE TABLE file.{table} (LIKE public.{table})");
        client.batch_execute(&like).await.expect("it can be done");
    }
    for (table, check) in checks {
        let add = format!("ALTER TABLE file.{table} ADD {check}");
        client.batch_execute(&add).await.expect("it can be done");
    }
    checks_of_database(client, "file").await
}

/// What is only here, and what is only there.
async fn differences(file: &rusqlite::Connection, client: &Client) -> (Lines, Lines) {
    let checks = checks_of_file(file);
    let mut ours = triggers_of_file(file);
    let mut theirs = triggers_of_database(client).await;
    assert!(ours.len() > 15 && checks.len() > 100, "what is compared was found");
    ours.extend(translated(client, &checks).await);
    theirs.extend(checks_of_database(client, "public").await);
    let only = |these: &Lines, those: &Lines| these.difference(those).cloned().collect();
    (only(&ours, &theirs), only(&theirs, &ours))
}

fn known(list: &[(&str, &str)]) -> Lines {
    assert!(list.iter().all(|(_, why)| !why.is_empty()), "each has a reason");
    list.iter().map(|(line, _)| (*line).to_owned()).collect()
}

#[test]
fn both_schemas_are_guarded_alike() {
    let (dir, database) = (TempDir::new().expect("it can be done"), Database::new());
    drop(Store::manual_sqlite(dir.path(), render()).expect("it can be done"));
    drop(Store::manual_postgres(&database.url(), render()).expect("it can be done"));
    let file = by_hand(Some(&dir));
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("it can be done");
    runtime.block_on(async {
        let (client, connection) =
            tokio_postgres::connect(&database.url(), NoTls).await.expect("it can be done");
        tokio::spawn(connection);
        let expected = (known(ONLY_SQLITE), known(ONLY_POSTGRES));
        assert_eq!(differences(&file, &client).await, expected, "only in SQLite, in PostgreSQL");

        // What is missing on either side is seen.
        let drops = "DROP TRIGGER entries_kept_1 ON entries; \
            ALTER TABLE refunds DROP CONSTRAINT refunds_amount_check";
        client.batch_execute(drops).await.expect("it can be done");
        file.execute_batch("DROP TRIGGER held_covered_2").expect("it can be done");
        let (ours, theirs) = differences(&file, &client).await;
        let new: Vec<&String> = ours.difference(&expected.0).collect();
        assert_eq!(new, ["entries entries_kept update", "refunds CHECK ((amount > 0))"]);
        let new: Vec<&String> = theirs.difference(&expected.1).collect();
        assert_eq!(new, ["balances held_covered update of minor"]);
    });
}
