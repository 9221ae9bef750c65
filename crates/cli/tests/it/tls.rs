//! TLS to the database: what a URL asks for is what happens, or nothing does.

use std::net::TcpListener;
use std::process::Command;

use crate::cluster::programs;
use crate::process::{ROOT_KEY, complaint, farthing};
use crate::replica::{Node, shell};

/// A root, a certificate for `localhost` that it signed, and a root of somebody else.
const CERTIFICATES: &str = "
cd \"$0\" && exec 2>/dev/null
key='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'
openssl req -x509 $key -days 2 -subj '/CN=Root' -keyout root.key -out root.pem
openssl req -x509 $key -days 2 -subj '/CN=Other' -keyout other.key -out other.pem
openssl req $key -subj '/CN=localhost' -keyout server.key -out server.csr
printf 'subjectAltName=DNS:localhost\\nbasicConstraints=CA:FALSE\\n' > server.ext
openssl x509 -req -in server.csr -CA root.pem -CAkey root.key -CAcreateserial -days 2 \
  -extfile server.ext -out server.pem
chmod 600 server.key
chmod 644 root.pem other.pem server.pem
";

/// A cluster that takes encrypted connections with a password, and no others but from its socket.
fn cluster(port: u16) -> Node {
    let node = Node::stopped();
    let (path, data) = (node.path().to_owned(), node.data());
    shell(&format!("sh -c '{}' {path}", CERTIFICATES.replace('\'', "'\\''")));
    shell(&format!(
        "printf 'local all all trust\\nhostssl all all all scram-sha-256\\n' > {data}/pg_hba.conf"
    ));
    node.configure(&format!(
        "listen_addresses = 'localhost'\nport = {port}\nssl = on\n\
         ssl_cert_file = '{path}/server.pem'\nssl_key_file = '{path}/server.key'"
    ));
    node.start();
    let made = Command::new(programs().join("psql"))
        .args(["-X", "-q", "-h", &path, "-p", &port.to_string(), "-U", "farthing"])
        .args(["-d", "postgres", "-c", "CREATE ROLE shop SUPERUSER LOGIN PASSWORD 'hunter 2'"])
        .status();
    assert!(made.unwrap().success());
    node
}

#[test]
fn a_database_is_reached_as_its_url_asks_or_not_at_all() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let node = cluster(port);
    let roots = |name: &str| format!("&sslrootcert={}/{name}", node.path().replace('/', "%2F"));
    let (root, other) = (roots("root.pem"), roots("other.pem"));
    let url = |host: &str, query: &str| {
        format!("postgres://shop:hunter%202@{host}:{port}/postgres{query}")
    };
    let full = url("localhost", &format!("?sslmode=verify-full{root}"));
    let init = farthing(&["init", "--database-url", &full, "--root-key", ROOT_KEY]);
    assert!(init.status.success(), "{}", complaint(&init));
    for (host, query, reached) in [
        ("localhost", format!("?sslmode=verify-full{root}"), true),
        // The certificate is not for that name.
        ("127.0.0.1", format!("?sslmode=verify-full{root}"), false),
        ("127.0.0.1", format!("?sslmode=verify-ca{root}"), true),
        ("127.0.0.1", "?sslmode=require".to_owned(), true),
        // Signed by somebody else, or by nobody whom this machine trusts.
        ("localhost", format!("?sslmode=verify-full{other}"), false),
        ("localhost", format!("?sslmode=verify-ca{other}"), false),
        ("localhost", format!("?sslmode=require{other}"), false),
        ("localhost", "?sslmode=verify-full".to_owned(), false),
        ("localhost", format!("?sslmode=verify-full{}", roots("nothing.pem")), false),
        // It takes no others.
        ("localhost", "?sslmode=disable".to_owned(), false),
        ("localhost", String::new(), false),
        ("localhost", "?sslmode=full".to_owned(), false),
    ] {
        let books = farthing(&["books", "--database-url", &url(host, &query)]);
        let said = complaint(&books);
        assert_eq!(books.status.code(), Some(if reached { 0 } else { 2 }), "{query}: {said}");
        assert!(!said.contains("hunter"), "{query}: {said}");
    }
}
