//! `muniment audit verify`: a bundle, with nothing else at hand.

use std::path::PathBuf;

use base64::{Engine, engine::general_purpose::STANDARD};
use clap::Args;
use muniment_domain::UserId;
use muniment_store::{
    bundle::{self, Verified, Verify as With},
    tree::VerifyingKey,
};
use serde_json::json;

use super::{
    CliError,
    audit_export::about,
    output::{self, Format},
    progress,
};

pub const AFTER_HELP: &str = "\
Needs no database and no configuration. Without --key, the bundle proves that it is whole and that \
whoever holds its key has signed it, not whose key that is: note the key down when you are given it \
(`muniment audit key`), and name it here. With --against and a checkpoint of an earlier time, it proves \
that nothing that had been sealed by then was changed, removed or put in since.

Exit status: 0 all is well, 7 something is damaged.";

#[derive(Debug, Args)]
pub struct Verify {
    /// The folder that `muniment audit export` wrote
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,
    /// A checkpoint of an earlier time, such as the checkpoint.txt of a former bundle
    #[arg(long, value_name = "OLD-CHECKPOINT")]
    against: Option<PathBuf>,
    /// The log's public key, as you were given it: NAME+ID+KEY
    #[arg(long, value_name = "KEY")]
    key: Option<VerifyingKey>,
}

impl Verify {
    pub async fn run(self, format: Format) -> Result<(), CliError> {
        let against = match &self.against {
            Some(path) => Some(std::fs::read_to_string(path).map_err(|error| {
                CliError::Failed(format!("cannot read {}: {error}", path.display()))
            })?),
            None => None,
        };
        let given = self.key.is_some();
        let with = With {
            key: self.key,
            against,
        };
        let bar = progress::bar();
        bar.set_message("verifying");
        let watched = bar.clone();
        let verified = tokio::task::spawn_blocking(move || {
            bundle::verify(&self.bundle, &with, |done, all| {
                watched.set_length(all);
                watched.set_position(done);
            })
        });
        let verified = verified.await;
        bar.finish_and_clear();
        let verified = verified.map_err(|error| CliError::Failed(error.to_string()))??;
        match format {
            Format::Json => print_json(&verified, given),
            Format::Text => print(&verified, given),
        }
        match verified.findings.count() {
            0 => Ok(()),
            1 => Err(CliError::Damaged(
                "1 thing is not as it should be".to_owned(),
            )),
            count => Err(CliError::Damaged(format!(
                "{count} things are not as they should be"
            ))),
        }
    }
}

fn print(verified: &Verified, given: bool) {
    let Verified {
        manifest,
        events,
        checkpoints,
        key,
        root,
        against,
        findings,
    } = verified;
    for finding in findings.told() {
        outln!("{finding}");
    }
    for (table, more) in findings.untold() {
        outln!("{table}: {more} more");
    }
    if !given {
        eprintln!(
            "warning: the key is the bundle's own; compare it with the one you were given, or name \
             that with --key"
        );
    }
    if !findings.is_empty() {
        return;
    }
    let user = manifest.user.map(UserId::from_uuid);
    outln!(
        "All is well: {events} events{}, positions {} to {} of {} that are sealed\n{}",
        user.map(about).unwrap_or_default(),
        manifest.first,
        manifest.last,
        manifest.tree_size,
        output::facts(&[
            ("root", STANDARD.encode(root)),
            ("checkpoints", checkpoints.to_string()),
            ("key", key.to_string()),
        ])
    );
    match user {
        None => outln!(
            "Proven: these are, byte for byte, the events that the holder of the key has sealed."
        ),
        Some(_) => outln!(
            "Proven: these are, byte for byte, events that the holder of the key has sealed.\nNot \
             proven: that none about that person is left out."
        ),
    }
    if let Some(size) = against {
        outln!("Proven: what was sealed up to position {size} by then is unchanged.");
    }
}

fn print_json(verified: &Verified, given: bool) {
    let manifest = &verified.manifest;
    let untold = verified.findings.untold();
    output::print_json(&json!({
        "sound": verified.findings.is_empty(),
        "events": verified.events,
        "first": manifest.first,
        "last": manifest.last,
        "user": manifest.user.map(|user| UserId::from_uuid(user).to_string()),
        "tree_size": manifest.tree_size,
        "root": STANDARD.encode(verified.root),
        "checkpoints": verified.checkpoints,
        "key": verified.key.to_string(),
        "key_given": given,
        "against": verified.against,
        "findings": verified.findings.told(),
        "untold": untold.collect::<std::collections::BTreeMap<_, _>>(),
    }));
}
