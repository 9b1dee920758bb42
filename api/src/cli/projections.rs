//! `muniment projections`: the read models.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;

use super::{
    CliError, context,
    output::{self, Format},
    progress,
};

#[derive(Debug, Subcommand)]
pub enum Projections {
    /// Build the read models anew from the log, beside the live ones, and swap them in
    ///
    /// The server may go on running. When interrupted, the next run goes on where this one stopped.
    Rebuild,
}

impl Projections {
    pub async fn run(self, files: &[PathBuf], format: Format) -> Result<(), CliError> {
        let app = context::open(files).await?;
        let Self::Rebuild = self;
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
            Format::Text => println!("The read models are rebuilt, up to position {events}"),
        }
        Ok(())
    }
}
