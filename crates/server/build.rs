//! Takes what browsers load into the binary, packed and with its tags, so that no request pays for
//! either. Without the browser package the server still builds and answers, so that the Rust half
//! can be worked on alone; its scripts then say what is missing.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};

const MISSING: &str = "throw new Error('The browser package was not built. Run `cargo xtask setup`, then build the server again.')\n";

/// What `js/` builds: its name there, and what stands for it until it is built.
const BUILT: [(&str, &str, &str); 4] = [
    ("FARTHING", "farthing.js", MISSING),
    ("FARTHING_JS", "farthing-js.js", MISSING),
    ("FRAME", "frame.js", MISSING),
    ("INTEGRITY", "integrity.json", ""),
];
/// What is written by hand.
const WRITTEN: [(&str, &str); 4] = [
    ("FRAME_HTML", "frame/frame.html"),
    ("FRAME_CSS", "frame/frame.css"),
    ("CHALLENGE_CSS", "challenge/challenge.css"),
    ("CHALLENGE_JS", "challenge/challenge.js"),
];

#[expect(
    clippy::disallowed_methods,
    reason = "a build script is told where it is by its environment"
)]
fn main() {
    let here = env::var("CARGO_MANIFEST_DIR").expect("cargo names the crate's folder");
    let out = env::var("OUT_DIR").expect("cargo names the folder for what is made");
    let (assets, js) = (Path::new(&here).join("assets"), Path::new(&here).join("../../js"));
    let mut table = Table { out: PathBuf::from(out), text: String::new() };
    table.version(&js.join("package.json"));
    let dist = js.join("dist");
    for (constant, name, instead) in BUILT {
        let file = dist.join(name);
        let built = fs::read_to_string(&file);
        if built.is_err() && !instead.is_empty() {
            println!(
                "cargo::warning=js/dist/{name} was not built: the server will have none to give"
            );
        }
        let origin = if built.is_ok() { Origin::Built } else { Origin::Missing };
        let content = built.unwrap_or_else(|_| instead.to_owned());
        // A file that is not there counts as changed for ever; its folder changes when it comes.
        let watched = if file.is_file() { &file } else { &dist };
        println!("cargo::rerun-if-changed={}", watched.display());
        table.add(constant, (name, origin), content.as_bytes());
    }
    for (constant, name) in WRITTEN {
        let file = assets.join(name);
        println!("cargo::rerun-if-changed={}", file.display());
        let content = fs::read(&file).expect("what is written by hand is there");
        table.add(constant, (&name.replace('/', "-"), Origin::Built), &content);
    }
    fs::write(table.out.join("assets.rs"), table.text).expect("what is made can be written");
}

/// Whether a file is there, or something stands for it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Built,
    Missing,
}

/// The Rust source that names them all.
struct Table {
    out: PathBuf,
    text: String,
}

impl Table {
    /// The browser package's version, by which pages may ask for it.
    fn version(&mut self, manifest: &Path) {
        println!("cargo::rerun-if-changed={}", manifest.display());
        let text = fs::read_to_string(manifest).expect("the browser package has a manifest");
        let manifest: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
        let version = manifest["version"].as_str().expect("it has a version");
        writeln!(
            self.text,
            "/// The browser package's version.\npub(crate) const VERSION: &str = {version:?};"
        )
        .expect("writing to a String cannot fail");
    }

    fn add(&mut self, constant: &str, (name, origin): (&str, Origin), content: &[u8]) {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(content).expect("memory can be written");
        let packed = gzip.finish().expect("memory can be written");
        fs::write(self.out.join(name), content).expect("what is made can be written");
        fs::write(self.out.join(format!("{name}.gz")), packed)
            .expect("what is made can be written");
        let mut tag = String::new();
        for byte in Sha256::digest(content).iter().take(12) {
            write!(tag, "{byte:02x}").expect("writing to a String cannot fail");
        }
        writeln!(
            self.text,
            "pub(crate) static {constant}: Asset = Asset {{ plain: include_bytes!(concat!(env!(\"OUT_DIR\"), {plain:?})), packed: include_bytes!(concat!(env!(\"OUT_DIR\"), {packed:?})), tag: {tag:?}, missing: {missing} }};",
            plain = format!("/{name}"),
            packed = format!("/{name}.gz"),
            missing = origin == Origin::Missing,
        )
        .expect("writing to a String cannot fail");
    }
}
