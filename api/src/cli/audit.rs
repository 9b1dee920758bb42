//! `muniment audit`: the history, read from the log itself.

use std::path::PathBuf;

use clap::Subcommand;

use super::{
    CliError,
    audit_diff::Diff,
    audit_log::Log,
    audit_replay::{self, ReplayLog},
    audit_show::Show,
    context,
    output::Format,
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
}

impl Audit {
    pub async fn run(self, files: &[PathBuf], format: Format) -> Result<(), CliError> {
        match self {
            Self::Log(command) => with_app(files, async |app| command.run(app, format).await).await,
            Self::Show(command) => {
                with_app(files, async |app| command.run(app, format).await).await
            }
            Self::Diff(command) => {
                with_app(files, async |app| command.run(app, format).await).await
            }
            Self::Replay(command) => command.run(files, format).await,
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
