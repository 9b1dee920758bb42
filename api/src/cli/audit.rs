//! `muniment audit`: the history, read from the log itself.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use muniment_domain::{Pii, UserId};
use muniment_store::log::{EventLog, Metadata, Position, RecordedEvent};
use serde_json::{Value, json};

use super::{
    CliError,
    audit_export::{self, Export},
    audit_verify::{self, Verify},
    context,
    output::{self, Format},
};
use crate::{app::App, http::rfc3339_z};

/// Events read at once.
const PAGE: u32 = 500;

#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Print what happened to an account: when, what, by whom, through which client
    Log(Log),
    /// Write the events, or a part of them, into a bundle that proves itself
    #[command(after_help = audit_export::AFTER_HELP)]
    Export(Export),
    /// Check a bundle
    #[command(after_help = audit_verify::AFTER_HELP)]
    Verify(Verify),
    /// Print the public key that checkpoints are verified with, for auditors to note down
    Key,
}

#[derive(Debug, Args)]
pub struct Log {
    /// Username or id
    user: String,
    /// Go on after this position
    #[arg(long, value_name = "POSITION", default_value_t = 0)]
    after: Position,
    /// How many events to print, all when absent
    #[arg(long)]
    limit: Option<usize>,
}

impl Audit {
    pub async fn run(self, files: &[PathBuf], format: Format) -> Result<(), CliError> {
        match self {
            Self::Verify(command) => command.run(format).await,
            Self::Log(command) => with_app(files, async |app| command.run(app, format).await).await,
            Self::Export(command) => {
                with_app(files, async |app| command.run(app, format).await).await
            }
            Self::Key => {
                with_app(files, async |app| {
                    print_key(app, format);
                    Ok(())
                })
                .await
            }
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

impl Log {
    async fn run(self, app: &App, format: Format) -> Result<(), CliError> {
        let user = context::find_user(app, &self.user).await?;
        let mut after = self.after;
        let mut left = self.limit.unwrap_or(usize::MAX);
        let mut printed = 0;
        while left > 0 {
            let limit = PAGE.min(u32::try_from(left).unwrap_or(PAGE));
            let page = app.log.read_subject(user.as_uuid(), after, limit).await?;
            let Some(last) = page.last() else { break };
            after = last.position;
            left -= page.len();
            let whole_page = page.len() == limit as usize;
            print(app, &page, format).await?;
            printed += page.len();
            if !whole_page {
                break;
            }
        }
        if printed == 0 && self.after == 0 {
            return Err(unknown(user));
        }
        Ok(())
    }
}

fn print_key(app: &App, format: Format) {
    let key = app.audit.key();
    match format {
        Format::Json => output::print_json(&json!({
            "key": key.to_string(),
            "origin": key.name(),
        })),
        Format::Text => println!("{key}"),
    }
}

fn unknown(user: UserId) -> CliError {
    CliError::NotFound(format!("the log holds nothing about {user}"))
}

async fn print(app: &App, page: &[RecordedEvent], format: Format) -> Result<(), CliError> {
    let mut entries = Vec::with_capacity(page.len());
    for record in page {
        entries.push(Entry::read(app, record).await?);
    }
    match format {
        Format::Json => entries.iter().for_each(|entry| {
            output::print_json_line(&entry.json());
        }),
        Format::Text => output::print_table(
            ["POSITION", "TIME (UTC)", "WHAT", "BY", "THROUGH", "DETAILS"],
            entries.iter().map(Entry::row),
        ),
    }
    Ok(())
}

/// One event, opened for reading.
struct Entry<'r> {
    record: &'r RecordedEvent,
    metadata: Metadata,
    /// What the event says, without the account's own id and with personal data in clear.
    details: Vec<(String, Value)>,
}

impl<'r> Entry<'r> {
    async fn read(app: &App, record: &'r RecordedEvent) -> Result<Self, CliError> {
        let payload = app.journal.codec().open_payload(record).await?;
        let metadata = record
            .metadata()
            .map_err(|error| CliError::Failed(format!("position {}: {error}", record.position)))?;
        Ok(Self {
            record,
            metadata,
            details: details(payload),
        })
    }

    fn json(&self) -> Value {
        json!({
            "position": self.record.position,
            "time": rfc3339_z(self.record.recorded_at),
            "event_id": self.record.event_id,
            "type": self.record.event_type,
            "version": self.record.event_version,
            "actor": self.metadata.actor,
            "client": self.metadata.client,
            "session": self.metadata.session,
            "correlation_id": self.metadata.correlation_id,
            "details": Value::Object(self.details.iter().cloned().collect()),
        })
    }

    fn row(&self) -> [String; 6] {
        let details: Vec<String> = self
            .details
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| match value {
                Value::String(text) => format!("{name}={text}"),
                other => format!("{name}={other}"),
            })
            .collect();
        [
            self.record.position.to_string(),
            output::time(self.record.recorded_at),
            self.record.event_type.clone(),
            self.metadata.actor.clone(),
            self.metadata
                .client
                .as_ref()
                .map_or_else(String::new, |client| format!("client:{client}")),
            details.join(" "),
        ]
    }
}

/// The members of `{"Variant": {…}}`, ids as ULIDs.
fn details(payload: Value) -> Vec<(String, Value)> {
    let Value::Object(variant) = payload else {
        return Vec::new();
    };
    variant
        .into_iter()
        .filter_map(|(_, body)| match body {
            Value::Object(members) => Some(members),
            _ => None,
        })
        .flatten()
        .filter(|(name, _)| name != "user_id")
        .map(|(name, value)| {
            let value = readable(&name, value);
            (name, value)
        })
        .collect()
}

fn readable(name: &str, value: Value) -> Value {
    match value {
        Value::Object(mut members) => {
            if let Some(clear) = members.remove(Pii::<()>::CLEAR) {
                clear
            } else if members.contains_key(Pii::<()>::SHREDDED) {
                Value::String("(erased)".to_owned())
            } else {
                Value::Object(members)
            }
        }
        Value::String(text) if name.ends_with("_id") => uuid::Uuid::parse_str(&text)
            .map_or(Value::String(text), |id| {
                Value::String(UserId::from_uuid(id).to_string())
            }),
        // A list of ids; no event holds a list of free texts.
        Value::Array(values) => values
            .into_iter()
            .map(|value| readable("_id", value))
            .collect(),
        other => other,
    }
}
