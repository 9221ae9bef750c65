//! Starting: what is refused, and with which sentence; what is made, and for whom it works.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::process::{DEV_KEY, Server, complaint, farthing, folder};

fn serve(data: &Path, more: &[&str]) -> (Option<i32>, String) {
    let data = data.to_str().unwrap();
    let output = farthing(&[&["serve", "--listen", "127.0.0.1:0", "--data", data], more].concat());
    (output.status.code(), complaint(&output))
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let folder = folder();
    let data = folder.path().join("data");
    for (flags, sentence) in [
        (&["--listen", "0.0.0.0:0", "--dev"][..], "loopback only"),
        (&["--listen", "0.0.0.0:0"], "--behind-tls-proxy"),
        (&["--listen", "0.0.0.0:0", "--behind-tls-proxy"], "--public-url"),
        (&["--behind-tls-proxy"], "--public-url"),
        (&["--dev", "--simulate-live"], "no live keys"),
        (&["--crash-at", "between-answer-and-commit"], "--dev"),
        (&["--simulator-faults", "late=1"], "--dev"),
        (&["--tls-cert", "cert.pem"], "--tls-key"),
        (&["--dev", "--root-key", "short"], "32 bytes"),
    ] {
        let given = [&["serve", "--data", data.to_str().unwrap()], flags].concat();
        let output = farthing(&given);
        assert_eq!(output.status.code(), Some(2), "{flags:?}");
        assert!(complaint(&output).contains(sentence), "{flags:?}: {}", complaint(&output));
    }
    let (code, said) = serve(&folder.path().join("fresh"), &[]);
    assert_eq!(code, Some(2));
    assert!(said.contains("farthing init"), "{said}");
}

#[test]
fn one_folder_one_process_one_kind() {
    let folder = folder();
    let data = folder.path().join("data");
    let server = Server::dev(&data, &[]);
    let (code, said) = serve(&data, &["--dev"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains(data.to_str().unwrap()), "{said}");
    assert_eq!(server.terminate(), Some(0));
    // Marked by its development keys: no other process may take it for a real one.
    let (code, said) = serve(&data, &[]);
    assert_eq!(code, Some(2));
    assert!(said.contains("development"), "{said}");
    let init = farthing(&["init", "--data", data.to_str().unwrap()]);
    assert_eq!(init.status.code(), Some(2), "{}", complaint(&init));
}

#[test]
fn what_init_makes_can_be_served() {
    let folder = folder();
    let data = folder.path().join("shop");
    let init = farthing(&["init", "--data", data.to_str().unwrap()]);
    assert!(init.status.success(), "{}", complaint(&init));
    let shown = String::from_utf8(init.stdout).unwrap();
    let key =
        |prefix| shown.split_whitespace().find(|word| word.starts_with(prefix)).unwrap().to_owned();
    let file = folder.path().join("shop.key");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let again = farthing(&["init", "--data", data.to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(2));

    let server = Server::start(&data, &[]);
    assert_eq!(server.client(&key("sk_test_")).pay("k").unwrap().0, 200);
    assert_eq!(server.client(DEV_KEY).pay("k").unwrap().0, 401);
    let live = |server: &Server| server.client(&key("sk_live_")).get("/v1/balance").unwrap().0;
    assert_ne!(live(&server), 200, "there is no real network");
    let dev = serve(&data, &["--dev"]);
    assert_eq!(dev.0, Some(2));
    assert_eq!(server.terminate(), Some(0));

    let server = Server::start(&data, &["--simulate-live"]);
    assert_eq!(live(&server), 200);
    drop(server);

    // The data and its root key belong together.
    let other = "11223344556677889900aabbccddeeff11223344556677889900aabbccddeeff";
    let (code, said) = serve(&data, &["--root-key", other]);
    assert_eq!((code, said.contains("another") || said.contains("not the one")), (Some(2), true));
    std::fs::rename(&file, folder.path().join("elsewhere.key")).unwrap();
    let (code, said) = serve(&data, &[]);
    assert_eq!((code, said.contains("restore it")), (Some(2), true), "{said}");
    let inside = data.join("root.key");
    let (code, said) = serve(&data, &["--root-key-file", inside.to_str().unwrap()]);
    assert_eq!((code, said.contains("outside")), (Some(2), true), "{said}");
}

#[test]
fn the_first_keys_are_for_the_pages_that_init_was_told() {
    let folder = folder();
    let data = folder.path().join("shop");
    let data = data.to_str().unwrap();
    for (origin, sentence) in [
        ("https://shop.example/", "no slash"),
        ("*", "without an asterisk"),
        ("http://shop.example", "this machine"),
    ] {
        let refused = farthing(&["init", "--data", data, "--origin", origin]);
        assert_eq!(refused.status.code(), Some(2), "{origin}");
        assert!(complaint(&refused).contains(sentence), "{}", complaint(&refused));
    }
    let given = ["--origin", "https://shop.example", "--origin", "https://b.example:8443"];
    let init = farthing(&[&["init", "--data", data][..], &given].concat());
    assert!(init.status.success(), "{}", complaint(&init));
    let shown = String::from_utf8(init.stdout).unwrap();
    assert!(shown.contains("https://shop.example, https://b.example:8443"), "{shown}");
    let key =
        |prefix| shown.split_whitespace().find(|word| word.starts_with(prefix)).unwrap().to_owned();
    let server = Server::start(Path::new(data), &[]);
    let operator = server.client(&key("op_farthing_"));
    for prefix in ["pk_test_", "pk_live_"] {
        let (status, shown) = operator.get(&format!("/v1/farthing/keys/{}", key(prefix))).unwrap();
        assert_eq!(status, 200);
        let origins = serde_json::json!(["https://shop.example", "https://b.example:8443"]);
        assert_eq!((&shown["origins"], &shown["allow_scripts"]), (&origins, &false.into()));
    }
}
