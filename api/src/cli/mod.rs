//! The command line: what an operator can do without a browser or a token.

#![warn(
    clippy::print_stdout,
    reason = "`outln!` ends where nobody reads; `println!` panics"
)]

#[macro_use]
mod output;

mod audit;
mod audit_diff;
mod audit_export;
mod audit_log;
mod audit_replay;
mod audit_show;
mod audit_verify;
mod clients;
mod config;
mod context;
mod error;
mod keys;
mod log;
mod print_schema;
mod progress;
mod projections;
mod registration_tokens;
mod serve;
mod users;
mod worker;

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};

pub use error::CliError;
use output::Format;

/// Muniment: an identity backend whose every account and session change is an event.
#[derive(Debug, Parser)]
#[command(name = "muniment", version, about, max_term_width = 100, after_help = AFTER_HELP)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Without a configuration file, muniment keeps its data and a generated configuration in \
./muniment-data (MUNIMENT_DATA_DIR names another folder).

Exit status: 0 done, 1 failed, 2 wrong usage, 3 wrong configuration, 4 not found, 5 refused (taken, \
not valid), 6 database not usable, 7 the log or what is made of it is damaged, 141 nobody reads what \
is printed.";

#[derive(Debug, Args)]
struct Global {
    /// Configuration file; give it several times to merge several, later ones over earlier ones
    #[arg(short, long = "config", value_name = "FILE", global = true)]
    config: Vec<PathBuf>,
    /// Print JSON for programs instead of text for people
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the APIs until told to stop
    Serve(serve::Serve),
    /// Do what happens outside of requests, and serve nothing
    Worker(worker::Work),
    /// Register, show and change accounts
    #[command(subcommand)]
    Users(users::Users),
    /// Show OAuth 2.0 clients; they are changed in the configuration
    Clients(clients::Clients),
    /// Issue, list and revoke invitations to register
    #[command(subcommand)]
    RegistrationTokens(registration_tokens::RegistrationTokens),
    /// Read the history, and prove it
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Look after the log
    #[command(subcommand)]
    Log(log::Log),
    /// Look after the keys that seal personal data, and those that sign tokens
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Look after the read models
    #[command(subcommand)]
    Projections(projections::Projections),
    /// Check and show the configuration
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Print a document made of the code, as committed with the source
    #[command(hide = true)]
    PrintSchema(print_schema::PrintSchema),
}

impl Cli {
    /// Runs the command to its end; errors are printed here, once.
    pub fn run(self) -> ExitCode {
        let quiet = !matches!(self.command, Command::Serve(_) | Command::Worker(_));
        crate::logging::start(quiet);
        let format = Format::from_json(self.global.json);
        match self.execute(format) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                output::error(format, &error);
                error.exit_code()
            }
        }
    }

    fn execute(self, format: Format) -> Result<(), CliError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| CliError::Failed(format!("cannot start: {error}")))?;
        let files = self.global.config;
        runtime.block_on(async {
            match self.command {
                Command::Serve(command) => command.run(&files).await,
                Command::Worker(command) => command.run(&files).await,
                Command::Users(command) => command.run(&files, format).await,
                Command::Clients(command) => command.run(&files, format).await,
                Command::RegistrationTokens(command) => command.run(&files, format).await,
                Command::Audit(command) => command.run(&files, format).await,
                Command::Log(command) => command.run(&files, format).await,
                Command::Keys(command) => command.run(&files, format).await,
                Command::Projections(command) => command.run(&files, format).await,
                Command::Config(command) => command.run(&files),
                Command::PrintSchema(command) => command.run(),
            }
        })
    }
}
