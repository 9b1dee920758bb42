use muniment_domain::UserId;
use poem::http::StatusCode;
use tokio::sync::mpsc::Sender;
use uuid::Uuid;

use super::{
    line::{BulkUsersLine, BulkUsersOutcome, BulkUsersSummary},
    request::Wanted,
};
use crate::admin::{AdminError, Caller, error::Subject, known, schema::Id};

/// A change under way.
pub struct Run {
    caller: Caller,
    wanted: Wanted,
    lines: Sender<BulkUsersLine>,
    summary: BulkUsersSummary,
    request: Uuid,
}

/// Why it ends before its end.
enum Cut {
    ClientGone,
    Stopping,
    /// The database does not answer, or nobody knows whom it would be about.
    Failed(AdminError),
}

impl Run {
    pub fn new(caller: Caller, wanted: Wanted, lines: Sender<BulkUsersLine>) -> Self {
        Self {
            summary: BulkUsersSummary {
                dry_run: wanted.dry_run,
                count: wanted.selection.count(),
                ..BulkUsersSummary::default()
            },
            request: caller.actor.metadata().correlation_id,
            caller,
            wanted,
            lines,
        }
    }

    /// Goes through all users. Whatever ends it before, the client misses the summary.
    pub async fn run(mut self) {
        let ended = self.each().await;
        let summary = self.summary;
        let why = match ended {
            Ok(()) => None,
            Err(Cut::ClientGone) => Some("the client went away"),
            Err(Cut::Stopping) => Some("the server stops"),
            Err(Cut::Failed(error)) => {
                // For the log alone.
                drop(error.told(self.request));
                Some("it failed")
            }
        };
        tracing::info!(
            request.id = %self.request,
            dry_run = summary.dry_run,
            users.count = summary.count,
            users.done = summary.done,
            cut = why,
            "a bulk operation has ended"
        );
    }

    async fn each(&mut self) -> Result<(), Cut> {
        loop {
            let database = &self.caller.app.database;
            let found = self.wanted.selection.next(database).await;
            let users = found.map_err(|error| Cut::Failed(error.into()))?;
            if users.is_empty() {
                break;
            }
            for user in users {
                if self.caller.app.live.is_stopped() {
                    return Err(Cut::Stopping);
                }
                if self.lines.is_closed() {
                    return Err(Cut::ClientGone);
                }
                let line = self.one(user).await.map_err(Cut::Failed)?;
                self.send(line).await?;
            }
        }
        self.send(BulkUsersLine {
            summary: Some(self.summary),
            ..BulkUsersLine::default()
        })
        .await
    }

    async fn send(&self, line: BulkUsersLine) -> Result<(), Cut> {
        self.lines.send(line).await.map_err(|_| Cut::ClientGone)
    }

    /// Changes one user; an error is of the database, and may be over when the client asks again.
    async fn one(&mut self, user: UserId) -> Result<BulkUsersLine, AdminError> {
        let mut line = BulkUsersLine {
            id: Some(Id(user.as_uuid())),
            ..BulkUsersLine::default()
        };
        let outcome = match self.change(user, &mut line).await {
            Ok(true) => BulkUsersOutcome::Done,
            Ok(false) => BulkUsersOutcome::Unchanged,
            Err(error @ AdminError::Unavailable(_)) => return Err(error),
            Err(error) => {
                let (status, errors) = error.told(self.request);
                line.errors = errors;
                match status {
                    StatusCode::NOT_FOUND => BulkUsersOutcome::NotFound,
                    status if status.is_server_error() => BulkUsersOutcome::Failed,
                    _ => BulkUsersOutcome::Refused,
                }
            }
        };
        line.outcome = Some(outcome);
        self.summary.add(outcome);
        Ok(line)
    }

    async fn change(&self, id: UserId, line: &mut BulkUsersLine) -> Result<bool, AdminError> {
        let Self { caller, wanted, .. } = self;
        let user = known::user(caller, id).await?;
        if wanted.shows_names {
            line.username = Some(user.username.clone());
        }
        if wanted.spares_caller && caller.accounts.contains(&id) {
            return Err(AdminError::refused(
                StatusCode::FORBIDDEN,
                "Your own account has to be named",
            ));
        }
        // Nobody keeps administrators out with a part of what they have.
        known::may_be_given(caller, &user.username, user.can_request_admin)?;
        let app = &caller.app;
        let changed = if wanted.dry_run {
            wanted.change.is_due(app, &user).await
        } else {
            wanted.change.make(app, &caller.actor, &user).await
        };
        changed.map_err(|error| AdminError::account(error, Subject::User(id)))
    }
}
