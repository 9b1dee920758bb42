//! The `muniment` program.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    muniment::cli::Cli::parse().run()
}
