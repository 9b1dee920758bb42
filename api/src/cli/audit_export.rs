//! `muniment audit export`.

use std::path::PathBuf;

use clap::Args;
use muniment_domain::UserId;
use muniment_store::{
    bundle::{self, BundleError, ExportError, Exported, Part, Texts},
    log::Position,
    tree::{SealError, Step},
};
use serde_json::json;

use super::{
    CliError, context,
    output::{self, Format},
    print_schema, progress,
};
use crate::app::App;

pub const AFTER_HELP: &str = "\
The bundle is a folder with the events as they are stored, the checkpoints, the public key, what each \
type of event says, and a README for whoever reads it. Personal data in it stays sealed. When \
interrupted, run the same command again: it goes on where it stopped. `muniment audit verify` checks \
it, without database or configuration.

With --user, it holds the events about one person, and of all others hashes alone: that these events \
are in the history is proven, that there are no more about that person is not.";

#[derive(Debug, Args)]
pub struct Export {
    /// The folder to write, which must not exist yet
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,
    /// Begin at this position
    #[arg(long, value_name = "POSITION")]
    from: Option<Position>,
    /// End with this position
    #[arg(long, value_name = "POSITION")]
    to: Option<Position>,
    /// Only the events about this person: username or id; of who has been erased, the id
    #[arg(long, value_name = "USER")]
    user: Option<String>,
}

impl Export {
    pub async fn run(self, app: &App, format: Format) -> Result<(), CliError> {
        let user = match &self.user {
            Some(name) => Some(context::find_user(app, name).await?),
            None => None,
        };
        seal(app).await?;
        let bar = progress::bar();
        bar.set_message("exporting");
        let part = Part {
            first: self.from,
            last: self.to,
            user: user.map(|user| user.as_uuid()),
        };
        let catalogue = print_schema::events();
        let texts = Texts {
            catalogue: &catalogue,
        };
        let key = app.audit.key();
        let exported = bundle::export(
            &app.database,
            key,
            &self.bundle,
            part,
            texts,
            |done, all| {
                bar.set_length(all);
                bar.set_position(done);
            },
        )
        .await;
        bar.finish_and_clear();
        let Exported {
            first,
            last,
            events,
            tree_size,
            checkpoints,
        } = exported?;
        let about = user.map(about).unwrap_or_default();
        match format {
            Format::Json => output::print_json(&json!({
                "bundle": self.bundle,
                "first": first,
                "last": last,
                "user": user.map(|user| user.to_string()),
                "events": events,
                "tree_size": tree_size,
                "checkpoints": checkpoints,
                "key": key.to_string(),
            })),
            Format::Text => outln!(
                "Exported {events} events{about}, positions {first} to {last} of {tree_size} that are \
                 sealed\n{}",
                output::facts(&[
                    ("bundle", self.bundle.display().to_string()),
                    ("checkpoints", checkpoints.to_string()),
                    ("key", key.to_string()),
                    (
                        "next",
                        format!("muniment audit verify {}", self.bundle.display())
                    ),
                ])
            ),
        }
        Ok(())
    }
}

/// What is said of a bundle about one person.
pub fn about(user: UserId) -> String {
    format!(" about {user}")
}

/// Seals what is not sealed yet. A log that must not be sealed is exported as it was sealed last, so
/// that others can look at it.
async fn seal(app: &App) -> Result<(), CliError> {
    loop {
        match app
            .audit
            .advance(&app.database, &app.ids, &*app.clock)
            .await
        {
            Ok(Step::Filled { .. }) => {}
            Ok(Step::Done { .. } | Step::Sealed { .. }) => return Ok(()),
            Err(SealError::Database(error)) => return Err(error.into()),
            Err(refused) => {
                eprintln!("warning: the newest events are not sealed: {refused}");
                return Ok(());
            }
        }
    }
}

impl From<ExportError> for CliError {
    fn from(error: ExportError) -> Self {
        let text = error.to_string();
        match error {
            ExportError::Database(_) | ExportError::Log(_) => Self::Database(text),
            ExportError::Bundle(error) => error.into(),
            ExportError::Exists(_)
            | ExportError::OtherPlan(_)
            | ExportError::Empty
            | ExportError::Beyond { .. } => Self::Refused(text),
            ExportError::Damaged(_) => Self::Damaged(text),
        }
    }
}

impl From<BundleError> for CliError {
    fn from(error: BundleError) -> Self {
        let text = error.to_string();
        match error {
            BundleError::NoBundle(_) => Self::NotFound(text),
            BundleError::Io { .. } => Self::Failed(text),
            BundleError::Version(_) => Self::Refused(text),
            BundleError::Malformed { .. } => Self::Damaged(text),
        }
    }
}
