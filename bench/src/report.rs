//! Printing what was measured.

use std::{
    io::{IsTerminal, Write},
    time::Duration,
};

use comfy_table::{Table, presets::NOTHING};

use crate::{measure::Measured, ours::Backend};

/// One measurement beside its baseline.
#[derive(Debug)]
pub struct Line {
    pub writers: usize,
    pub what: &'static str,
    pub measured: Measured,
    /// To the bare insert with as many writers.
    pub ratio: f64,
}

pub fn appends(backend: Backend, lines: &[Line]) {
    clear();
    println!("\nAppends, {backend:?}, one event each");
    let mut table = table(["WRITERS", "WHAT", "A SECOND", "p50 ms", "p99 ms", "TO BARE"]);
    for line in lines {
        table.add_row([
            line.writers.to_string(),
            line.what.to_owned(),
            format!("{:.0}", line.measured.rate),
            millis(line.measured.p50),
            millis(line.measured.p99),
            format!("{:.2}", line.ratio),
        ]);
    }
    println!("{table}");
}

pub fn table<const N: usize>(headers: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_preset(NOTHING).set_header(headers);
    table
}

pub fn millis(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64() * 1000.0)
}

/// Says what is being measured, on a terminal, on one line.
pub fn progress(text: &str) {
    let mut err = std::io::stderr().lock();
    if err.is_terminal() {
        // A line that cannot be shown is not worth stopping for.
        drop(write!(err, "\r\x1b[K{text}").and_then(|()| err.flush()));
    }
}

pub fn clear() {
    progress("");
}
