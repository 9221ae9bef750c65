//! `farthing books`: do the books balance, and does the network's own book agree?

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use farthing_acquirer::{BookView, Totals};
use farthing_server::acquirers::{Acquirer, ONLY, registered};
use farthing_store::{BooksReport, Reading, Store, StoreError};
use serde_json::{Value, json};

use crate::args::{Books, Folder};
use crate::failure::Failure;
use crate::place::book;

/// Runs before it is said that funds keep moving: beside a busy server two snapshots of two files
/// are rarely of one moment.
const COMPARISONS: usize = 5;

pub(crate) fn run(options: &Books) -> Result<ExitCode, Failure> {
    let audit = audit(options)?;
    if !options.json {
        return Ok(shown(&audit));
    }
    println!("{:#}", audit.to_json());
    Ok(if audit.holds() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// The books of a backup alone, as a table.
pub(crate) fn of_file(file: &Path) -> Result<ExitCode, Failure> {
    let report = Reading::of_backup(file)?.books()?;
    Ok(shown(&Audit { report, network: Network::Elsewhere }))
}

/// The books of a folder, and the network's where they are there.
pub(crate) fn of_folder(folder: &Path) -> Result<ExitCode, Failure> {
    let options = Books {
        folder: Folder { data: folder.to_owned() },
        database_url: None,
        simulator_book: vec![],
        json: false,
    };
    Ok(shown(&audit(&options)?))
}

fn shown(audit: &Audit) -> ExitCode {
    audit.print();
    if audit.holds() { ExitCode::SUCCESS } else { ExitCode::from(1) }
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
    /// Only some of them are here.
    Partly { compared: Vec<String>, differs: Option<Difference> },
    /// Funds were moving all the while.
    Moving { totals: Vec<Totals> },
}

/// A currency in which the ledger and the network differ, in minor units.
struct Difference {
    /// Of which acquirer; none if of all together.
    acquirer: Option<String>,
    currency: String,
    ledger: i128,
    network: i128,
}

/// Our books, and the names that acquirers have in them.
fn read_books(options: &Books) -> Result<(BooksReport, BTreeMap<Acquirer, String>), StoreError> {
    let reading = match &options.database_url {
        Some(url) => Store::read_postgres(url)?,
        None => Store::read_sqlite(&options.folder.data)?,
    };
    let names = acquirers(&reading)?;
    Ok((reading.books()?, names))
}

/// The names that acquirers have there.
pub(crate) fn acquirers(reading: &Reading) -> Result<BTreeMap<Acquirer, String>, StoreError> {
    let mut names = registered(|name| reading.setting(name))?;
    names.entry(Acquirer::FIRST).or_insert_with(|| ONLY.to_owned());
    Ok(names)
}

/// The network's book of an acquirer, where it is here.
struct Theirs {
    acquirer: Acquirer,
    name: String,
    book: BookView,
}

/// The books that are here, of these acquirers.
fn theirs(options: &Books, names: &BTreeMap<Acquirer, String>) -> Result<Vec<Theirs>, Failure> {
    let mut found = Vec::new();
    for (acquirer, name) in names {
        let said = options.simulator_book.iter().find_map(|text| match text.split_once('=') {
            Some((of, file)) => (of == name).then(|| PathBuf::from(file)),
            None => (name == ONLY || names.len() == 1).then(|| PathBuf::from(text)),
        });
        let folder = options.database_url.is_none().then_some(&options.folder.data);
        let file = said.unwrap_or_else(|| book(folder, name));
        if file.is_file() {
            let book = BookView::open(&file).map_err(|error| unreadable(&error))?;
            found.push(Theirs { acquirer: *acquirer, name: name.clone(), book });
        }
    }
    Ok(found)
}

fn audit(options: &Books) -> Result<Audit, Failure> {
    let (mut report, names) = read_books(options)?;
    let theirs = theirs(options, &names)?;
    if theirs.is_empty() {
        return Ok(Audit { report, network: Network::Elsewhere });
    }
    let totals = || -> Result<Vec<Vec<Totals>>, Failure> {
        let read = theirs.iter().map(|one| one.book.totals());
        read.collect::<Result<_, _>>().map_err(|error| unreadable(&error))
    };
    let mut comparisons = 0;
    loop {
        let before = totals()?;
        report = read_books(options)?.0;
        let after = totals()?;
        comparisons += 1;
        if before == after && report.open_attempts == 0 {
            let network = compared(&report, (&names, &theirs), &after);
            return Ok(Audit { report, network });
        }
        if comparisons == COMPARISONS {
            return Ok(Audit { report, network: Network::Moving { totals: sum(&after) } });
        }
    }
}

/// Each book against the charges that were made there, and all of them against the ledger.
fn compared(
    report: &BooksReport,
    (names, theirs): (&BTreeMap<Acquirer, String>, &[Theirs]),
    totals: &[Vec<Totals>],
) -> Network {
    let each = theirs.iter().zip(totals);
    let differs = each.clone().find_map(|(one, totals)| of_one(report, one, totals));
    if theirs.len() < names.len() {
        let compared = theirs.iter().map(|one| one.name.clone()).collect();
        return Network::Partly { compared, differs };
    }
    let totals = sum(totals);
    Network::Compared { differs: differs.or_else(|| difference(report, &totals)), totals }
}

/// What an acquirer took and did not give back must be what the charges that were made there say.
fn of_one(report: &BooksReport, one: &Theirs, totals: &[Totals]) -> Option<Difference> {
    let mut sums: BTreeMap<&str, (i128, i128)> = BTreeMap::new();
    for ((acquirer, currency), taken) in &report.taken {
        if *acquirer == one.acquirer {
            sums.entry(currency.code()).or_default().0 += taken.captured - taken.refunded;
        }
    }
    for total in totals {
        let net = i128::from(total.captured.minor()) - i128::from(total.refunded.minor());
        sums.entry(total.captured.currency().code()).or_default().1 += net;
    }
    first_difference(sums, Some(&one.name))
}

fn first_difference(
    sums: BTreeMap<&str, (i128, i128)>,
    acquirer: Option<&str>,
) -> Option<Difference> {
    let found = sums.into_iter().find(|(_, (ledger, network))| ledger != network);
    found.map(|(currency, (ledger, network))| Difference {
        acquirer: acquirer.map(str::to_owned),
        currency: currency.to_owned(),
        ledger,
        network,
    })
}

/// What several books add up to, in the order of the currencies' codes.
fn sum(books: &[Vec<Totals>]) -> Vec<Totals> {
    let mut sums: BTreeMap<&str, Totals> = BTreeMap::new();
    for total in books.iter().flatten() {
        match sums.entry(total.captured.currency().code()) {
            Entry::Vacant(place) => {
                place.insert(total.clone());
            }
            Entry::Occupied(mut sum) => sum.get_mut().add(total),
        }
    }
    sums.into_values().collect()
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
    first_difference(sums, None)
}

impl Audit {
    fn holds(&self) -> bool {
        let agrees = match &self.network {
            Network::Compared { differs, .. } | Network::Partly { differs, .. } => {
                differs.is_none()
            }
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
            Network::Partly { compared, differs: None } => {
                println!("The network's own books that are here agree: {}.", compared.join(", "));
            }
            Network::Compared { differs: Some(found), .. }
            | Network::Partly { differs: Some(found), .. } => {
                let of = found.acquirer.as_ref().map_or_else(String::new, |of| format!(" {of}"));
                println!(
                    "BAD: {}: the ledger has {} minor units from the network{of}, its own book says {}.",
                    found.currency, found.ledger, found.network
                );
            }
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
            Self::Partly { compared, differs } => {
                let state = if differs.is_none() { "agrees" } else { "differs" };
                return json!({ "state": state, "only": compared });
            }
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
