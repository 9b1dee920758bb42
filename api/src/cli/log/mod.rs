//! `muniment log`: the log as a whole.

mod check;
mod migrate;
pub mod parts;
#[cfg(feature = "eventstoredb")]
mod upload;

use std::path::PathBuf;

use clap::Subcommand;

use super::{CliError, output::Format};

#[derive(Debug, Subcommand)]
pub enum Log {
    /// Check that the log, and everything made of it, is what it should be
    ///
    /// Reads every event and works out anew what all of them amount to: positions, sequences, times
    /// and hashes; the claims on names and addresses; the vault's passwords and tokens; the keys of
    /// those who were erased; the read models, row by row; the index by which events are found; the
    /// tree over the events and the checkpoints that were signed. Prints one line for each thing that
    /// is off. Changes nothing. The server may go on running: everything is seen as it was when the
    /// check began.
    #[command(after_help = "Exit status: 0 all is well, 7 something is damaged.")]
    Check,
    /// Move the log, with all that belongs to it, into another database
    #[command(after_help = migrate::AFTER_HELP)]
    Migrate(migrate::Migrate),
}

impl Log {
    pub async fn run(self, files: &[PathBuf], format: Format) -> Result<(), CliError> {
        match self {
            Self::Check => check::run(files, format).await,
            Self::Migrate(command) => command.run(files, format).await,
        }
    }
}
