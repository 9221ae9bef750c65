//! What was measured, for people and for programs.

use std::thread::available_parallelism;

use super::load::Run;

/// How the server keeps what it answered.
const DURABILITY: &str = "SQLite, WAL, synchronous=FULL, reply after commit";

/// Everything measured.
pub(super) struct Report {
    pub(super) endpoint: bool,
    pub(super) runs: Vec<Run>,
    /// Whether the books balanced afterwards, where the server was ours.
    pub(super) books: Option<bool>,
}

impl Report {
    /// Every answer was a payment, and the books balance.
    pub(super) fn good(&self) -> bool {
        self.books != Some(false) && self.runs.iter().all(|run| run.failed == 0)
    }

    pub(super) fn print_table(&self) {
        println!("Payments created and confirmed in one request, over HTTP.");
        println!("Durability: {DURABILITY}. Cores: {}, shared with the client.", cores());
        let endpoint = if self.endpoint { "one, subscribed to everything" } else { "none" };
        println!("Webhook endpoint: {endpoint}. Network: simulated, no delay.\n");
        println!(
            "{:>11} {:>10} {:>12} {:>9} {:>9} {:>9} {:>7}",
            "connections", "payments", "payments/s", "p50 ms", "p99 ms", "max ms", "failed"
        );
        for run in &self.runs {
            println!(
                "{:>11} {:>10} {:>12.0} {:>9.2} {:>9.2} {:>9.2} {:>7}",
                run.connections,
                run.payments,
                run.per_second(),
                run.latency_ms(500),
                run.latency_ms(990),
                run.latency_ms(1_000),
                run.failed
            );
        }
        for failure in self.runs.iter().filter_map(|run| run.first_failure.as_ref()).take(1) {
            println!("\nThe first answer that was no payment: {failure}");
        }
        match self.books {
            Some(true) => println!("\nThe books balance."),
            Some(false) => println!("\nTHE BOOKS DO NOT BALANCE."),
            None => {}
        }
    }

    pub(super) fn print_json(&self) {
        let runs: Vec<String> = self
            .runs
            .iter()
            .map(|run| {
                format!(
                    "{{\"connections\":{},\"payments\":{},\"failed\":{},\"seconds\":{:.3},\
                     \"per_second\":{:.1},\"p50_ms\":{:.3},\"p99_ms\":{:.3},\"max_ms\":{:.3}}}",
                    run.connections,
                    run.payments,
                    run.failed,
                    run.seconds,
                    run.per_second(),
                    run.latency_ms(500),
                    run.latency_ms(990),
                    run.latency_ms(1_000)
                )
            })
            .collect();
        let books = self.books.map_or("null".to_owned(), |good| good.to_string());
        println!(
            "{{\"benchmark\":\"create_and_confirm\",\"durability\":\"{DURABILITY}\",\"cores\":{},\
             \"endpoint\":{},\"books_balance\":{books},\"runs\":[{}]}}",
            cores(),
            self.endpoint,
            runs.join(",")
        );
    }
}

fn cores() -> usize {
    available_parallelism().map_or(1, std::num::NonZero::get)
}
