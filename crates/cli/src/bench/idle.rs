//! How much memory idle connections cost: each has asked once, as a browser or a kit does, and is then
//! kept. Meanwhile payments go on.

use std::process::ExitCode;
use std::time::Duration;

use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::time::Instant;

use super::client::{Connection, Target};
use super::server::Server;
use crate::args::Bench;
use crate::failure::Failure;
use crate::files;

/// What the server's process may hold in memory, in KiB, with ten thousand connections.
const RSS_KIB_MAX: u64 = 300 * 1024;
/// Opened at one time: fewer than the system keeps waiting for a listener.
const OPENING: usize = 100;
/// Payments made while the connections are there.
const PAYMENTS: usize = 200;
/// Files that this process needs beside the connections.
const FILES_BESIDE: u64 = 64;

/// What was found.
struct Found {
    connections: usize,
    before_kib: u64,
    after_kib: u64,
    opened_in: Duration,
    slowest: Duration,
}

pub(super) fn run(options: &Bench, connections: usize) -> Result<ExitCode, Failure> {
    files::raise_limit();
    let needed = u64::try_from(connections).unwrap_or(u64::MAX).saturating_add(FILES_BESIDE);
    if files::limit().is_some_and(|limit| limit < needed) {
        return Err(Failure::Usage(format!(
            "{connections} connections need {needed} open files, here and in the server; raise the hard limit with 'ulimit -Hn'."
        )));
    }
    let server = Server::start(options.data.clone())?;
    let target = Target::parse(server.url(), &options.key)?;
    let runtime = Runtime::new().map_err(|error| Failure::system("No runtime", &error))?;
    let found = runtime.block_on(hold(&target, &server, connections))?;
    let good = found.after_kib <= RSS_KIB_MAX;
    found.print(options.json);
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

async fn hold(target: &Target, server: &Server, connections: usize) -> Result<Found, Failure> {
    let mut payer = Connection::open(target).await?;
    pay(&mut payer, "warm").await?;
    let before_kib = server.rss_kib()?;
    let begun = Instant::now();
    let mut held = Vec::with_capacity(connections);
    while held.len() < connections {
        let part = OPENING.min(connections - held.len());
        let opening: Vec<_> = (0..part).map(|_| tokio::spawn(idle(target.clone()))).collect();
        for each in opening {
            let opened = each.await.map_err(|error| Failure::system("No connection", &error))?;
            held.push(opened?);
        }
    }
    let opened_in = begun.elapsed();
    let slowest = pay(&mut payer, "held").await?;
    let after_kib = server.rss_kib()?;
    let gone = held.iter().filter(|each| each.is_closed()).count();
    if gone > 0 {
        return Err(Failure::System(format!("{gone} connections were closed by the server.")));
    }
    Ok(Found { connections, before_kib, after_kib, opened_in, slowest })
}

/// Some payments; how long the slowest took.
async fn pay(payer: &mut Connection, name: &str) -> Result<Duration, Failure> {
    let mut slowest = Duration::ZERO;
    for number in 0..PAYMENTS {
        let begun = Instant::now();
        let (status, _) = payer.pay(&format!("{name}-{number}")).await?;
        if !status.is_success() {
            return Err(Failure::System(format!("A payment was answered {status}.")));
        }
        slowest = slowest.max(begun.elapsed());
    }
    Ok(slowest)
}

/// A connection that has asked once and asks no more.
async fn idle(target: Target) -> Result<SendRequest<Empty<bytes::Bytes>>, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::system("No connection", error);
    let stream = TcpStream::connect(target.address).await.map_err(|error| failed(&error))?;
    let (mut send, connection) =
        handshake(TokioIo::new(stream)).await.map_err(|error| failed(&error))?;
    tokio::spawn(connection);
    let request = hyper::Request::get("/healthz")
        .header("Host", &target.host)
        .body(Empty::new())
        .map_err(|error| failed(&error))?;
    let answer = send.send_request(request).await.map_err(|error| failed(&error))?;
    answer.into_body().collect().await.map_err(|error| failed(&error))?;
    Ok(send)
}

impl Found {
    fn print(&self, as_json: bool) {
        let each_kib = self.after_kib.saturating_sub(self.before_kib)
            / u64::try_from(self.connections).unwrap_or(1).max(1);
        if as_json {
            let found = json!({
                "idle_connections": self.connections,
                "rss_before_kib": self.before_kib,
                "rss_kib": self.after_kib,
                "rss_kib_per_connection": each_kib,
                "opened_in_ms": u64::try_from(self.opened_in.as_millis()).unwrap_or(u64::MAX),
                "slowest_payment_ms": u64::try_from(self.slowest.as_millis()).unwrap_or(u64::MAX),
            });
            println!("{found}");
            return;
        }
        println!("{} idle connections, opened in {:.1?}", self.connections, self.opened_in);
        println!(
            "memory of the server: {} MiB before, {} MiB with them ({each_kib} KiB each), 300 MiB at most",
            self.before_kib / 1024,
            self.after_kib / 1024
        );
        println!("slowest of {PAYMENTS} payments meanwhile: {:.1?}", self.slowest);
    }
}
