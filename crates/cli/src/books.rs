//! `farthing books`: do the books balance, and does the network's own book agree?

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use farthing_acquirer::{BookView, Totals};
use farthing_store::{BooksReport, Store, StoreError};
use serde_json::{Value, json};

use crate::args::Books;
use crate::failure::Failure;
use crate::place::{BOOK, BOOK_BESIDE};

/// Runs before it is said that funds keep moving: beside a busy server two snapshots of two files
/// are rarely of one moment.
const COMPARISONS: usize = 5;

pub(crate) fn run(options: &Books) -> Result<ExitCode, Failure> {
    let audit = audit(options)?;
    if options.json {
        println!("{:#}", audit.to_json());
    } else {
        audit.print();
    }
    Ok(if audit.holds() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// The report on our books beside the network's.
struct Audit {
    report: BooksReport,
    network: Network,
}

/// What came of the comparison with the network's own book.
enum Network {
    /// There is none here: the acquirer is somebody else's system.
    Elsewhere,
    /// Compared, with what it adds up to and the first currency that differs.
    Compared { totals: Vec<Totals>, differs: Option<Difference> },
    /// Funds were moving all the while.
    Moving { totals: Vec<Totals> },
}

/// A currency in which the ledger and the network differ, in minor units.
struct Difference {
    currency: String,
    ledger: i128,
    network: i128,
}

fn report(options: &Books) -> Result<BooksReport, StoreError> {
    match &options.database_url {
        Some(url) => Store::read_postgres(url)?.books(),
        None => Store::read_sqlite(&options.data)?.books(),
    }
}

fn audit(options: &Books) -> Result<Audit, Failure> {
    let file = options.simulator_book.clone().unwrap_or_else(|| match options.database_url {
        Some(_) => PathBuf::from(BOOK_BESIDE),
        None => options.data.join(BOOK),
    });
    if !file.is_file() {
        let report = report(options)?;
        return Ok(Audit { report, network: Network::Elsewhere });
    }
    let book = BookView::open(&file).map_err(|error| unreadable(&error))?;
    let mut comparisons = 0;
    loop {
        let before = book.totals().map_err(|error| unreadable(&error))?;
        let report = report(options)?;
        let totals = book.totals().map_err(|error| unreadable(&error))?;
        comparisons += 1;
        if before == totals && report.open_attempts == 0 {
            let differs = difference(&report, &totals);
            return Ok(Audit { report, network: Network::Compared { totals, differs } });
        }
        if comparisons == COMPARISONS {
            return Ok(Audit { report, network: Network::Moving { totals } });
        }
    }
}

fn unreadable(error: &dyn std::fmt::Display) -> Failure {
    Failure::system("The network's book cannot be read", error)
}

/// What the network took less what it gave or took back, or brought to the bank, must be what the ledger has from it.
fn difference(report: &BooksReport, totals: &[Totals]) -> Option<Difference> {
    let mut sums: BTreeMap<&str, (i128, i128)> = BTreeMap::new();
    for total in report.totals.iter().filter(|total| total.account.name() == "network") {
        sums.entry(total.currency.code()).or_default().0 -= total.minor;
    }
    for total in totals {
        let net = i128::from(total.captured.minor())
            - i128::from(total.refunded.minor())
            - i128::from(total.disputed.minor())
            - i128::from(total.paid_out.minor());
        sums.entry(total.captured.currency().code()).or_default().1 += net;
    }
    sums.into_iter().find(|(_, (ledger, network))| ledger != network).map(
        |(currency, (ledger, network))| Difference {
            currency: currency.to_owned(),
            ledger,
            network,
        },
    )
}

impl Audit {
    fn holds(&self) -> bool {
        let agrees = match &self.network {
            Network::Compared { differs, .. } => differs.is_none(),
            Network::Elsewhere | Network::Moving { .. } => true,
        };
        self.report.first_bad.is_none() && agrees
    }

    fn counts(&self) -> [(&'static str, u64); 12] {
        let report = &self.report;
        [
            ("tenants", report.tenants),
            ("intents", report.intents),
            ("charges", report.charges),
            ("refunds", report.refunds),
            ("disputes", report.disputes),
            ("payouts", report.payouts),
            ("transfers", report.transfers),
            ("entries", report.entries),
            ("events", report.events),
            ("deliveries", report.deliveries),
            ("idempotency records", report.records),
            ("open attempts", report.open_attempts),
        ]
    }

    fn print(&self) {
        for (name, count) in self.counts() {
            println!("{name:20} {count:>14}");
        }
        if !self.report.totals.is_empty() {
            println!("\n{:10} {:12} {:>20}", "currency", "account", "minor units");
        }
        for total in &self.report.totals {
            let (currency, account) = (total.currency.code(), total.account.name());
            println!("{currency:10} {account:12} {:>20}", total.minor);
        }
        println!();
        match &self.report.first_bad {
            None => println!("The books balance."),
            Some(bad) => println!("BAD: {} {}: {}", bad.table, bad.id, bad.what),
        }
        match &self.network {
            Network::Elsewhere => {}
            Network::Compared { differs: None, .. } => println!("The network's own book agrees."),
            Network::Compared { differs: Some(found), .. } => println!(
                "BAD: {}: the ledger has {} minor units from the network, its own book says {}.",
                found.currency, found.ledger, found.network
            ),
            Network::Moving { .. } => {
                println!("Funds are moving: the network's own book was not compared.");
            }
        }
    }

    fn to_json(&self) -> Value {
        let counts: serde_json::Map<String, Value> = self
            .counts()
            .into_iter()
            .map(|(name, count)| (name.replace(' ', "_"), json!(count)))
            .collect();
        let totals: Vec<Value> = self
            .report
            .totals
            .iter()
            .map(|total| {
                json!({
                    "currency": total.currency.code(),
                    "account": total.account.name(),
                    "minor": total.minor.to_string(),
                })
            })
            .collect();
        let first_bad =
            self.report.first_bad.as_ref().map(
                |bad| json!({ "table": bad.table, "id": bad.id, "what": bad.what.to_string() }),
            );
        json!({
            "ok": self.holds(),
            "counts": counts,
            "totals": totals,
            "first_bad": first_bad,
            "network": self.network.to_json(),
        })
    }
}

impl Network {
    fn to_json(&self) -> Value {
        let (state, totals) = match self {
            Self::Elsewhere => return Value::Null,
            Self::Compared { totals, differs: None } => ("agrees", totals),
            Self::Compared { totals, differs: Some(_) } => ("differs", totals),
            Self::Moving { totals } => ("moving", totals),
        };
        let totals: Vec<Value> = totals
            .iter()
            .map(|total| {
                json!({
                    "currency": total.captured.currency().code(),
                    "authorized": total.authorized.minor().to_string(),
                    "captured": total.captured.minor().to_string(),
                    "refunded": total.refunded.minor().to_string(),
                    "disputed": total.disputed.minor().to_string(),
                    "paid_out": total.paid_out.minor().to_string(),
                    "reversed": total.reversed.minor().to_string(),
                    "charges": total.charges,
                    "repeats": total.repeats,
                })
            })
            .collect();
        json!({ "state": state, "totals": totals })
    }
}
