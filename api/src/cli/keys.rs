//! `muniment keys`: the keys that seal personal data, and those that sign tokens.

use std::path::PathBuf;

use clap::Subcommand;
use muniment_store::signing_keys;
use serde_json::json;

use super::{
    CliError, context,
    output::{self, Format},
    progress,
};
use crate::{
    app::App,
    signing::{Algorithm, KeyKind, Origin, generate},
};

#[derive(Debug, Subcommand)]
pub enum Keys {
    /// Wrap every key anew under the present `secrets.encryption`
    ///
    /// First put the new secret in `secrets.encryption` and the old one in
    /// `secrets.previous_encryption`, and restart every server. Then run this, while they go on
    /// serving. Then remove the old secret. No event is touched. When interrupted, run it again.
    Rotate,
    /// Show the keys that sign tokens, those that sign before those that only verify
    List,
    /// Make a new key that signs tokens; keys of its kind that are there go on to verify
    ///
    /// Only where the configuration names no keys (`secrets.keys`, `secrets.keys_dir`). Then restart
    /// every server: from then on it signs.
    Add {
        /// rsa (2048 bits), p256, p384 or secp256k1
        #[arg(long)]
        kind: KeyKind,
    },
}

impl Keys {
    pub async fn run(self, files: &[PathBuf], format: Format) -> Result<(), CliError> {
        let app = context::open(files).await?;
        let result = match self {
            Self::Rotate => rotate(&app, format).await,
            Self::List => {
                list(&app, format);
                Ok(())
            }
            Self::Add { kind } => add(&app, kind, format).await,
        };
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
        Format::Text => outln!(
            "{count} keys were wrapped anew; secrets.previous_encryption is not needed any more"
        ),
    }
    Ok(())
}

fn list(app: &App, format: Format) {
    let keys = app.signing.get();
    let keys = keys.all();
    let algorithms = |kind: KeyKind| -> Vec<&str> {
        kind.algorithms()
            .iter()
            .map(|a| Algorithm::name(*a))
            .collect()
    };
    let signs = |index: usize| {
        let kind = keys[index].key.kind();
        keys.iter().position(|key| key.key.kind() == kind) == Some(index)
    };
    if format == Format::Json {
        let keys: Vec<_> = keys
            .iter()
            .enumerate()
            .map(|(index, key)| {
                let (created_at, configured_in) = match &key.origin {
                    Origin::Configured { place } => (None, Some(place)),
                    Origin::Stored { created_at } => (Some(output::time(*created_at)), None),
                };
                json!({
                    "kid": key.kid,
                    "kind": key.key.kind().name(),
                    "algorithms": algorithms(key.key.kind()),
                    "signs": signs(index),
                    "created_at": created_at,
                    "configured_in": configured_in,
                })
            })
            .collect();
        output::print_json(&json!({"keys": keys}));
        return;
    }
    let rows = keys.iter().enumerate().map(|(index, key)| {
        let (since, from) = match &key.origin {
            Origin::Configured { place } => (String::new(), place.clone()),
            Origin::Stored { created_at } => (output::time(*created_at), "database".to_owned()),
        };
        [
            key.kid.clone(),
            key.key.kind().name().to_owned(),
            algorithms(key.key.kind()).join(" "),
            if signs(index) { "yes" } else { "no" }.to_owned(),
            since,
            from,
        ]
    });
    output::print_table(
        ["KID", "KIND", "ALGORITHMS", "SIGNS", "SINCE (UTC)", "FROM"],
        rows,
    );
}

async fn add(app: &App, kind: KeyKind, format: Format) -> Result<(), CliError> {
    let known = app.signing.get();
    let configured = known.all().iter().find_map(|key| match &key.origin {
        Origin::Configured { place } => Some(place),
        Origin::Stored { .. } => None,
    });
    if let Some(place) = configured {
        return Err(CliError::Refused(format!(
            "signing keys come from the configuration ({place}): put a new one before it there"
        )));
    }
    let now = app.clock.now();
    let key = tokio::task::spawn_blocking(move || generate(kind, now))
        .await
        .map_err(|error| CliError::Failed(error.to_string()))?
        .map_err(|_| CliError::Failed("the key could not be generated".to_owned()))?;
    signing_keys::add(&app.database, &app.sealer, &key).await?;
    match format {
        Format::Json => output::print_json(&json!({"kid": key.kid, "kind": key.kind})),
        Format::Text => outln!(
            "{} was made; servers publish it within a minute and sign with it within three",
            key.kid
        ),
    }
    Ok(())
}
