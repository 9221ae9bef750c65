//! `farthing bench`: payments created and confirmed in one request each, over HTTP, on connections
//! that are kept, against a server process of its own (decision 18).

mod client;
mod idle;
mod load;
mod report;
mod server;
mod sink;

use std::process::ExitCode;
use std::time::Duration;

use tokio::runtime::Runtime;

use crate::args::Bench;
use crate::failure::Failure;
use client::Target;
use load::Load;
use report::Report;
use server::Server;

pub(crate) fn run(options: &Bench) -> Result<ExitCode, Failure> {
    if let Some(connections) = options.idle {
        return idle::run(options, connections);
    }
    let started = match &options.url {
        Some(_) => None,
        None => Some(Server::start(options.data.clone())?),
    };
    let url = options.url.as_deref().or(started.as_ref().map(Server::url)).unwrap_or_default();
    let target = Target::parse(url, &options.key)?;
    let runtime = Runtime::new().map_err(|error| Failure::system("No runtime", &error))?;
    let runs = runtime.block_on(async {
        if !options.no_endpoint {
            let sink = sink::start().await?;
            client::subscribe(&target, &sink).await?;
        }
        let mut runs = Vec::new();
        for connections in &options.connections {
            let load = Load {
                connections: *connections,
                warm_up: Duration::from_secs(options.warm_up_seconds),
                measured: Duration::from_secs(options.seconds),
            };
            runs.push(load.run(&target).await?);
        }
        Ok::<_, Failure>(runs)
    })?;
    let books = started.map(Server::stop).transpose()?;
    let report = Report { endpoint: !options.no_endpoint, runs, books };
    if options.json {
        report.print_json();
    } else {
        report.print_table();
    }
    Ok(if report.good() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
