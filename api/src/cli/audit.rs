//! `muniment audit`: the history, read from the log itself.

use std::path::PathBuf;

use clap::Subcommand;

use super::{CliError, audit_log::Log, context, output::Format};

#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Print what happened: when, what, to whom, by whom, through which client
    Log(Log),
}

impl Audit {
    pub async fn run(self, files: &[PathBuf], format: Format) -> Result<(), CliError> {
        let app = context::open(files).await?;
        let result = match self {
            Self::Log(command) => command.run(&app, format).await,
        };
        app.stop().await;
        result
    }
}
