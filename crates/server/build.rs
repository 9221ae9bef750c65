//! Takes the browser package into the binary if it was built. Without it the server still builds and
//! answers, so that the Rust half can be worked on alone; the card frame then says what is missing.

use std::env;
use std::fs;
use std::path::Path;

const MISSING: &str = "throw new Error('The browser package was not built. Run `cargo xtask setup`, then build the server again.')\n";

#[expect(
    clippy::disallowed_methods,
    reason = "a build script is told where it is by its environment"
)]
fn main() {
    let here = env::var("CARGO_MANIFEST_DIR").expect("cargo names the crate's folder");
    let out = env::var("OUT_DIR").expect("cargo names the folder for what is made");
    let package = Path::new(&here).join("../../js/dist/farthing.js");
    println!("cargo::rerun-if-changed={}", package.display());
    let script = fs::read_to_string(&package).unwrap_or_else(|_| MISSING.to_owned());
    fs::write(Path::new(&out).join("farthing.js"), script).expect("what is made can be written");
}
