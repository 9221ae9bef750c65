//! `cargo xtask sim`: years of payments in minutes. See `crates/PROOF.md`.
#![expect(clippy::unwrap_used, reason = "a run that cannot go on stops there")]
#![expect(clippy::cast_precision_loss, reason = "what is told is rounded")]
#![expect(clippy::print_stdout, reason = "a program that tells how it went")]
#![expect(clippy::disallowed_methods, reason = "it measures how long it takes")]

mod args;
#[path = "mod.rs"]
mod sim;
#[cfg(feature = "planted")]
mod teeth;

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use args::Args;
use sim::{Counts, Outcome, Plan};

/// Orders of one world: what is looked through stays small, and a failing one is quickly run again.
const ORDERS_PER_WORLD: u64 = 200;

#[derive(Default)]
struct Sum {
    counts: Counts,
    lasted_ms: i64,
    history: u64,
    failing: Vec<(u64, Vec<String>)>,
}

fn main() -> ExitCode {
    #[cfg(feature = "planted")]
    if let Some("planted") = std::env::args().nth(1).as_deref() {
        return teeth::run(std::env::args().nth(2).as_deref());
    }
    let args = match Args::read(std::env::args().skip(1)) {
        Ok(args) => args,
        Err(sentence) => {
            println!("{sentence}\n\n{}", args::HELP);
            return ExitCode::from(2);
        }
    };
    let began = Instant::now();
    let worlds = args.payments.div_ceil(ORDERS_PER_WORLD).max(1);
    let days = (args.years * 365).div_ceil(worlds).max(1);
    let (next, sum) = (AtomicU64::new(0), Mutex::new(Sum::default()));
    std::thread::scope(|scope| {
        for _ in 0..args.threads {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= worlds {
                        return;
                    }
                    let seed = args.seed.wrapping_add(number);
                    let orders = ORDERS_PER_WORLD.min(args.payments);
                    let plan = Plan::of(seed, orders, days);
                    let outcome = sim::run(if args.disk {
                        plan.on_disk().audited()
                    } else {
                        plan.seldom_audited()
                    });
                    add(&mut sum.lock().unwrap(), seed, outcome);
                }
            });
        }
    });
    tell(&args, &sum.into_inner().unwrap(), began.elapsed().as_secs_f64())
}

fn add(sum: &mut Sum, seed: u64, outcome: Outcome) {
    sum.counts.merge(&outcome.counts);
    sum.lasted_ms += outcome.lasted_ms;
    // In whatever order worlds end.
    sum.history ^= outcome.history.rotate_left((seed % 64) as u32);
    if !outcome.flaws.is_empty() {
        println!("seed {seed}: {} broken", outcome.flaws.len());
        for flaw in outcome.flaws.iter().take(3) {
            println!("    {}", &flaw[..flaw.len().min(1_500)]);
        }
        sum.failing.push((seed, outcome.flaws));
    }
}

fn tell(args: &Args, sum: &Sum, seconds: f64) -> ExitCode {
    for (what, count) in &sum.counts.0 {
        println!("{count:>12}  {what}");
    }
    let years = sum.lasted_ms as f64 / (365.0 * 86_400_000.0);
    println!(
        "\nseed {}: {years:.2} simulated years, {} payments, {} faults in {seconds:.1} s on {} threads \
         ({:.0} payments a second); history {:016x}",
        args.seed,
        sum.counts.of("payments"),
        sum.counts.faults(),
        args.threads,
        sum.counts.of("payments") as f64 / seconds,
        sum.history,
    );
    if sum.failing.is_empty() {
        println!("Every promise was kept.");
        return ExitCode::SUCCESS;
    }
    let seeds: Vec<String> = sum.failing.iter().map(|(seed, _)| seed.to_string()).collect();
    println!("Promises were broken under seed {}.", seeds.join(", "));
    ExitCode::FAILURE
}
