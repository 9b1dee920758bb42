//! `muniment worker`: what happens outside of requests, in a process of its own.

use std::path::PathBuf;

use clap::Args;

use super::{CliError, context, serve::stop_signal};
use crate::jobs::Worker;

/// Sends mails, tells the homeserver what has changed, and removes what has expired, until told to
/// stop. `muniment serve` does this too, unless it is told `--no-worker`; any number may run.
#[derive(Debug, Args)]
pub struct Work {}

impl Work {
    pub async fn run(self, files: &[PathBuf]) -> Result<(), CliError> {
        let app = context::open(files).await?;
        let stop = stop_signal()?;
        let worker = Worker::start(&app);
        tracing::info!("working");
        stop.await;
        tracing::info!("stopping: finishing what is under way");
        worker.stop().await;
        app.stop().await;
        Ok(())
    }
}
