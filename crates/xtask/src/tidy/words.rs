//! One word is banned in Rust because it means three things: the database's, the network's and the
//! ledger's. We say *commit*, *attempt* and *transfer*. Names of the wire are not ours to choose.

use super::{Finding, Tree};

/// Spelled in pieces, so that this file is no finding.
const WORD: &str = concat!("trans", "action");
/// Wire names begin with one of these: the object of a merchant's balance, and the network's own id.
const QUALIFIERS: [&str; 2] = ["balance", "network"];
/// Names that others chose: a decline code, and a type of the database's binding.
const NAMES: [&str; 2] =
    [concat!("trans", "action_not_allowed"), concat!("trans", "actionbehavior")];

pub(crate) fn check(tree: &Tree<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in tree.with_extension(&["rs"]) {
        for (number, line) in source.lines() {
            if stands_bare(line) {
                let what =
                    format!("the bare word `{WORD}`; say commit, attempt, transfer or intent");
                findings.push(Finding::new(&source.path, number, what));
            }
        }
    }
    findings
}

fn stands_bare(line: &str) -> bool {
    let line = without_strings(line).to_lowercase();
    line.match_indices(WORD).any(|(start, _)| {
        let before = line[..start].trim_end_matches(['_', '-', ' ', '.']);
        let qualified = QUALIFIERS.iter().any(|qualifier| before.ends_with(qualifier));
        let named = NAMES.iter().any(|name| line[start..].starts_with(name));
        !qualified && !named
    })
}

/// What a line says in our own words: texts of the wire stand in quotes and are not ours to choose.
fn without_strings(line: &str) -> String {
    let mut outside = true;
    let mut escaped = false;
    let mut said = String::with_capacity(line.len());
    for (index, character) in line.char_indices() {
        if outside && line[index..].starts_with("//") {
            said.push_str(&line[index..]);
            break;
        }
        match character {
            '"' if !escaped => outside = !outside,
            _ if outside => said.push(character),
            _ => {}
        }
        escaped = character == '\\' && !escaped;
    }
    said
}

#[cfg(test)]
mod tests {
    use super::super::planted::places;
    use super::*;

    #[test]
    fn only_qualified_uses_pass() {
        for (line, bare) in [
            ("/// The @ is rolled back.", true),
            ("let @ = connection.begin()?;", true),
            ("fn open_@s() {}", true),
            ("struct Ledger@@;", true),
            ("pub balance_@: Option<Id>,", false),
            ("struct Balance@@;", false),
            ("/// A balance @ of the merchant.", false),
            ("\"network_@_id\"", false),
            ("\"@_not_allowed\" => Decline,", false),
            ("balance_@ and then a @", true),
            ("Decline => \"This @ needs \\\"3DS\\\".\", // Their words.", false),
            ("Decline => \"Declined.\", // The @ of the bank.", true),
        ] {
            let line = line.replace("@@", &capitalized()).replace('@', WORD);
            let found = places(check, &[("a.rs", &line), ("a.ts", &line)]);
            assert_eq!(found, if bare { vec!["a.rs:1"] } else { vec![] }, "{line}");
        }
    }

    fn capitalized() -> String {
        format!("T{}", &WORD[1..])
    }
}
