//! Backup while running, and restore: the same books before and after, under the same key only.

use std::path::Path;

use crate::process::{DEV_KEY, Server, complaint, farthing, folder, pause};

fn run(arguments: &[&str]) -> String {
    let output = farthing(arguments);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}{}", complaint(&output));
    said
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn books(data: &Path) -> String {
    run(&["books", "--json", "--data", text(data)])
}

#[test]
fn a_backup_while_running_is_the_same_books_where_it_is_restored() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let (data, file, other) = (at("data"), at("copy"), at("other"));
    let key = text(&at("data.key")).to_owned();
    let server = Server::dev(&data, &[]);
    let client = server.client(DEV_KEY);
    for count in 0..20 {
        assert_eq!(client.pay(&format!("k{count}")).unwrap().0, 200);
    }
    let before = books(&data);
    let said = run(&["backup", "--data", text(&data), "--to", text(&file)]);
    assert!(said.contains("The books balance."), "{said}");
    // The server goes on, and its payments are not in what was copied before.
    assert_eq!(client.pay("later").unwrap().0, 200);
    let twice = farthing(&["backup", "--data", text(&data), "--to", text(&file)]);
    assert_eq!(twice.status.code(), Some(2), "a backup is never written over");

    let restore = |key: &str, to: &Path| {
        let (file, to) = (text(&file), text(to));
        farthing(&["restore", "--from", file, "--data", to, "--root-key-file", key])
    };
    let wrong = folder.path().join("wrong.key");
    std::fs::write(&wrong, "0123456789abcdef".repeat(4)).unwrap();
    std::fs::set_permissions(&wrong, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let refused = restore(text(&wrong), &other);
    assert_eq!(refused.status.code(), Some(2));
    assert!(complaint(&refused).contains("root key"), "{}", complaint(&refused));
    assert!(!other.join("farthing.db").exists(), "nothing was restored under another key");

    let done = restore(&key, &other);
    assert!(done.status.success(), "{}", complaint(&done));
    assert_eq!(books(&other), before, "the network's own book too");
    let again = restore(&key, &other);
    assert_eq!(again.status.code(), Some(2), "data is never written over");

    let restored = Server::dev(&other, &["--root-key-file", &key]);
    let client = restored.client(DEV_KEY);
    let (status, _) = client.pay("k7").unwrap();
    assert_eq!(status, 200);
    let list = client.get("/v1/payment_intents?limit=100").unwrap().1;
    assert_eq!(list["data"].as_array().unwrap().len(), 20, "a used key makes no other payment");
}

/// Under load: whatever the moment, what is copied is whole, and what was under way in it is found
/// out of the network's book after it was restored.
#[test]
fn a_backup_under_load_is_one_moment() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let (data, file, other) = (at("data"), at("copy"), at("other"));
    let mut server = Server::dev(&data, &[]);
    let clients: Vec<_> = (0..4)
        .map(|number| {
            let client = server.client(DEV_KEY);
            std::thread::spawn(move || {
                let mut paid = 0_usize;
                while client.pay(&format!("{number}-{paid}")).is_some() {
                    paid += 1;
                }
                paid
            })
        })
        .collect();
    pause(500);
    let said = run(&["backup", "--data", text(&data), "--to", text(&file)]);
    assert!(said.contains("The books balance."), "{said}");
    server.kill();
    assert!(clients.into_iter().map(|client| client.join().unwrap()).sum::<usize>() > 0);
    let key = at("data.key");
    let done = farthing(&[
        "restore",
        "--from",
        text(&file),
        "--data",
        text(&other),
        "--root-key-file",
        text(&key),
    ]);
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(said.contains("The books balance."), "{said}{}", complaint(&done));
}
