//! `muniment log migrate --to esdb://…`: the log of a database becomes one in EventStoreDB, and the
//! database the one that follows it.

use muniment_store::{
    log::eventstoredb::{DEFAULT_STREAM, EventStoreDbError, EventStoreDbOptions, upload},
    sql::DatabaseOptions,
};
use serde_json::json;

use crate::cli::{
    CliError,
    output::{self, Format},
    progress,
};

pub async fn run(
    from: &DatabaseOptions,
    uri: String,
    stream: Option<&str>,
    format: Format,
) -> Result<(), CliError> {
    let stream = stream.unwrap_or(DEFAULT_STREAM).to_owned();
    let options = EventStoreDbOptions { uri, stream };
    options.check()?;
    let database = from.open().await?;
    let bar = progress::bar();
    let uploaded = upload(&options, &database, |progress| {
        bar.set_message(if progress.checking {
            "comparing"
        } else {
            "writing"
        });
        bar.set_length(progress.head);
        bar.set_position(progress.position);
    })
    .await;
    bar.finish_and_clear();
    database.close().await;
    let uploaded = uploaded?;
    match format {
        Format::Json => output::print_json(&json!({
            "events": uploaded.events,
            "sha256": hex::encode(uploaded.digest),
        })),
        Format::Text => outln!(
            "The stream {} and the database hold the same {} events\n{}\n\
             Now set event_store.kind to eventstoredb and event_store.uri, and start the server",
            options.stream,
            uploaded.events,
            output::facts(&[("SHA-256 of all leaf hashes", hex::encode(uploaded.digest))])
        ),
    }
    Ok(())
}

impl From<EventStoreDbError> for CliError {
    fn from(error: EventStoreDbError) -> Self {
        let text = error.to_string();
        match error {
            EventStoreDbError::Uri(_) | EventStoreDbError::Diverged { .. } => Self::Refused(text),
            EventStoreDbError::Damaged { .. } => Self::Damaged(text),
            EventStoreDbError::Unavailable(_)
            | EventStoreDbError::Refused(_)
            | EventStoreDbError::Database(_)
            | EventStoreDbError::Log(_)
            | EventStoreDbError::Follow(_) => Self::Database(text),
        }
    }
}
