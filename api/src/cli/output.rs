//! Text for people, JSON for programs.

use std::{
    fmt,
    io::{ErrorKind, Write},
};

use comfy_table::{ContentArrangement, Table, presets::NOTHING};
use serde_json::{Value, json};

use super::CliError;

/// As of a program that SIGPIPE has ended.
const NOBODY_READS: i32 = 128 + 13;

/// `print!`, for output that somebody may stop reading.
macro_rules! out {
    ($($text:tt)*) => {
        $crate::cli::output::print(format_args!($($text)*))
    };
}

/// `println!`, for output that somebody may stop reading.
macro_rules! outln {
    ($($text:tt)*) => {
        $crate::cli::output::print(format_args!("{}\n", format_args!($($text)*)))
    };
}

/// Ends the program where nobody reads its output any more, as in `… | head`: what it goes on with
/// would be for nobody.
pub fn print(text: fmt::Arguments<'_>) {
    let Err(error) = std::io::stdout().lock().write_fmt(text) else {
        return;
    };
    if error.kind() == ErrorKind::BrokenPipe {
        std::process::exit(NOBODY_READS);
    }
    eprintln!("error: the output cannot be written: {error}");
    std::process::exit(1);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Text,
    Json,
}

impl Format {
    pub const fn from_json(json: bool) -> Self {
        if json { Self::Json } else { Self::Text }
    }
}

pub fn print_json(value: &Value) {
    outln!("{value:#}");
}

/// One object a line, for output without an end in sight.
pub fn print_json_line(value: &Value) {
    outln!("{value}");
}

pub fn print_table<const N: usize>(
    headers: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) {
    let mut table = Table::new();
    table
        .load_preset(NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(headers);
    for row in rows {
        table.add_row(row);
    }
    outln!("{table}");
}

/// Facts one under the other.
pub fn facts(facts: &[(&str, String)]) -> String {
    let width = facts.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    facts.iter().fold(String::new(), |text, (name, value)| {
        text + &format!("  {name:width$}  {value}\n")
    })
}

pub fn error(format: Format, error: &CliError) {
    match format {
        Format::Text => eprintln!("error: {error}"),
        Format::Json => eprintln!(
            "{}",
            json!({"error": error.code(), "message": error.to_string()})
        ),
    }
}

/// Seconds precision, UTC.
pub fn time(micros: i64) -> String {
    chrono::DateTime::from_timestamp_micros(micros)
        .unwrap_or_default()
        .format("%Y-%m-%d %H:%M:%S")
        .to_string()
}
