//! The words after the program's name.

pub(crate) const HELP: &str = "\
sim --seed N        where all chance comes from (default 1)
    --payments M    orders in all (default 10000)
    --years Y       wall time in all (default 1)
    --threads T     worlds at one time (default 2)
    --disk 1        on SQLite, and the power fails";

#[derive(Debug)]
pub(crate) struct Args {
    pub(crate) seed: u64,
    pub(crate) payments: u64,
    pub(crate) years: u64,
    pub(crate) threads: u64,
    pub(crate) disk: bool,
}

impl Args {
    pub(crate) fn read(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut args = Self { seed: 1, payments: 10_000, years: 1, threads: 2, disk: false };
        while let Some(word) = words.next() {
            let number = words.next().and_then(|number| number.replace('_', "").parse().ok());
            let number: u64 = number.ok_or_else(|| format!("`{word}` needs a number."))?;
            match word.as_str() {
                "--seed" => args.seed = number,
                "--payments" => args.payments = number,
                "--years" => args.years = number,
                "--disk" => args.disk = number > 0,
                "--threads" => args.threads = number.max(1),
                _ => return Err(format!("`{word}` is not known.")),
            }
        }
        Ok(args)
    }
}
