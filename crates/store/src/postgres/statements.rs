//! The statements that every table has, with arrays, and the words that differ from SQLite's.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::row::Table;

/// The type of each column by table and name, as the database says.
pub(crate) type Types = BTreeMap<(String, String), String>;

/// The statements of one table.
#[derive(Debug)]
pub(crate) struct Statements {
    /// Rows by their keys, each key column an array.
    pub(crate) load: String,
    /// New rows, each column an array.
    pub(crate) insert: String,
    /// Rows' changed columns, asserting the unchanged ones; each column an array.
    pub(crate) update: String,
    /// Without rows, by their keys.
    pub(crate) delete: String,
    /// The first rows in key order, so many.
    pub(crate) first: String,
    /// The next rows in key order after a key, so many.
    pub(crate) next: String,
}

impl Statements {
    pub(crate) fn of(table: &Table, types: &Types) -> Self {
        let name = table.name;
        let columns: Vec<&str> = table.columns().collect();
        let listed = columns.join(", ");
        let keys = table.key.len();
        let kept = keys.saturating_add(table.fixed.len());
        let by_key =
            joined(table.key, " AND ", |place, column| format!("{name}.{column} = u.c{place}"));
        let mut fixed = String::new();
        for (place, column) in (1..).zip(&columns).take(kept).skip(keys) {
            write!(fixed, " AND {name}.{column} IS NOT DISTINCT FROM u.c{place}")
                .expect("writing to a String cannot fail");
        }
        let mut sets = String::new();
        for (place, column) in (1..).zip(&columns).skip(kept) {
            let comma = if sets.is_empty() { "" } else { ", " };
            write!(sets, "{comma}{column} = u.c{place}").expect("writing to a String cannot fail");
        }
        let own = joined(&columns, ", ", |_: usize, column| format!("{name}.{column}"));
        let (all, some) = (unnest(name, &columns, types), unnest(name, table.key, types));
        let order = table.key.join(", ");
        let places = joined(table.key, ", ", |place: usize, _| format!("${place}"));
        let after = keys.saturating_add(1);
        Self {
            load: format!("SELECT {own} FROM {some} JOIN {name} ON {by_key}"),
            insert: format!("INSERT INTO {name} ({listed}) SELECT * FROM {all}"),
            update: format!("UPDATE {name} SET {sets} FROM {all} WHERE {by_key}{fixed}"),
            delete: format!("DELETE FROM {name} USING {some} WHERE {by_key}"),
            first: format!("SELECT {listed} FROM {name} ORDER BY {order} LIMIT $1"),
            next: format!(
                "SELECT {listed} FROM {name} WHERE ({order}) > ({places}) ORDER BY {order} LIMIT ${after}"
            ),
        }
    }
}

/// `unnest($1::bigint[], …) AS u(c1, …)`
fn unnest(table: &str, columns: &[&str], types: &Types) -> String {
    let arrays = joined(columns, ", ", |place, column| {
        let kind = types.get(&(table.to_owned(), column.to_owned()));
        let kind = kind.expect("every column of a table is in the schema, which is this release's");
        format!("${place}::{kind}[]")
    });
    let names = joined(columns, ", ", |place: usize, _| format!("c{place}"));
    format!("unnest({arrays}) AS u({names})")
}

fn joined(columns: &[&str], between: &str, each: impl Fn(usize, &str) -> String) -> String {
    let parts: Vec<String> =
        (1..).zip(columns).map(|(place, column)| each(place, column)).collect();
    parts.join(between)
}

/// A statement of both engines in this one's words: places are `$1`, and no index is named.
pub(crate) fn translated(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some((before, after)) = rest.split_once("INDEXED BY ") {
        out.push_str(before);
        rest = after.split_once(' ').map_or("", |(_index, rest)| rest);
    }
    out.push_str(rest);
    out.replace('?', "$")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_follow_from_the_columns_and_their_types() {
        let table = Table::new("coins", &["tenant", "id"], &["made"], &["side"]);
        let kinds = [("tenant", "bigint"), ("id", "bytea"), ("made", "bigint"), ("side", "text")];
        let types: Types = kinds
            .into_iter()
            .map(|(column, kind)| (("coins".to_owned(), column.to_owned()), kind.to_owned()))
            .collect();
        let made = Statements::of(&table, &types);
        assert_eq!(
            made.load,
            "SELECT coins.tenant, coins.id, coins.made, coins.side \
             FROM unnest($1::bigint[], $2::bytea[]) AS u(c1, c2) \
             JOIN coins ON coins.tenant = u.c1 AND coins.id = u.c2"
        );
        assert_eq!(
            made.update,
            "UPDATE coins SET side = u.c4 \
             FROM unnest($1::bigint[], $2::bytea[], $3::bigint[], $4::text[]) AS u(c1, c2, c3, c4) \
             WHERE coins.tenant = u.c1 AND coins.id = u.c2 AND coins.made IS NOT DISTINCT FROM u.c3"
        );
        assert_eq!(
            made.next,
            "SELECT tenant, id, made, side FROM coins WHERE (tenant, id) > ($1, $2) \
             ORDER BY tenant, id LIMIT $3"
        );
    }

    #[test]
    fn words_of_sqlite_are_translated() {
        assert_eq!(
            translated("FROM t INDEXED BY t_i WHERE a = ?1 AND b > ?12"),
            "FROM t WHERE a = $1 AND b > $12"
        );
        assert_eq!(translated("INDEXED BY t_i WHERE a = ?1"), "WHERE a = $1");
    }
}
