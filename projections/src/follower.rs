//! All projections together: following the log, and checking at start that they do.

use async_trait::async_trait;
use muniment_domain::Event;
use muniment_store::{
    Codec, CodecError, KeyError,
    log::{Applied, FollowError, Follower, LogError, Position, RecordedEvent, read_all_within},
    sql::{Database, DatabaseError, OpenError, Transaction, query},
};

use crate::{
    Projection, Target,
    browser_sessions::BrowserSessions,
    checkpoint::{Checkpoint, checkpoint, checkpoints, save_checkpoint, signed},
    compat_sessions::CompatSessions,
    erasures::Erasures,
    oauth2_clients::Oauth2Clients,
    oauth2_sessions::Oauth2Sessions,
    personal_sessions::PersonalSessions,
    policy_data::PolicyDataHistory,
    projection::{Reach, cannot},
    registration_tokens::RegistrationTokens,
    stopping::stop,
    upstream_links::UpstreamLinks,
    user_emails::UserEmails,
    users::Users,
};

/// Events read and applied at once while catching up.
pub(crate) const PAGE: u32 = 1000;

/// Every read model of the program.
pub struct Projections {
    pub(crate) all: Vec<Box<dyn Projection>>,
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
    /// Which event, and why.
    #[error("{0}")]
    Untaken(String),
    #[error("the replay was interrupted")]
    Interrupted,
    #[error("a database to work in cannot be made: {0}; TMPDIR names another folder")]
    Scratch(#[from] OpenError),
}

impl Projections {
    #[must_use]
    pub fn new(codec: Codec) -> Self {
        Self {
            all: vec![
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

    /// Whether there is a projection of this name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.all.iter().any(|known| known.name() == name)
    }

    /// Brings every projection up to the log's head: applies what others have written, and rebuilds
    /// those whose version has changed. One that cannot take an event is stopped there, and the
    /// others go on. To be called once, before the log is written to.
    pub async fn prepare(&self, database: &Database) -> Result<(), ProjectionsError> {
        let mut outdated = false;
        for projection in &self.all {
            let name = projection.name();
            let mut transaction = Transaction::writing(database).await?;
            match checkpoint(&mut transaction, name).await? {
                None => {
                    let fresh = Checkpoint::at(0, &**projection);
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
        for projection in &self.all {
            self.start(database, &**projection).await?;
        }
        Ok(())
    }

    /// Brings one projection up to the log's head, or stops it where it cannot go on.
    async fn start(
        &self,
        database: &Database,
        projection: &dyn Projection,
    ) -> Result<(), ProjectionsError> {
        loop {
            match self.step(database, projection, Target::Live).await {
                Ok(Step::More) => {}
                Ok(Step::Done) => return Ok(()),
                Err(ProjectionsError::Follow(FollowError::Apply {
                    position, reason, ..
                })) => {
                    let mut transaction = Transaction::writing(database).await?;
                    stop(&mut transaction, projection, position, &reason).await?;
                    transaction.commit().await?;
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
    }

    pub(crate) async fn open(&self, record: &RecordedEvent) -> Result<Event, ProjectionsError> {
        let opened = self.codec.open(record).await;
        opened.map_err(|source| ProjectionsError::Codec {
            position: record.position,
            source,
        })
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
        let found = checkpoint(transaction, &name).await?;
        if found.is_some_and(|found| found.stopped_at.is_some()) {
            return Ok(Step::Done);
        }
        let at = found.map_or(0, |found| found.position);
        let page = read_all_within(transaction, at, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(Step::Done);
        };
        for record in &page {
            let event = self.open(record).await?;
            let applied = Applied {
                record,
                event: &event,
            };
            apply(projection, transaction, target, applied).await?;
        }
        let reached = Checkpoint::at(last.position, projection);
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
        let mut stopped = Vec::new();
        if in_step != self.all.len() as u64 {
            for (name, checkpoint) in checkpoints(transaction).await? {
                let mut all = self.all.iter();
                let Some(projection) = all.find(|projection| projection.name() == name) else {
                    continue;
                };
                if checkpoint.stopped_at.is_some() {
                    stopped.push(projection.name());
                } else if checkpoint.position < head {
                    self.catch_up(transaction, &**projection, checkpoint.position, head)
                        .await?;
                }
            }
            self.move_on(transaction, None, reached).await?;
        }
        for projection in &self.all {
            if stopped.contains(&projection.name()) {
                continue;
            }
            for applied in events {
                apply(&**projection, transaction, Target::Live, *applied).await?;
            }
        }
        Ok(())
    }

    async fn follow_apart(
        &self,
        transaction: &mut Transaction,
        head: Position,
        events: &[Applied<'_>],
    ) -> Result<(), FollowError> {
        self.follow_each(transaction, head, events).await
    }
}

impl Projections {
    /// Sets the checkpoints of all projections that are not stopped, or of those among them that stand
    /// at `from`; how many.
    async fn move_on(
        &self,
        transaction: &mut Transaction,
        from: Option<Position>,
        to: Position,
    ) -> Result<u64, FollowError> {
        let names: Vec<String> = self
            .all
            .iter()
            .map(|projection| format!("'{}'", projection.name()))
            .collect();
        let mut statement = query(format!(
            "UPDATE projections SET position = $1 WHERE name IN ({}) \
             AND name NOT IN (SELECT name FROM stopped_projections)",
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
    pub(crate) async fn catch_up(
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
                    CodecError::Key(error) => cannot(record.position, error.to_string()),
                    // Their texts may quote what was personal data.
                    CodecError::Decode(_) | CodecError::Json(_) | CodecError::NoSubject => {
                        cannot(record.position, "the event cannot be read".to_owned())
                    }
                })?;
                let applied = Applied {
                    record,
                    event: &event,
                };
                apply(projection, transaction, Target::Live, applied).await?;
                at = record.position;
            }
        }
        Ok(())
    }
}

/// Lets a projection take an event. What the database refuses is the projection's own fault: the
/// event, and what else is written with it, has nothing to do with the projection's tables.
pub(crate) async fn apply(
    projection: &dyn Projection,
    transaction: &mut Transaction,
    target: Target,
    applied: Applied<'_>,
) -> Result<(), FollowError> {
    for write in projection.writes(target, applied)? {
        match (transaction.execute(write.statement).await, write.reach) {
            (Ok(1), Reach::Row(_)) | (Ok(_), Reach::Stream | Reach::Others) => {}
            (Ok(_), Reach::Row(missing)) => return Err(cannot(projection, applied, missing)),
            (Err(error), _) => {
                return Err(match error.refusal() {
                    Some(reason) => cannot(projection, applied, &reason),
                    None => FollowError::Database(error),
                });
            }
        }
    }
    Ok(())
}

impl std::fmt::Debug for Projections {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.all.iter().map(|p| p.name()))
            .finish()
    }
}
