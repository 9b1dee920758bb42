//! `muniment projections`: the read models.

use std::path::PathBuf;

use clap::Subcommand;
use muniment_projections::queries::projection_states;
use muniment_store::log::read_head;
use serde_json::json;

use super::{
    CliError, context,
    output::{self, Format},
    progress,
};
use crate::settings;

#[derive(Debug, Subcommand)]
pub enum Projections {
    /// Build the read models anew from the log, beside the live ones, and swap them in
    ///
    /// The server may go on running. When interrupted, the next run goes on where this one stopped. A
    /// read model that was stopped follows the log again afterwards.
    Rebuild,
    /// Show how far each read model has followed the log, and why one was stopped
    ///
    /// Changes nothing, and brings nothing up to date.
    Status,
}

impl Projections {
    pub async fn run(self, files: &[PathBuf], format: Format) -> Result<(), CliError> {
        match self {
            Self::Rebuild => rebuild(files, format).await,
            Self::Status => status(files, format).await,
        }
    }
}

async fn rebuild(files: &[PathBuf], format: Format) -> Result<(), CliError> {
    let app = context::open(files).await?;
    let bar = progress::bar();
    let mut events = 0;
    let rebuilt = app
        .projections
        .rebuild(&app.database, |progress| {
            bar.set_message(progress.projection);
            bar.set_length(progress.head);
            bar.set_position(progress.position);
            events = progress.position;
        })
        .await;
    bar.finish_and_clear();
    app.stop().await;
    rebuilt?;
    match format {
        Format::Json => output::print_json(&json!({"position": events})),
        Format::Text => outln!("The read models are rebuilt, up to position {events}"),
    }
    Ok(())
}

async fn status(files: &[PathBuf], format: Format) -> Result<(), CliError> {
    let ambient = context::Ambient::new()?;
    let config = context::load(files, &ambient)?;
    // Not as the server does it: that would bring them up to date.
    let database = settings::parts(&config, ambient.clock, ambient.entropy)?
        .database
        .open()
        .await?;
    let found = async {
        let states = projection_states(&database).await?;
        Ok::<_, CliError>((states, read_head(&database).await?))
    }
    .await;
    database.close().await;
    let (states, head) = found?;
    match format {
        Format::Json => {
            let projections: Vec<_> = states
                .iter()
                .map(|state| {
                    json!({
                        "name": state.name,
                        "version": state.version,
                        "position": state.position,
                        "stopped_at_position": state.stopped.as_ref().map(|at| at.position),
                        "stopped_reason": state.stopped.as_ref().map(|at| &at.reason),
                    })
                })
                .collect();
            output::print_json(&json!({"head": head, "projections": projections}));
        }
        Format::Text => output::print_table(
            ["PROJECTION", "VERSION", "POSITION", "HEAD", "STOPPED"],
            states.into_iter().map(|state| {
                [
                    state.name,
                    state.version.to_string(),
                    state.position.to_string(),
                    head.to_string(),
                    state.stopped.map_or_else(String::new, |at| {
                        format!("at position {}: {}", at.position, at.reason)
                    }),
                ]
            }),
        ),
    }
    Ok(())
}
