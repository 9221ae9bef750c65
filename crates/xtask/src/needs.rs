//! What the tasks stand on, each met at most once a run: tools, packages and built artefacts.
//!
//! A suite names what it needs and gets it, with what that in turn needs, in order. A need that
//! cannot be met fails the suites that name it and no others.

use std::collections::BTreeMap;

use crate::failure::Failure;
use crate::repo::Repo;
use crate::setup::{Apt, Met};
use crate::setup::{apt, artefacts, cargo, npm, python, wasm_target};
use crate::term;

/// One thing to have before something else can run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Need {
    WasmTarget,
    Nextest,
    WasmBindgen,
    WasmPack,
    WorkerBuild,
    Node,
    Chromium,
    /// PostgreSQL's server, for the tests' own cluster.
    Postgres,
    Redis,
    Firefox,
    WebKit,
    Python,
    /// The locked packages of one folder.
    Npm(String),
    /// The binary `farthing`.
    Backend,
    /// `js/`, built with its wasm.
    JsPackage,
    /// `crates/worker`, built for workerd.
    WorkerBundle,
}

impl Need {
    pub(crate) fn npm(folder: &str) -> Self {
        Self::Npm(folder.to_owned())
    }

    fn name(&self) -> String {
        match self {
            Self::WasmTarget => "target wasm32-unknown-unknown".to_owned(),
            Self::Nextest => "cargo-nextest".to_owned(),
            Self::WasmBindgen => "wasm-bindgen-cli".to_owned(),
            Self::WasmPack => "wasm-pack".to_owned(),
            Self::WorkerBuild => "worker-build".to_owned(),
            Self::Node => "Node".to_owned(),
            Self::Chromium => "Chromium".to_owned(),
            Self::Postgres => "PostgreSQL".to_owned(),
            Self::Redis => "Redis".to_owned(),
            Self::Firefox => "Firefox".to_owned(),
            Self::WebKit => "WebKit".to_owned(),
            Self::Python => "Python packages".to_owned(),
            Self::Npm(folder) => format!("npm packages of {folder}"),
            Self::Backend => "build farthing".to_owned(),
            Self::JsPackage => "build js".to_owned(),
            Self::WorkerBundle => "build crates/worker".to_owned(),
        }
    }

    fn prerequisites(&self, repo: &Repo) -> Vec<Self> {
        match self {
            Self::WasmPack | Self::WorkerBuild => vec![Self::WasmTarget, Self::WasmBindgen],
            Self::Npm(_) => vec![Self::Node],
            // cargo compiles it, and binaryen, which is an npm package, makes it small.
            Self::JsPackage => vec![Self::npm("js"), Self::WasmTarget],
            Self::WorkerBundle => {
                // Either has the optimizer and the bundler that the build is handed.
                let folders = ["crates/worker", "js"];
                let present = folders.into_iter().filter(|folder| npm::has_package(repo, folder));
                present.map(Self::npm).chain([Self::WorkerBuild]).collect()
            }
            Self::WasmTarget
            | Self::Nextest
            | Self::WasmBindgen
            | Self::Node
            | Self::Chromium
            | Self::Postgres
            | Self::Redis
            | Self::Firefox
            | Self::WebKit
            | Self::Python => vec![],
            // The server carries the browser package inside itself.
            Self::Backend => vec![Self::JsPackage],
        }
    }
}

/// What the tests of the npm package stand on: the package, every runtime and every bundler that it is
/// tried in, and a backend to pay at.
pub(crate) fn of_the_js_tests(repo: &Repo) -> Vec<Need> {
    let folders = repo.npm_folders().into_iter();
    let mut needs = vec![Need::JsPackage, Need::Backend];
    needs.extend([Need::Postgres, Need::Chromium, Need::Firefox, Need::WebKit]);
    needs.extend(folders.filter(|folder| is_of_the_js_tests(folder)).map(Need::Npm));
    needs
}

fn is_of_the_js_tests(folder: &str) -> bool {
    folder.starts_with("js/") || folder == "examples/react-ssr"
}

/// All that is installed from elsewhere; nothing of ours is built.
pub(crate) fn everything_to_install(repo: &Repo) -> Vec<Need> {
    let mut needs = vec![
        Need::Node,
        Need::WasmTarget,
        Need::Nextest,
        Need::WasmBindgen,
        Need::WasmPack,
        Need::WorkerBuild,
        Need::Postgres,
        Need::Redis,
        Need::Chromium,
        Need::Firefox,
        Need::WebKit,
        Need::Python,
    ];
    needs.extend(repo.npm_folders().into_iter().map(Need::Npm));
    needs
}

/// The needs of one run, and which of them were met.
pub(crate) struct Needs<'a> {
    repo: &'a Repo,
    apt: Apt,
    tried: BTreeMap<Need, Result<(), Failure>>,
}

impl<'a> Needs<'a> {
    pub(crate) fn new(repo: &'a Repo) -> Self {
        Self { repo, apt: Apt::default(), tried: BTreeMap::new() }
    }

    /// Meets a need and, before it, what it stands on. Says so in one line, the first time.
    ///
    /// # Errors
    /// The reason, the same one however often it is asked.
    pub(crate) fn meet(&mut self, need: &Need) -> Result<(), Failure> {
        if let Some(known) = self.tried.get(need) {
            return known.clone();
        }
        let outcome = self.attempt(need);
        self.tried.insert(need.clone(), outcome.clone());
        outcome
    }

    fn attempt(&mut self, need: &Need) -> Result<(), Failure> {
        let name = need.name();
        for prerequisite in need.prerequisites(self.repo) {
            self.meet(&prerequisite).map_err(|_| {
                let reason = format!("needs {}", prerequisite.name());
                term::failed(&name, &reason);
                Failure::new(format!("{name} {reason}"))
            })?;
        }
        match self.perform(need, &name) {
            Ok(met) => {
                term::done(&name, &met.remark());
                Ok(())
            }
            Err(failure) => {
                if !failure.is_shown() {
                    term::failed(&name, &failure.to_string());
                }
                Err(failure)
            }
        }
    }

    fn perform(&mut self, need: &Need, name: &str) -> Result<Met, Failure> {
        let repo = self.repo;
        match need {
            Need::WasmTarget => wasm_target::meet(repo, &mut self.apt),
            Need::Nextest => cargo::meet(repo, &cargo::nextest()),
            Need::WasmBindgen => cargo::meet(repo, &cargo::wasm_bindgen(repo)?),
            Need::WasmPack => cargo::meet(repo, &cargo::wasm_pack()),
            Need::WorkerBuild => cargo::meet(repo, &cargo::worker_build()),
            Need::Node => npm::node(),
            Need::Chromium => apt::chromium(repo, &mut self.apt),
            Need::Postgres => apt::postgres(repo, &mut self.apt),
            Need::Redis => apt::redis(repo, &mut self.apt),
            Need::Firefox => apt::firefox(repo, &mut self.apt),
            Need::WebKit => apt::webkit(repo, &mut self.apt),
            Need::Python => python::meet(repo, &mut self.apt),
            Need::Npm(folder) => npm::meet(repo, folder),
            Need::Backend => artefacts::backend(repo, name),
            Need::JsPackage => artefacts::npm_build(repo, name, "js"),
            Need::WorkerBundle => artefacts::npm_build(repo, name, "crates/worker"),
        }
    }
}
