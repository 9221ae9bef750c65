//! What browsers load: packed, tagged, and under its version for ever.

use std::io::Read as _;

use flate2::read::GzDecoder;

use crate::support::{Ask, Raw, Server};

const EVERY: [&str; 6] = [
    "/farthing/frame.css",
    "/farthing/frame.js",
    "/js/farthing-js.js",
    "/farthing/challenge.css",
    "/farthing/challenge.js",
    "/js/farthing.js",
];

fn get(server: &Server, path: &str, headers: &[(&str, &str)]) -> Raw {
    let ask = Ask::get(path).by_nobody();
    server.send_raw(headers.iter().fold(ask, |ask, (name, value)| ask.header(name, value)))
}

/// Whether the server was built before this script was.
fn is_stub(script: &Raw) -> bool {
    script.body.starts_with(b"throw new Error('The browser package was not built")
}

/// The version that the browser package says it has.
fn version() -> String {
    let manifest = include_str!("../../../js/package.json");
    let manifest: serde_json::Value = serde_json::from_str(manifest).unwrap();
    manifest["version"].as_str().unwrap().to_owned()
}

#[test]
fn files_are_packed_for_those_who_unpack_and_not_sent_twice() {
    let server = Server::memory();
    for path in EVERY {
        let plain = get(&server, path, &[]);
        let packed = get(&server, path, &[("accept-encoding", "gzip, br")]);
        assert_eq!((plain.status, packed.status), (200, 200), "{path}");
        assert_eq!(plain.header("content-encoding"), None);
        assert_eq!(packed.header("content-encoding"), Some("gzip"));
        let mut unpacked = Vec::new();
        GzDecoder::new(packed.body.as_slice()).read_to_end(&mut unpacked).unwrap();
        assert_eq!(unpacked, plain.body, "{path}");
        assert!(plain.body.len() < 400 || packed.body.len() < plain.body.len(), "{path}");
        let (one, other) = (plain.header("etag").unwrap(), packed.header("etag").unwrap());
        assert_ne!(one, other, "a strong tag is of the bytes that were sent");
        for answer in [&plain, &packed] {
            assert_eq!(answer.header("vary"), Some("Accept-Encoding"), "{path}");
            let keep = if is_stub(&plain) { "no-store" } else { "public, max-age=300" };
            assert_eq!(answer.header("cache-control"), Some(keep), "{path}");
            assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{path}");
        }
        for (tag, accepts, status) in [
            (one, "identity", 304),
            (other, "gzip", 304),
            (&format!("W/{other}"), "gzip", 304),
            (&format!("\"old\", {other}"), "gzip", 304),
            (one, "gzip", 200),
            ("\"old\"", "gzip", 200),
        ] {
            let again = get(&server, path, &[("if-none-match", tag), ("accept-encoding", accepts)]);
            assert_eq!(again.status, status, "{path} {tag} {accepts}");
            assert_eq!(again.body.is_empty(), status == 304, "{path} {tag}");
        }
    }
}

#[test]
fn the_package_is_kept_for_ever_under_its_version() {
    let server = Server::memory();
    let current = version();
    for file in ["farthing.js", "farthing-js.js"] {
        let named = get(&server, &format!("/js/{current}/{file}"), &[]);
        let newest = get(&server, &format!("/js/{file}"), &[]);
        if is_stub(&newest) {
            assert_eq!(named.status, 404, "{file}");
            assert_eq!(named.header("cache-control"), Some("no-store"), "{file}");
            continue;
        }
        assert_eq!(named.status, 200, "{file}");
        assert_eq!(named.body, newest.body, "{file}");
        let keep = "public, max-age=31536000, immutable";
        assert_eq!(named.header("cache-control"), Some(keep), "{file}");
        assert_eq!(named.header("access-control-allow-origin"), Some("*"), "{file}");
        assert_eq!(named.header("content-type"), Some("text/javascript; charset=utf-8"));
    }
    for path in
        ["/js/0.0.0/farthing.js", &format!("/js/{current}/nope.js"), "/js/latest/farthing.js"]
    {
        let answer = get(&server, path, &[]);
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
    }
    let hashes = get(&server, &format!("/js/{current}/integrity.json"), &[]);
    let (keep, there) = match hashes.header("cache-control") {
        Some("no-store") => ("no-store", 404),
        _ => ("public, max-age=31536000, immutable", 200),
    };
    assert_eq!((hashes.status, hashes.header("cache-control")), (there, Some(keep)));
}
