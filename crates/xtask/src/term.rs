//! What the terminal shows: headings, one line per step, and a sign of life while a step is slow.
//!
//! On a terminal the line of a running step is rewritten in place; in a log it is printed once and
//! then again every minute, so that nobody takes a long build for a dead one.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// In a log, a slow step is heard of after the first of these and then after each of the second.
const QUIET: [Duration; 2] = [Duration::from_secs(30), Duration::from_mins(1)];
const NAME_WIDTH: usize = 40;

pub(crate) fn heading(text: &str) {
    println!("\n{}", bold(text));
}

pub(crate) fn done(name: &str, remark: &str) {
    clear();
    println!("{}", step_line(&green("✓"), name, remark));
}

pub(crate) fn failed(name: &str, remark: &str) {
    clear();
    println!("{}", step_line(&cross(), name, remark));
}

fn step_line(mark: &str, name: &str, remark: &str) -> String {
    format!("  {mark} {name:<NAME_WIDTH$} {remark}").trim_end().to_owned()
}

/// A remark that belongs to the step above it.
pub(crate) fn note(text: &str) {
    clear();
    println!("    {}", dim(text));
}

/// The tail of what a failed command printed, and where the rest is.
pub(crate) fn excerpt(output: &str, lines: usize, log: &std::path::Path) {
    let output = plain(output);
    let all: Vec<&str> = output.lines().collect();
    let hidden = all.len().saturating_sub(lines);
    if hidden > 0 {
        note(&format!("… {hidden} lines above these are in {}", log.display()));
    }
    for line in all.iter().skip(hidden) {
        println!("    {line}");
    }
}

pub(crate) fn took(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", span.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        _ => format!("{} m {:02} s", seconds / 60, seconds % 60),
    }
}

pub(crate) fn cross() -> String {
    paint("31", "✗")
}

fn green(text: &str) -> String {
    paint("32", text)
}

pub(crate) fn bold(text: &str) -> String {
    paint("1", text)
}

fn dim(text: &str) -> String {
    paint("2", text)
}

fn paint(code: &str, text: &str) -> String {
    if interactive() { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}

/// A text without the sequences that color it.
pub(crate) fn plain(output: &str) -> String {
    let mut parts = output.split('\u{1b}');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        // "[31m" sets a color; "(B" chooses letters.
        let rest = match part.strip_prefix('[') {
            Some(sequence) => sequence.split_once('m').map_or(sequence, |(_, rest)| rest),
            None => part.strip_prefix("(B").unwrap_or(part),
        };
        plain.push_str(rest);
    }
    plain
}

fn interactive() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

fn clear() {
    if interactive() {
        print!("\r\u{1b}[2K");
    }
    std::io::stdout().flush().ok();
}

/// The sign of life of one running step.
pub(crate) struct Progress<'a> {
    name: &'a str,
    started: Instant,
    shown: Instant,
}

impl<'a> Progress<'a> {
    pub(crate) fn start(name: &'a str, hint: &str) -> Self {
        if interactive() {
            print!("  … {name:<NAME_WIDTH$} {hint}");
            std::io::stdout().flush().ok();
        } else if !hint.is_empty() {
            println!("  … {name:<NAME_WIDTH$} {hint}");
        }
        Self { name, started: Instant::now(), shown: Instant::now() }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Call often; shows `latest`, the last line the step printed, as seldom as fits the output.
    pub(crate) fn tick(&mut self, latest: impl FnOnce() -> String) {
        let [first, later] = QUIET;
        let every = match (interactive(), self.elapsed() < later) {
            (true, _) => Duration::from_secs(1),
            (false, true) => first,
            (false, false) => later,
        };
        if self.shown.elapsed() < every {
            return;
        }
        self.shown = Instant::now();
        let latest: String = latest().chars().take(60).collect();
        let line = format!("  … {:<NAME_WIDTH$} {:>9}  {latest}", self.name, took(self.elapsed()));
        if interactive() {
            print!("\r\u{1b}[2K{line}");
            std::io::stdout().flush().ok();
        } else {
            println!("{line}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_reads_like_a_watch() {
        for (millis, text) in
            [(80, "0.1 s"), (9_900, "9.9 s"), (10_900, "10 s"), (125_000, "2 m 05 s")]
        {
            assert_eq!(took(Duration::from_millis(millis)), text);
        }
    }
}
