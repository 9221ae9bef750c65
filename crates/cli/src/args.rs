//! The flags. Each can be given in the environment too, as `FARTHING_` and its name.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args as Flags, Parser, Subcommand, ValueEnum};

use farthing_server::setup::{DEV_SECRET_KEY, Origin, OriginError};

/// Where the data is, if nobody says otherwise.
pub(crate) const FOLDER: &str = "farthing-data";
/// The same for a development process.
pub(crate) const DEV_FOLDER: &str = "farthing-dev";

/// A Stripe-style payment backend on one file, or on PostgreSQL.
#[derive(Debug, Parser)]
#[command(name = "farthing", version, about, arg_required_else_help = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) task: Task,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Make the store, the first merchant and an operator key, shown once.
    Init(Init),
    /// Run the backend.
    Serve(Box<Serve>),
    /// Check every invariant of the books; exit 0, or print the first bad row and exit 1.
    Books(Books),
    /// Copy a whole store, from a folder to a PostgreSQL database or the other way.
    Copy(Copy),
    /// Copy the data to a file while the server runs.
    Backup(Backup),
    /// Make a data folder of a backup.
    Restore(Restore),
    /// Run the simulated card network in a process of its own, for servers on this machine.
    Simulator(Simulate),
    /// Measure payments over HTTP.
    Bench(Bench),
}

/// Where the data is, and the key to it.
#[derive(Debug, Flags)]
pub(crate) struct Place {
    /// The folder of the data. Default: farthing-data, or farthing-dev for a development process.
    #[arg(long, env = "FARTHING_DATA", value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    #[arg(
        long,
        env = "FARTHING_DATABASE_URL",
        value_name = "URL",
        conflicts_with = "data",
        hide_env_values = true,
        help = "A PostgreSQL database instead of a folder; several processes may share it. Give the root key too. Encrypted if the URL asks for it: `?sslmode=verify-full`, with `&sslrootcert=FILE` for roots of your own (PEM); `verify-ca` does not look at the name, `require` at nothing unless a root is given"
    )]
    pub(crate) database_url: Option<String>,
    /// The root key: 32 bytes in hexadecimal or base64. Prefer the environment to the flag.
    #[arg(long, env = "FARTHING_ROOT_KEY", value_name = "KEY", hide_env_values = true)]
    pub(crate) root_key: Option<String>,
    /// The file of the root key, outside the data folder. Default: beside it, with `.key` added.
    #[arg(long, env = "FARTHING_ROOT_KEY_FILE", value_name = "FILE")]
    pub(crate) root_key_file: Option<PathBuf>,
}

/// Data that is only read.
#[derive(Debug, Flags)]
pub(crate) struct Folder {
    /// The folder of the data.
    #[arg(long, env = "FARTHING_DATA", value_name = "DIR", default_value = FOLDER)]
    pub(crate) data: PathBuf,
}

#[derive(Debug, Flags)]
pub(crate) struct Init {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The first merchant's name.
    #[arg(long, env = "FARTHING_NAME", default_value = "My shop")]
    pub(crate) name: String,
    /// A site that may embed the card frame with the new publishable keys, as
    /// `https://shop.example`; may be given several times.
    #[arg(
        long = "origin",
        env = "FARTHING_ORIGINS",
        value_name = "ORIGIN",
        value_delimiter = ',',
        value_parser = origin
    )]
    pub(crate) origins: Vec<Origin>,
}

fn origin(text: &str) -> Result<Origin, OriginError> {
    Origin::parse(text)
}

#[derive(Debug, Flags)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Where to listen.
    #[arg(long, env = "FARTHING_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:4242")]
    pub(crate) listen: SocketAddr,
    /// Development: well-known keys, loopback only, webhooks to this machine, a folder of its own.
    #[arg(long, env = "FARTHING_DEV")]
    pub(crate) dev: bool,
    /// A proxy in front does TLS.
    #[arg(long, env = "FARTHING_BEHIND_TLS_PROXY")]
    pub(crate) behind_tls_proxy: bool,
    /// The certificate chain, PEM.
    #[arg(long, env = "FARTHING_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The certificate's key, PEM.
    #[arg(long, env = "FARTHING_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Let live keys work although every acquirer is simulated.
    #[arg(long, env = "FARTHING_SIMULATE_LIVE")]
    pub(crate) simulate_live: bool,
    /// The URL under which browsers reach this server. Needed outside loopback and behind a proxy;
    /// otherwise the address it listens on.
    #[arg(long, env = "FARTHING_PUBLIC_URL", value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// How long an endpoint may take to answer a webhook.
    #[arg(long, env = "FARTHING_DELIVERY_TIMEOUT_MS", value_name = "MS", default_value_t = 20_000)]
    pub(crate) delivery_timeout_ms: u64,
    /// How long the answer kept under an idempotency key is replayed at least.
    #[arg(
        long,
        env = "FARTHING_IDEMPOTENCY_RETENTION_HOURS",
        value_name = "H",
        default_value_t = 24,
        value_parser = clap::value_parser!(i64).range(24..=8_760)
    )]
    pub(crate) idempotency_retention_hours: i64,
    /// An acquirer: NAME=URL of a `farthing simulator` on this machine, or NAME alone for one that is
    /// simulated in this process. Given several times, new payments go to the first that answers, and
    /// to the next only when that one is known not to have charged. Default: one, simulated here.
    #[arg(
        long = "acquirer",
        env = "FARTHING_ACQUIRERS",
        value_name = "NAME=URL",
        value_delimiter = ','
    )]
    pub(crate) acquirers: Vec<String>,
    /// The simulated network's own book. Processes of one machine that share a database share it.
    /// Default: in the data folder; with a database, farthing-simulator.db right here.
    #[arg(long, env = "FARTHING_SIMULATOR_BOOK", value_name = "FILE")]
    pub(crate) simulator_book: Option<PathBuf>,
    /// Requests a second of one live API key; 0 for no limit. Default: 500.
    #[arg(long, env = "FARTHING_RATE_LIMIT_LIVE", value_name = "N")]
    pub(crate) rate_limit_live: Option<u32>,
    /// Requests a second of one test API key; 0 for no limit. Default: 500, and none in development.
    #[arg(long, env = "FARTHING_RATE_LIMIT_TEST", value_name = "N")]
    pub(crate) rate_limit_test: Option<u32>,
    /// A Redis server on which the processes of one database count in common what each API key uses,
    /// as `redis://user:password@host:port/number`. Prefer the environment to the flag. Without it,
    /// or while it does not answer, each process counts for itself.
    #[arg(long, env = "FARTHING_LIMITS", value_name = "URL", hide_env_values = true)]
    pub(crate) limits: Option<String>,
    /// Requests answered at one time. From half of it on lists are turned away, then reads, then what
    /// makes something new; what concerns money already moving may fill it.
    #[arg(
        long,
        env = "FARTHING_REQUESTS_MAX",
        value_name = "N",
        default_value_t = 3_072,
        value_parser = clap::value_parser!(u32).range(16..=3_072)
    )]
    pub(crate) requests_max: u32,
    /// Calls to the network without an answer, one after the other, after which further ones of that
    /// kind are held back and fail at once; 0 never does.
    #[arg(long, env = "FARTHING_BREAKER_FAILURES", value_name = "N", default_value_t = 10)]
    pub(crate) breaker_failures: u32,
    /// How long they are held back before one is tried.
    #[arg(
        long,
        env = "FARTHING_BREAKER_OPEN_MS",
        value_name = "MS",
        default_value_t = 10_000,
        value_parser = clap::value_parser!(i64).range(1..=3_600_000)
    )]
    pub(crate) breaker_open_ms: i64,
    /// Faults of the simulated network, for tests.
    #[arg(
        long,
        env = "FARTHING_SIMULATOR_FAULTS",
        value_name = "SPEC",
        requires = "dev",
        hide = true
    )]
    pub(crate) simulator_faults: Option<String>,
    /// A call to the network counts as unknown after this, for tests.
    #[arg(
        long,
        env = "FARTHING_NETWORK_TIMEOUT_MS",
        value_name = "MS",
        requires = "dev",
        hide = true
    )]
    pub(crate) network_timeout_ms: Option<u64>,
    /// Crash on purpose, for tests.
    #[arg(long, env = "FARTHING_CRASH_AT", value_name = "PLACE", requires = "dev", hide = true)]
    pub(crate) crash_at: Option<Crash>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Crash {
    /// The network has answered, and nothing of it is on disk.
    BetweenAnswerAndCommit,
}

#[derive(Debug, Flags)]
pub(crate) struct Books {
    #[command(flatten)]
    pub(crate) folder: Folder,
    /// A PostgreSQL database instead; a replica will do.
    #[arg(long, env = "FARTHING_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub(crate) database_url: Option<String>,
    /// The simulated network's own book, where it is not in the data folder; of one of several
    /// acquirers as NAME=FILE.
    #[arg(long, env = "FARTHING_SIMULATOR_BOOK", value_name = "NAME=FILE", value_delimiter = ',')]
    pub(crate) simulator_book: Vec<String>,
    /// Print JSON instead of tables; amounts are decimal strings.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Flags)]
pub(crate) struct Simulate {
    /// Where to listen: a loopback address.
    #[arg(long, env = "FARTHING_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:4243")]
    pub(crate) listen: SocketAddr,
    /// The network's own book.
    #[arg(
        long,
        env = "FARTHING_SIMULATOR_BOOK",
        value_name = "FILE",
        default_value = "farthing-simulator.db"
    )]
    pub(crate) book: PathBuf,
    /// What goes wrong, as `seed=7,lost_after=0.1,slow_ms=200..900`.
    #[arg(long, env = "FARTHING_SIMULATOR_FAULTS", value_name = "SPEC")]
    pub(crate) faults: Option<String>,
}

#[derive(Debug, Flags)]
pub(crate) struct Copy {
    /// What is copied: a folder that nobody serves, or a database's URL.
    #[arg(long, value_name = "DIR or URL")]
    pub(crate) from: String,
    /// An empty folder or an empty database's URL.
    #[arg(long, value_name = "DIR or URL")]
    pub(crate) to: String,
}

#[derive(Debug, Flags)]
pub(crate) struct Backup {
    #[command(flatten)]
    pub(crate) folder: Folder,
    /// The new file. The simulator's book goes beside it, with `.simulator` added.
    #[arg(long, value_name = "FILE")]
    pub(crate) to: PathBuf,
}

#[derive(Debug, Flags)]
pub(crate) struct Restore {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The backup. It stays as it is.
    #[arg(long, value_name = "FILE")]
    pub(crate) from: PathBuf,
}

#[derive(Debug, Flags)]
pub(crate) struct Bench {
    /// A running server; without it one is started in a temporary folder.
    #[arg(long, env = "FARTHING_BENCH_URL", value_name = "URL")]
    pub(crate) url: Option<String>,
    /// The secret key for that server.
    #[arg(long, env = "FARTHING_BENCH_KEY", value_name = "KEY", hide_env_values = true, default_value = DEV_SECRET_KEY)]
    pub(crate) key: String,
    /// Where the started server keeps its data while it runs. Default: a new folder right here.
    #[arg(long, value_name = "DIR", conflicts_with = "url")]
    pub(crate) data: Option<PathBuf>,
    /// Connections at one time; several runs if several are given.
    #[arg(long, value_name = "N", value_delimiter = ',', default_values_t = [1, 16, 64])]
    pub(crate) connections: Vec<usize>,
    /// How long each run lasts.
    #[arg(long, value_name = "S", default_value_t = 10)]
    pub(crate) seconds: u64,
    /// How long each run warms up before it is measured.
    #[arg(long, value_name = "S", default_value_t = 2)]
    pub(crate) warm_up_seconds: u64,
    /// No webhook endpoint: without this flag, one endpoint is subscribed to everything.
    #[arg(long)]
    pub(crate) no_endpoint: bool,
    /// Hold so many idle connections instead, print what they cost the server in memory, and fail
    /// above 300 MiB.
    #[arg(long, value_name = "N", conflicts_with = "url")]
    pub(crate) idle: Option<usize>,
    /// Print JSON instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
}
