use std::io;

use futures_util::stream;
use poem::{IntoResponse, Response, http::StatusCode};
use poem_openapi::{
    Enum, Object,
    registry::{MetaMediaType, MetaResponse, Registry},
    types::Type,
};
use serde::Serialize;
use tokio::sync::mpsc::Receiver;

use crate::admin::{
    answer::{self, NDJSON, Success},
    error::Error,
    schema::Id,
};

/// A line of the answer: about a user, or the summary
#[derive(Default, Serialize, Object)]
pub struct BulkUsersLine {
    /// The ID of the user
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Id>,
    /// The username, for those who may look at users
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// What was done about the user
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<BulkUsersOutcome>,
    /// Why it was not done: the error, followed by its causes
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[oai(default)]
    pub errors: Vec<Error>,
    /// On the last line
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<BulkUsersSummary>,
}

/// What was done about a user, or in a dry run would be
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Enum)]
#[serde(rename_all = "snake_case")]
#[oai(rename_all = "snake_case")]
pub enum BulkUsersOutcome {
    /// It was done
    Done,
    /// There was nothing to change
    Unchanged,
    /// You may not do it
    Refused,
    /// There is no such user
    NotFound,
    /// Something went wrong
    Failed,
}

/// How often there was each outcome
#[derive(Debug, Clone, Copy, Default, Serialize, Object)]
pub struct BulkUsersSummary {
    /// Whether nothing was done, but only told
    pub dry_run: bool,
    /// How many users it was about when it began, which is what `expected_count` has to be
    pub count: u64,
    pub done: u64,
    pub unchanged: u64,
    pub refused: u64,
    pub not_found: u64,
    pub failed: u64,
}

impl BulkUsersSummary {
    pub fn add(&mut self, outcome: BulkUsersOutcome) {
        *match outcome {
            BulkUsersOutcome::Done => &mut self.done,
            BulkUsersOutcome::Unchanged => &mut self.unchanged,
            BulkUsersOutcome::Refused => &mut self.refused,
            BulkUsersOutcome::NotFound => &mut self.not_found,
            BulkUsersOutcome::Failed => &mut self.failed,
        } += 1;
    }
}

/// 200, with lines as they are made.
pub struct Lines(pub Receiver<BulkUsersLine>);

impl IntoResponse for Lines {
    fn into_response(self) -> Response {
        let lines = stream::unfold(self.0, async |mut lines| {
            let written = write(&lines.recv().await?);
            Some((written, lines))
        });
        answer::lines(lines)
    }
}

fn write(line: &BulkUsersLine) -> io::Result<Vec<u8>> {
    let mut written = serde_json::to_vec(line)?;
    written.push(b'\n');
    Ok(written)
}

impl Success for Lines {
    fn metas() -> Vec<MetaResponse> {
        vec![MetaResponse {
            description: "A line for each user, and at last the summary",
            status: Some(StatusCode::OK.as_u16()),
            status_range: None,
            content: vec![MetaMediaType {
                content_type: NDJSON,
                schema: BulkUsersLine::schema_ref(),
            }],
            headers: Vec::new(),
        }]
    }

    fn register(registry: &mut Registry) {
        BulkUsersLine::register(registry);
    }
}
