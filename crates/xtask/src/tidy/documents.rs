//! Rules about manifests and documents: what they promise to people outside.

use serde_json::Value;

use super::{Finding, Source, Tree};

const CHANGELOG: &str = "CHANGELOG.md";
const PACKAGE: &str = "js/package.json";
const MAP: &str = "crates/ARCHITECTURE.md";

pub(crate) fn changelog(tree: &Tree<'_>) -> Vec<Finding> {
    let Some(version) = version(tree) else { return vec![] };
    let Some(changelog) = tree.source(CHANGELOG) else {
        let what = format!("is missing; give {version} a heading");
        return vec![Finding::new(CHANGELOG, 1, what)];
    };
    let names_it = |line: &str| line.split([' ', '[', ']']).any(|word| word == version);
    let headings: Vec<usize> = changelog
        .lines()
        .filter(|(_, line)| line.starts_with("## ") && names_it(line))
        .map(|(number, _)| number)
        .collect();
    match headings.as_slice() {
        [_] => vec![],
        [] => vec![Finding::new(CHANGELOG, 1, format!("no heading `## {version}`; add it"))],
        [_, second, ..] => {
            let what = format!("a second heading for {version}; join the two");
            vec![Finding::new(CHANGELOG, *second, what)]
        }
    }
}

/// The version that every crate shares.
fn version<'t>(tree: &'t Tree<'_>) -> Option<&'t str> {
    let manifest = tree.source("Cargo.toml")?;
    let mut lines = manifest.text.lines().skip_while(|line| *line != "[workspace.package]");
    lines.find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"'))
}

pub(crate) fn npm_package(tree: &Tree<'_>) -> Vec<Finding> {
    let Some(source) = tree.source(PACKAGE) else { return vec![] };
    let package: Value = match serde_json::from_str(&source.text) {
        Ok(package) => package,
        Err(error) => {
            let what = format!("cannot be read ({error}); it must be JSON");
            return vec![Finding::new(PACKAGE, error.line(), what)];
        }
    };
    let mut findings = Vec::new();
    for kind in ["dependencies", "peerDependencies", "optionalDependencies", "bundleDependencies"] {
        let empty = match &package[kind] {
            Value::Null => true,
            Value::Object(map) => map.is_empty(),
            Value::Array(list) => list.is_empty(),
            Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
        };
        if !empty {
            let what = format!("`{kind}` is not empty; the package has no runtime dependency");
            findings.push(Finding::new(PACKAGE, line_with(source, &format!("\"{kind}\"")), what));
        }
    }
    if let Some(version) = version(tree).filter(|version| package["version"] != *version) {
        let what =
            format!("the version is not {version}, that of the crates; they are released together");
        findings.push(Finding::new(PACKAGE, line_with(source, "\"version\""), what));
    }
    findings
}

pub(crate) fn lock_files(tree: &Tree<'_>) -> Vec<Finding> {
    let locks = tree.sources.iter().filter(|source| source.path.ends_with("package-lock.json"));
    let what = "a download address; write `omit-lockfile-registry-resolved=true` into the .npmrc \
                beside it and make the lock file again";
    let told = |source: &Source| {
        let address =
            source.lines().find(|(_, line)| line.trim_start().starts_with("\"resolved\": \"http"));
        address.map(|(number, _)| Finding::new(&source.path, number, what))
    };
    locks.filter_map(told).collect()
}

pub(crate) fn map(tree: &Tree<'_>) -> Vec<Finding> {
    let Some(map) = tree.source(MAP) else { return vec![] };
    let unnamed = |source: &Source| {
        let folder = source.path.strip_prefix("crates/")?.strip_suffix("/Cargo.toml")?;
        let package = source
            .text
            .lines()
            .find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'))?;
        let names = ["crates/@", "`@`", "`@/`"].map(|form| form.replace('@', folder)).into_iter();
        let on_map = names.chain([format!("({package})")]).any(|name| map.text.contains(&name));
        (!on_map)
            .then(|| Finding::new(MAP, 1, format!("`crates/{folder}` is not on the map; add it")))
    };
    tree.sources.iter().filter_map(unnamed).collect()
}

fn line_with(source: &Source, text: &str) -> usize {
    source.lines().find(|(_, line)| line.contains(text)).map_or(1, |(number, _)| number)
}

#[cfg(test)]
mod tests {
    use super::super::planted::places;
    use super::*;

    const MANIFEST: (&str, &str) = ("Cargo.toml", "[workspace.package]\nversion = \"0.2.0\"\n");

    #[test]
    fn a_version_has_exactly_one_heading() {
        for (text, want) in [
            ("# Changes\n\n## 0.2.0\n\n## 0.1.0\n", None),
            ("## [0.2.0] (2026)\n", None),
            ("# Changes\n\n## 0.2.0-rc1\n", Some("CHANGELOG.md:1")),
            ("## 0.2.0\n\n## 0.2.0\n", Some("CHANGELOG.md:3")),
        ] {
            let found = places(changelog, &[MANIFEST, ("CHANGELOG.md", text)]);
            assert_eq!(found.first().map(String::as_str), want, "{text}");
        }
        assert_eq!(places(changelog, &[MANIFEST]), ["CHANGELOG.md:1"]);
    }

    #[test]
    fn the_npm_package_has_the_version_and_nothing_to_install() {
        for (text, want) in [
            (
                "{\"version\": \"0.2.0\",\n\"dependencies\": {},\n\"devDependencies\": {\"x\": \"1\"}}",
                None,
            ),
            (
                "{\"version\": \"0.2.0\",\n\"dependencies\": {\"x\": \"1\"}}",
                Some("js/package.json:2"),
            ),
            (
                "{\"version\": \"0.2.0\",\n\"peerDependencies\": {\"x\": \"1\"}}",
                Some("js/package.json:2"),
            ),
            ("{\n\n\"version\": \"0.1.0\"}", Some("js/package.json:3")),
        ] {
            let found = places(npm_package, &[MANIFEST, ("js/package.json", text)]);
            assert_eq!(found.first().map(String::as_str), want, "{text}");
        }
    }

    #[test]
    fn a_download_address_is_found() {
        let lock = "{\n  \"resolved\": \"https://registry.invalid/x.tgz\"\n}";
        let link = "{\n  \"resolved\": \"../js\"\n}";
        let files = [("js/package-lock.json", lock), ("examples/a/package-lock.json", link)];
        assert_eq!(places(lock_files, &files), ["js/package-lock.json:2"]);
    }

    #[test]
    fn a_crate_off_the_map_is_found() {
        let core = ("crates/core/Cargo.toml", "name = \"farthing-core\"\n");
        let cli = ("crates/cli/Cargo.toml", "name = \"farthing\"\n");
        assert_eq!(places(map, &[core, cli, (MAP, "`core` and (farthing)")]), [""; 0]);
        assert_eq!(
            places(map, &[core, cli, (MAP, "`core/` and farthing")]),
            ["crates/ARCHITECTURE.md:1"]
        );
        assert_eq!(places(map, &[core]), [""; 0]);
    }
}
