//! All projections together: following the log, and checking at start that they do.

use async_trait::async_trait;
use muniment_store::{
    Codec, CodecError, KeyError,
    log::{Applied, FollowError, Follower, LogError, Position, read_all_within},
    sql::{Database, DatabaseError, Row, Transaction, query},
};

use crate::{
    Projection, Target, browser_sessions::BrowserSessions, compat_sessions::CompatSessions,
    erasures::Erasures, oauth2_clients::Oauth2Clients, oauth2_sessions::Oauth2Sessions,
    personal_sessions::PersonalSessions, policy_data::PolicyDataHistory,
    registration_tokens::RegistrationTokens, upstream_links::UpstreamLinks,
    user_emails::UserEmails, users::Users,
};

/// Events read and applied at once while catching up.
pub(crate) const PAGE: u32 = 1000;

/// Every read model of the program.
pub struct Projections {
    pub(crate) projections: Vec<Box<dyn Projection>>,
    pub(crate) codec: Codec,
}

#[derive(Debug, thiserror::Error)]
pub enum ProjectionsError {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    Follow(#[from] FollowError),
    #[error("the event at position {position} cannot be read: {source}")]
    Codec {
        position: Position,
        source: CodecError,
    },
    #[error(
        "projection {0} was built by a newer version of muniment; run that version or a later one, \
         or `muniment projections rebuild` with this one"
    )]
    Newer(&'static str),
}

/// How far a projection has come, and by which version of itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Checkpoint {
    pub version: u32,
    pub position: Position,
}

impl Projections {
    #[must_use]
    pub fn new(codec: Codec) -> Self {
        Self {
            projections: vec![
                Box::new(Users),
                Box::new(UserEmails),
                Box::new(BrowserSessions),
                Box::new(Oauth2Sessions),
                Box::new(CompatSessions),
                Box::new(PersonalSessions),
                Box::new(Oauth2Clients),
                Box::new(RegistrationTokens),
                Box::new(UpstreamLinks),
                Box::new(Erasures),
                Box::new(PolicyDataHistory),
            ],
            codec,
        }
    }

    /// Brings every projection up to the log's head: applies what others have written, and rebuilds
    /// those whose version has changed. To be called once, before the log is written to.
    pub async fn prepare(&self, database: &Database) -> Result<(), ProjectionsError> {
        let mut outdated = false;
        for projection in &self.projections {
            let name = projection.name();
            let mut transaction = Transaction::writing(database).await?;
            match checkpoint(&mut transaction, name).await? {
                None => {
                    let fresh = Checkpoint {
                        version: projection.version(),
                        position: 0,
                    };
                    save_checkpoint(&mut transaction, name, fresh).await?;
                    transaction.commit().await?;
                }
                Some(found) if found.version > projection.version() => {
                    return Err(ProjectionsError::Newer(name));
                }
                Some(found) => outdated |= found.version < projection.version(),
            }
        }
        if outdated {
            tracing::info!("a projection has a new version: rebuilding");
            return self.rebuild(database, |_| {}).await;
        }
        for projection in &self.projections {
            while self.step(database, &**projection, Target::Live).await? == Step::More {}
        }
        Ok(())
    }

    /// Applies one page of events to one projection, in a transaction of its own.
    pub(crate) async fn step(
        &self,
        database: &Database,
        projection: &dyn Projection,
        target: Target,
    ) -> Result<Step, ProjectionsError> {
        let mut transaction = Transaction::writing(database).await?;
        let step = self
            .step_within(&mut transaction, projection, target)
            .await?;
        transaction.commit().await?;
        Ok(step)
    }

    /// Applies one page of events to one projection.
    pub(crate) async fn step_within(
        &self,
        transaction: &mut Transaction,
        projection: &dyn Projection,
        target: Target,
    ) -> Result<Step, ProjectionsError> {
        let name = target.table(projection.name());
        let at = checkpoint(transaction, &name)
            .await?
            .map_or(0, |found| found.position);
        let page = read_all_within(transaction, at, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(Step::Done);
        };
        for record in &page {
            let event =
                self.codec
                    .open(record)
                    .await
                    .map_err(|source| ProjectionsError::Codec {
                        position: record.position,
                        source,
                    })?;
            let applied = Applied {
                record,
                event: &event,
            };
            projection.apply(transaction, target, applied).await?;
        }
        let reached = Checkpoint {
            version: projection.version(),
            position: last.position,
        };
        save_checkpoint(transaction, &name, reached).await?;
        Ok(if page.len() < PAGE as usize {
            Step::Done
        } else {
            Step::More
        })
    }
}

/// Whether there may be more events to apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    More,
    Done,
}

#[async_trait]
impl Follower for Projections {
    async fn follow(
        &self,
        transaction: &mut Transaction,
        head: Position,
        events: &[Applied<'_>],
    ) -> Result<(), FollowError> {
        let reached = events.last().map_or(head, |last| last.record.position);
        // Usually all stand at the head, which one statement both checks and moves on.
        let in_step = self.move_on(transaction, Some(head), reached).await?;
        if in_step != self.projections.len() as u64 {
            for (name, checkpoint) in checkpoints(transaction).await? {
                let behind = self
                    .projections
                    .iter()
                    .find(|projection| projection.name() == name);
                if let Some(projection) = behind
                    && checkpoint.position < head
                {
                    self.catch_up(transaction, &**projection, checkpoint.position, head)
                        .await?;
                }
            }
            self.move_on(transaction, None, reached).await?;
        }
        for projection in &self.projections {
            for applied in events {
                projection
                    .apply(transaction, Target::Live, *applied)
                    .await?;
            }
        }
        Ok(())
    }
}

impl Projections {
    /// Sets the checkpoints of all projections, or of those that stand at `from`; how many.
    async fn move_on(
        &self,
        transaction: &mut Transaction,
        from: Option<Position>,
        to: Position,
    ) -> Result<u64, FollowError> {
        let names: Vec<String> = self
            .projections
            .iter()
            .map(|projection| format!("'{}'", projection.name()))
            .collect();
        let mut statement = query(format!(
            "UPDATE projections SET position = $1 WHERE name IN ({})",
            names.join(", ")
        ))
        .bind(signed(to));
        if let Some(from) = from {
            statement = statement.push_with(" AND position = {}", signed(from));
        }
        Ok(transaction.execute(statement).await?)
    }
}

impl Projections {
    /// Applies what a foreign writer has put between a checkpoint and the head.
    async fn catch_up(
        &self,
        transaction: &mut Transaction,
        projection: &dyn Projection,
        mut at: Position,
        head: Position,
    ) -> Result<(), FollowError> {
        let cannot = |position, reason: String| FollowError::Apply {
            projection: projection.name(),
            position,
            reason,
        };
        while at < head {
            let page =
                read_all_within(transaction, at, PAGE)
                    .await
                    .map_err(|error| match error {
                        LogError::Database(error) => FollowError::Database(error),
                        LogError::Range(_) => cannot(at + 1, error.to_string()),
                    })?;
            if page.is_empty() {
                return Err(cannot(at + 1, "the event is missing".to_owned()));
            }
            for record in page.iter().filter(|record| record.position <= head) {
                let event = self.codec.open(record).await.map_err(|error| match error {
                    CodecError::Key(KeyError::Database(error)) => FollowError::Database(error),
                    error => cannot(record.position, error.to_string()),
                })?;
                let applied = Applied {
                    record,
                    event: &event,
                };
                projection.apply(transaction, Target::Live, applied).await?;
                at = record.position;
            }
        }
        Ok(())
    }
}

pub(crate) async fn checkpoints(
    transaction: &mut Transaction,
) -> Result<Vec<(String, Checkpoint)>, DatabaseError> {
    transaction
        .fetch_all(query("SELECT name, version, position FROM projections"))
        .await?
        .iter()
        .map(|row| Ok((row.get("name")?, read_checkpoint(row)?)))
        .collect()
}

pub(crate) async fn checkpoint(
    transaction: &mut Transaction,
    name: &str,
) -> Result<Option<Checkpoint>, DatabaseError> {
    transaction
        .fetch_optional(
            query("SELECT version, position FROM projections WHERE name = $1").bind(name),
        )
        .await?
        .as_ref()
        .map(read_checkpoint)
        .transpose()
}

fn read_checkpoint(row: &Row) -> Result<Checkpoint, DatabaseError> {
    Ok(Checkpoint {
        // Both are written from unsigned values below.
        version: u32::try_from(row.get::<i64, _>("version")?).unwrap_or(0),
        position: u64::try_from(row.get::<i64, _>("position")?).unwrap_or(0),
    })
}

pub(crate) async fn save_checkpoint(
    transaction: &mut Transaction,
    name: &str,
    checkpoint: Checkpoint,
) -> Result<(), DatabaseError> {
    transaction
        .execute(
            query(
                "INSERT INTO projections (name, version, position) VALUES ($1, $2, $3) \
                 ON CONFLICT (name) DO UPDATE \
                 SET version = excluded.version, position = excluded.position",
            )
            .bind(name)
            .bind(checkpoint.version)
            .bind(signed(checkpoint.position)),
        )
        .await?;
    Ok(())
}

/// Positions count events one by one and never come near 2^63.
fn signed(position: Position) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}

impl std::fmt::Debug for Projections {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.projections.iter().map(|p| p.name()))
            .finish()
    }
}
