//! `muniment keys`: the keys that seal personal data.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;

use super::{
    CliError, context,
    output::{self, Format},
    progress,
};
use crate::app::App;

#[derive(Debug, Subcommand)]
pub enum Keys {
    /// Wrap every key anew under the present `secrets.encryption`
    ///
    /// First put the new secret in `secrets.encryption` and the old one in
    /// `secrets.previous_encryption`, and restart every server. Then run this, while they go on
    /// serving. Then remove the old secret. No event is touched. When interrupted, run it again.
    Rotate,
}

impl Keys {
    pub async fn run(self, files: &[PathBuf], format: Format) -> Result<(), CliError> {
        let app = context::open(files).await?;
        let Self::Rotate = self;
        let result = rotate(&app, format).await;
        app.stop().await;
        result
    }
}

async fn rotate(app: &App, format: Format) -> Result<(), CliError> {
    let bar = progress::bar();
    bar.set_message("keys");
    bar.set_length(app.keys.wrapped_otherwise().await?);
    let mut count = 0;
    let rewrapped = app
        .keys
        .rewrap(|keys| {
            count += keys;
            bar.set_position(count);
        })
        .await;
    bar.finish_and_clear();
    rewrapped?;
    // What was wrapped under the old secret must not be found by whoever has it.
    let scrubbed = app.keys.scrub().await?;
    match format {
        Format::Json => output::print_json(&json!({"keys": count, "files_scrubbed": scrubbed})),
        Format::Text => println!(
            "{count} keys were wrapped anew; secrets.previous_encryption is not needed any more"
        ),
    }
    Ok(())
}
