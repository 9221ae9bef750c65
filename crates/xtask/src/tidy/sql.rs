//! SQL only in the store, in the simulator's own book, and in the one folder of the Worker that
//! speaks to its Durable Object's storage.

use super::{Finding, Tree};

/// `store` keeps our books; `acquirer` stands for somebody else's system with a book of its own; an
/// inbox at the edge has no store to ask, and keeps its few tables in one folder, and the
/// limiter its one table.
const SPEAK_SQL: [&str; 4] = [
    "crates/store/",
    "crates/acquirer/",
    "crates/worker/src/inbox/shelf/",
    "crates/worker/src/limiter.rs",
];
/// Spelled in pieces, so that this file is no finding.
const STATEMENTS: [&str; 9] = [
    concat!("SELECT", " "),
    concat!("INSERT", " INTO"),
    concat!("INSERT", " OR "),
    concat!("DELETE", " FROM"),
    concat!("CREATE", " TABLE"),
    concat!("CREATE", " INDEX"),
    concat!("PRAGMA", " "),
    concat!("BEGIN", " IMMEDIATE"),
    concat!("ON", " CONFLICT"),
];

pub(crate) fn check(tree: &Tree<'_>) -> Vec<Finding> {
    let elsewhere = tree.with_extension(&["rs"]).filter(|source| {
        source.path.starts_with("crates/")
            && !SPEAK_SQL.iter().any(|home| source.path.starts_with(home))
    });
    let mut findings = Vec::new();
    for source in elsewhere {
        for (number, line) in
            source.lines().filter(|(_, line)| !line.trim_start().starts_with("//"))
        {
            if let Some(statement) = STATEMENTS.iter().find(|statement| line.contains(**statement))
            {
                findings.push(Finding::new(
                    &source.path,
                    number,
                    format!("`{}` outside the store; ask the store instead", statement.trim_end()),
                ));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::planted::places;
    use super::*;

    #[test]
    fn a_statement_in_a_route_is_found() {
        let statement = concat!("//! Doc.\nlet sql = \"SELECT", " 1\";\n");
        let comment = concat!("// SELECT", " would be wrong here.\n");
        let found = places(
            check,
            &[
                ("crates/server/src/routes/pay.rs", statement),
                ("crates/server/src/lib.rs", comment),
                ("crates/store/src/lib.rs", statement),
                ("crates/acquirer/src/book.rs", statement),
                ("tests/src/lib.rs", statement),
            ],
        );
        assert_eq!(found, ["crates/server/src/routes/pay.rs:2"]);
    }
}
