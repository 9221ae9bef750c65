//! `farthing simulator`: the card network, simulated, as a process of its own.

use std::process::ExitCode;

use farthing_acquirer::{Simulator, listen};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::acquirers::faults;
use crate::args::Simulate;
use crate::failure::Failure;
use crate::{files, serve};

pub(crate) fn run(options: &Simulate) -> Result<ExitCode, Failure> {
    files::raise_limit();
    if !options.listen.ip().is_loopback() {
        return Err(Failure::Usage(
            "The simulated network has no keys: it listens on loopback only.".to_owned(),
        ));
    }
    let runtime = Runtime::new().map_err(|error| Failure::system("No runtime", &error))?;
    let simulator = Simulator::open(&options.book, faults(options.faults.as_deref())?)
        .map_err(|error| Failure::system("The simulator's book cannot be opened", &error))?;
    let refused = |error: &std::io::Error| {
        Failure::system(&format!("Cannot listen on {}", options.listen), error)
    };
    runtime.block_on(async {
        let listener = TcpListener::bind(options.listen).await.map_err(|error| refused(&error))?;
        let address = listener.local_addr().map_err(|error| refused(&error))?;
        let stop = serve::stop()?;
        println!("farthing simulates the card network on http://{address}");
        tokio::select! {
            error = listen(simulator, listener) => match error {
                Err(error) => Err(refused(&error)),
                Ok(never) => match never {},
            },
            () = stop => Ok(ExitCode::SUCCESS),
        }
    })
}
