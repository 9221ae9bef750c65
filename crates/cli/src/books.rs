//! `farthing books`.

use std::process::ExitCode;

use farthing_store::Store;

use crate::args::Books;
use crate::failure::Failure;

pub(crate) fn run(options: &Books) -> Result<ExitCode, Failure> {
    let report = Store::read_sqlite(&options.data)?.books()?;
    for (name, count) in [
        ("tenants", report.tenants),
        ("intents", report.intents),
        ("charges", report.charges),
        ("refunds", report.refunds),
        ("transfers", report.transfers),
        ("entries", report.entries),
        ("events", report.events),
        ("deliveries", report.deliveries),
        ("idempotency records", report.records),
        ("open attempts", report.open_attempts),
    ] {
        println!("{name:20} {count:>14}");
    }
    if !report.totals.is_empty() {
        println!();
        println!("{:10} {:12} {:>20}", "currency", "account", "minor units");
        for total in &report.totals {
            let (currency, account) = (total.currency.code(), total.account.name());
            println!("{currency:10} {account:12} {:>20}", total.minor);
        }
    }
    println!();
    match &report.first_bad {
        None => {
            println!("The books balance.");
            Ok(ExitCode::SUCCESS)
        }
        Some(bad) => {
            println!("BAD: {} {}: {}", bad.table, bad.id, bad.what);
            Ok(ExitCode::from(1))
        }
    }
}
