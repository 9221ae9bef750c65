//! What every program we start is told: where the tools are, and to leave the network alone.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::repo::Repo;

use super::{apt, debian_std};

/// Variables for every build and test command.
///
/// `wasm-pack` and `worker-build` would fetch programs of their own; on a closed network they
/// cannot, so each is handed over by path.
pub(crate) fn variables(repo: &Repo) -> Vec<(&'static str, OsString)> {
    let tools = repo.tools().join("bin");
    let old = std::env::var_os("PATH").unwrap_or_default();
    let mut variables = vec![
        ("PATH", join(&tools, &old)),
        ("FARTHING_BIN", repo.path("target/debug/farthing").into()),
        ("WRANGLER_SEND_METRICS", "false".into()),
        ("STRIPE_CLI_TELEMETRY_OPTOUT", "1".into()),
        ("npm_config_update_notifier", "false".into()),
        ("FORCE_COLOR", "0".into()),
        ("CI", "true".into()),
    ];
    let mut hand_over = |name, path: Option<PathBuf>| {
        variables.extend(path.map(|path| (name, path.into_os_string())));
    };
    hand_over("WASM_BINDGEN_BIN", program(repo, "wasm-bindgen"));
    hand_over("WASM_OPT_BIN", npm_program(repo, "wasm-opt"));
    hand_over("ESBUILD_BIN", npm_program(repo, "esbuild"));
    hand_over("CHROMIUM_BIN", apt::browser());
    variables
}

/// The same, for commands that compile to wasm: they may need the fall-back toolchain, and a
/// target folder of their own lets them run beside a native build.
pub(crate) fn wasm_variables(repo: &Repo) -> Vec<(&'static str, OsString)> {
    let mut variables = variables(repo);
    variables.push(("CARGO_TARGET_DIR", repo.path("target/wasm").into()));
    if debian_std::in_use(repo) {
        variables.push(("RUSTUP_TOOLCHAIN", debian_std::TOOLCHAIN.into()));
    }
    variables
}

/// A tool of ours, or else the one on the path.
fn program(repo: &Repo, name: &str) -> Option<PathBuf> {
    let ours = repo.tools().join("bin").join(name);
    if ours.is_file() { Some(ours) } else { on_path(name) }
}

fn npm_program(repo: &Repo, name: &str) -> Option<PathBuf> {
    ["crates/worker", "js"]
        .into_iter()
        .map(|folder| repo.path(folder).join("node_modules/.bin").join(name))
        .find(|path| path.exists())
}

/// The first program of that name on the path.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

fn join(first: &Path, rest: &OsString) -> OsString {
    let folders = std::iter::once(first.to_path_buf()).chain(std::env::split_paths(rest));
    std::env::join_paths(folders).unwrap_or_else(|_| rest.clone())
}
