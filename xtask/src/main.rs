//! `cargo xtask`: what developers and CI run. It decides in which order checks run and what they
//! need around them; what is checked stands in the tools and tests it calls.

#[cfg(not(unix))]
compile_error!("cargo xtask needs a Unix system: it starts servers and stops them by signals");

mod bench;
mod cli;
mod conformance;
mod failure;
mod interrupt;
mod postgres;
mod process;
mod run;
mod test;
mod ui;
mod workspace;

use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Task};
use failure::Result;

fn main() -> ExitCode {
    match perform(Cli::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn perform(task: Task) -> Result<()> {
    interrupt::install()?;
    match task {
        Task::Run { args } => run::run(&args),
        Task::Test { only, filters } => test::run(&only, &filters),
        Task::Conformance {
            backend,
            all,
            scenarios,
        } => conformance::run(backend, all, scenarios),
        Task::Bench { what, args } => bench::run(what, &args),
        Task::Seed {
            events,
            database,
            folder,
        } => bench::seed(events, database.as_deref(), &folder),
        Task::Soak { rounds } => test::soak(rounds),
        Task::Postgres { durable } => postgres::run(durable),
    }
}
