//! Which acquirers there are: what the operator names, and where each network's book is.

use std::path::PathBuf;

use farthing_acquirer::{Faults, Network, Remote, Simulator};
use farthing_server::acquirers::{Connection, Connections, ONLY, register};
use farthing_store::Store;

use crate::args::Serve;
use crate::failure::Failure;
use crate::place::Opening;

/// One acquirer, as it was named.
struct Named {
    name: String,
    /// Where it listens; none if it is simulated in this process.
    url: Option<String>,
}

/// The ways to all that were named, in that order; to one that is simulated here if none was.
pub(crate) fn connect(
    options: &Serve,
    place: &Opening<'_>,
    store: &Store,
) -> Result<Connections, Failure> {
    let mut given =
        options.acquirers.iter().map(|text| read(text)).collect::<Result<Vec<_>, _>>()?;
    if given.is_empty() {
        given.push(Named { name: ONLY.to_owned(), url: None });
    }
    let names: Vec<&str> = given.iter().map(|one| one.name.as_str()).collect();
    let numbers = register(store, &names)?;
    let mut connections = Vec::new();
    for (acquirer, Named { name, url }) in numbers.into_iter().zip(given) {
        let network = match url {
            Some(url) => {
                Remote::new(&url).map_err(|error| Failure::Usage(error.to_string()))?.into()
            }
            None => simulated(options, place, &name)?,
        };
        connections.push(Connection { acquirer, name, network });
    }
    Ok(Connections(connections))
}

/// Reads `NAME=URL`, `NAME`, or `URL`.
fn read(text: &str) -> Result<Named, Failure> {
    let (name, url) = match text.split_once('=') {
        Some((name, url)) => (name, Some(url)),
        None if text.contains("://") => (ONLY, Some(text)),
        None => (text, None),
    };
    let good = (1..=32).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if !good {
        return Err(Failure::Usage(format!(
            "`{text}` names no acquirer: write NAME=http://127.0.0.1:PORT, or NAME alone for one that is simulated in this process; a name has small letters, digits and hyphens."
        )));
    }
    Ok(Named { name: name.to_owned(), url: url.map(str::to_owned) })
}

/// Opens a simulated network in this process.
fn simulated(options: &Serve, place: &Opening<'_>, name: &str) -> Result<Network, Failure> {
    let given = options.simulator_book.clone().filter(|_| name == ONLY);
    let book: PathBuf = given.unwrap_or_else(|| place.book(name));
    let simulator = Simulator::open(&book, faults(options.simulator_faults.as_deref())?)
        .map_err(|error| Failure::system("The simulator's book cannot be opened", &error))?;
    Ok(simulator.into())
}

/// Reads the faults of a simulated network.
pub(crate) fn faults(spec: Option<&str>) -> Result<Faults, Failure> {
    match spec {
        Some(spec) => spec.parse().map_err(|error| Failure::Usage(format!("{error}"))),
        None => Ok(Faults::none()),
    }
}
