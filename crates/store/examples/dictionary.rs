//! Trains the dictionary that stored bodies are packed with, from the bodies of a folder.
//!
//! `cargo run -p farthing-store --example dictionary -- FOLDER OUT [BYTES]`
//!
//! A dictionary that was released is never trained again: stored bodies need it for ever. A better
//! one gets the next number in `body.rs`.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use farthing_domain::object::ObjectRef;
use farthing_domain::reply::{Answer, Render, Reply};
use farthing_domain::tenant::TenantId;
use farthing_domain::view::{Row, View};
use farthing_store::Store;

/// Large enough for a few objects of every kind; much more does not make bodies smaller.
const BYTES: usize = 16 * 1024;

struct Nothing;

impl Render for Nothing {
    fn object(&self, _: &View, _: TenantId, _: ObjectRef) -> Vec<u8> {
        Vec::new()
    }

    fn previous(&self, _before: &[u8], _after: &[u8]) -> Vec<u8> {
        Vec::new()
    }

    fn reply(&self, _: &View, _: TenantId, _: &Reply, _: &[String]) -> Option<Answer> {
        None
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, out, rest @ ..] = arguments.as_slice() else {
        return Err("usage: dictionary FOLDER OUT [BYTES]".into());
    };
    let bytes = rest.first().map_or(Ok(BYTES), |bytes| bytes.parse())?;
    let store = Store::manual_sqlite(Path::new(folder), Arc::new(Nothing))?;
    let samples: Vec<Vec<u8>> = store
        .dump()?
        .into_iter()
        .filter_map(|row| if let Row::Body(body) = row { Some(body.bytes) } else { None })
        .collect();
    std::fs::write(out, zstd::dict::from_samples(&samples, bytes)?)?;
    Ok(())
}
