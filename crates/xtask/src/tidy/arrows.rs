//! Which crate may depend on which: a crate exists to forbid a dependency, and this is the list.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::failure::{Attempting, Failure};

use super::{Finding, Tree};

/// The arrows there are. A new one is a line in DECISIONS.md before it is a word here.
const ARROWS: &[(&str, &[&str])] = &[
    ("farthing-core", &[]),
    ("farthing-domain", &["farthing-core"]),
    ("farthing-store", &["farthing-domain", "farthing-core"]),
    ("farthing-vault", &["farthing-core"]),
    ("farthing-acquirer", &["farthing-core"]),
    (
        "farthing-server",
        &[
            "farthing-store",
            "farthing-vault",
            "farthing-acquirer",
            "farthing-domain",
            "farthing-core",
        ],
    ),
    ("farthing", &["farthing-server", "farthing-store", "farthing-vault", "farthing-acquirer"]),
    ("farthing-wasm", &["farthing-core"]),
    ("farthing-edge", &["farthing-core"]),
    ("xtask", &[]),
];
/// The package of tests that cross crates may look at all of them; nothing depends on it.
const TESTS: &str = "farthing-tests";

/// Crates that open a database, and who may use them.
const DATABASES: [&str; 6] =
    ["rusqlite", "libsqlite3-sys", "tokio-postgres", "postgres", "deadpool-postgres", "sqlx"];
const SPEAK_SQL: [&str; 3] = ["farthing-store", "farthing-acquirer", TESTS];

pub(crate) fn check(tree: &Tree<'_>) -> Vec<Finding> {
    let packages = match packages(tree.repo.root()) {
        Ok(packages) => packages,
        Err(failure) => return vec![Finding::new("Cargo.toml", 1, failure.to_string())],
    };
    let ours: Vec<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    let mut findings = Vec::new();
    for package in &packages {
        let wrong =
            |what: String| Finding::new(&package.manifest, line_of(package, &what), what.clone());
        for to in package.dependencies.iter().filter(|to| ours.contains(&to.as_str())) {
            if !allowed(&package.name, to) {
                findings.push(wrong(format!(
                    "`{}` must not depend on `{to}`; move the code, or decide on the arrow in \
                     DECISIONS.md and list it in {}",
                    package.name,
                    file!()
                )));
            }
        }
        for to in package.dependencies.iter().filter(|to| DATABASES.contains(&to.as_str())) {
            if !SPEAK_SQL.contains(&package.name.as_str()) {
                findings.push(wrong(format!(
                    "`{}` must not open a database with `{to}`; ask the store",
                    package.name
                )));
            }
        }
        if package.name != TESTS && !ARROWS.iter().any(|(from, _)| *from == package.name) {
            findings.push(wrong(format!(
                "`{}` has no line of arrows; add one to {}",
                package.name,
                file!()
            )));
        }
    }
    findings
}

fn allowed(from: &str, to: &str) -> bool {
    from == TESTS || ARROWS.iter().any(|(name, arrows)| *name == from && arrows.contains(&to))
}

struct Package {
    name: String,
    /// Relative to the root.
    manifest: String,
    text: String,
    /// Of every kind: a test that reaches across is an arrow too.
    dependencies: Vec<String>,
}

/// Where the manifest names what the message is about, so that an editor can jump there.
fn line_of(package: &Package, what: &str) -> usize {
    let named = what.split('`').nth(3).unwrap_or(&package.name);
    let stands =
        |line: &str| line.trim_start().starts_with(named) || line.contains(&format!("\"{named}\""));
    package.text.lines().position(stands).map_or(1, |index| index + 1)
}

/// Asked of cargo, which knows renamed and target-specific dependencies too.
fn packages(root: &Path) -> Result<Vec<Package>, Failure> {
    let output = Command::new("cargo")
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1", "--manifest-path"])
        .arg(root.join("Cargo.toml"))
        .output()
        .attempting("asking cargo for the manifests")?;
    if !output.status.success() {
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(Failure::new(format!("cargo cannot read the manifests: {told}")));
    }
    let metadata: Value = serde_json::from_slice(&output.stdout)
        .attempting("reading what cargo says of the manifests")?;
    let packages = metadata["packages"].as_array().into_iter().flatten();
    packages.map(|package| read(root, package)).collect()
}

fn read(root: &Path, package: &Value) -> Result<Package, Failure> {
    let text_of = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let manifest = text_of(&package["manifest_path"]);
    let text = std::fs::read_to_string(&manifest).attempting(&manifest)?;
    let dependencies = package["dependencies"].as_array().into_iter().flatten();
    Ok(Package {
        name: text_of(&package["name"]),
        manifest: super::relative(root, Path::new(&manifest)),
        text,
        dependencies: dependencies.map(|dependency| text_of(&dependency["name"])).collect(),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use crate::repo::Repo;

    use super::*;

    /// Checks a workspace of the given packages, each with the given lines under its name.
    fn findings(packages: &[(&str, &str)]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        fs::write(root.join("Cargo.toml"), "[workspace]\nresolver = \"3\"\nmembers = [\"*\"]\n")
            .unwrap();
        for (name, lines) in packages {
            let package = root.join(name);
            fs::create_dir_all(package.join("src")).unwrap();
            fs::write(package.join("src/lib.rs"), "").unwrap();
            let manifest = format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\n{lines}\n");
            fs::write(package.join("Cargo.toml"), manifest).unwrap();
        }
        let repo = Repo::at(&root);
        let found = check(&Tree { repo: &repo, sources: vec![] });
        found.into_iter().map(|it| format!("{}:{}: {}", it.path, it.line, it.what)).collect()
    }

    #[test]
    fn the_listed_arrows_pass() {
        let store =
            "[dependencies]\nfarthing-core = { path = \"../farthing-core\" }\nrusqlite = \"0.41\"";
        let tests = "[dev-dependencies]\nfarthing-store = { path = \"../farthing-store\" }";
        let packages =
            [("farthing-core", ""), ("farthing-store", store), ("farthing-tests", tests)];
        assert_eq!(findings(&packages), Vec::<String>::new());
    }

    #[test]
    fn an_arrow_outward_is_found_however_it_is_written() {
        for lines in [
            "[dependencies]\nfarthing-store = { path = \"../farthing-store\" }",
            "[dev-dependencies]\nfarthing-store.path = \"../farthing-store\"",
            "[build-dependencies.farthing-store]\npath = \"../farthing-store\"",
            "[dependencies]\nbooks = { package = \"farthing-store\", path = \"../farthing-store\" }",
            "[target.'cfg(unix)'.dependencies]\nfarthing-store = { path = \"../farthing-store\" }",
        ] {
            let found = findings(&[("farthing-core", lines), ("farthing-store", "")]);
            assert_eq!(found.len(), 1, "{lines}: {found:?}");
            assert!(
                found[0].contains("`farthing-core` must not depend on `farthing-store`"),
                "{found:?}"
            );
            assert!(found[0].starts_with("farthing-core/Cargo.toml:"), "{found:?}");
        }
    }

    #[test]
    fn databases_and_strangers_are_found() {
        let found = findings(&[("farthing-server", "[dependencies]\nrusqlite = \"0.41\"")]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("farthing-server/Cargo.toml:5: "), "{found:?}");
        let found = findings(&[("farthing-extra", "")]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("has no line of arrows"), "{found:?}");
    }
}
