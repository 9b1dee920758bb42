//! `muniment audit`: the history, read from the log itself.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;

use super::{
    CliError,
    audit_diff::Diff,
    audit_export::{self, Export},
    audit_log::Log,
    audit_replay::{self, ReplayLog},
    audit_show::Show,
    audit_verify::{self, Verify},
    context,
    output::{self, Format},
};
use crate::app::App;

#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Print what happened: when, what, to whom, by whom, through which client
    Log(Log),
    /// Show an account as it stood at a moment: its state, its addresses, and who could act as it
    ///
    /// What was erased since is shown as erased.
    Show(Show),
    /// Tell what changed about an account between two moments, by whom, through which client, and
    /// what came of it
    Diff(Diff),
    /// Replay the whole log into fresh read models beside the live ones, and compare them row by row
    ///
    /// Changes nothing, sends no mail and calls nobody. The server may go on running: everything is
    /// seen as it was when the replay began. What is replayed lies in a file without a name in TMPDIR,
    /// which is gone with the command.
    #[command(after_help = audit_replay::AFTER_HELP)]
    Replay(ReplayLog),
    /// Write the events, or a part of them, into a bundle that proves itself
    #[command(after_help = audit_export::AFTER_HELP)]
    Export(Export),
    /// Check a bundle
    #[command(after_help = audit_verify::AFTER_HELP)]
    Verify(Verify),
    /// Print the public key that checkpoints are verified with, for auditors to note down
    Key,
}

impl Audit {
    pub async fn run(self, files: &[PathBuf], format: Format) -> Result<(), CliError> {
        match self {
            Self::Replay(command) => command.run(files, format).await,
            Self::Verify(command) => command.run(format).await,
            of_the_log => with_app(files, async |app| of_the_log.run_with(app, format).await).await,
        }
    }

    /// What looks at the log through the whole program.
    async fn run_with(self, app: &App, format: Format) -> Result<(), CliError> {
        match self {
            Self::Log(command) => command.run(app, format).await,
            Self::Show(command) => command.run(app, format).await,
            Self::Diff(command) => command.run(app, format).await,
            Self::Export(command) => command.run(app, format).await,
            Self::Key => {
                print_key(app, format);
                Ok(())
            }
            // They open only what they need.
            Self::Replay(_) | Self::Verify(_) => Ok(()),
        }
    }
}

async fn with_app(
    files: &[PathBuf],
    run: impl AsyncFnOnce(&App) -> Result<(), CliError>,
) -> Result<(), CliError> {
    let app = context::open(files).await?;
    let result = run(&app).await;
    app.stop().await;
    result
}

fn print_key(app: &App, format: Format) {
    let key = app.audit.key();
    match format {
        Format::Json => output::print_json(&json!({
            "key": key.to_string(),
            "origin": key.name(),
        })),
        Format::Text => outln!("{key}"),
    }
}
