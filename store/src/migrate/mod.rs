//! Moving a whole log into another database, byte by byte.
//!
//! Events keep their positions, ids, times and hashes. What goes with them is copied as it is: claims,
//! the vault, used idempotency keys, and the keys of personal data, still wrapped under the same
//! secret. Read models are not copied; they are built anew from the events.
//!
//! The bulk is copied while the source may still be written to; for the rest, and for the proof at
//! the end, the source's writer is held back. A target that was begun is marked until it is complete,
//! so that the next run goes on and no server starts on it.

mod copy;
mod marker;
mod proof;
mod tables;

pub use marker::refuse_unfinished;
pub use proof::{Proof, TableProof};
pub use tables::{COPIED, COPIED_KEYS, LEFT, keys_table};

use crate::{
    log::Position,
    sql::{Database, DatabaseError, Transaction},
};

/// One end of the move.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    pub database: &'a Database,
    /// The store of keys that belongs to it.
    pub keys: &'a Database,
}

#[derive(Debug, Clone, Copy)]
pub struct Migration<'a> {
    pub from: Side<'a>,
    pub to: Side<'a>,
}

/// What is being done, and how far it has come.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    pub what: &'static str,
    pub position: Position,
    pub head: Position,
}

#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error("the target holds another log; migrate into an empty database")]
    OtherLog,
    #[error("the source is damaged at position {0}; `muniment log check` says more")]
    Damaged(Position),
    #[error(
        "the target differs from the source in {0}: it was written to during the move; empty it and \
         begin again"
    )]
    Differs(String),
    #[error(
        "this database is the unfinished target of a move; run `muniment log migrate` again to \
         finish it"
    )]
    Unfinished,
}

impl Migration<'_> {
    /// Copies what is not there yet and proves that both sides then hold the same. The target stays
    /// marked as unfinished until [`Migration::finish`].
    pub async fn run(
        &self,
        mut progress: impl FnMut(Progress) + Send,
    ) -> Result<Proof, MigrateError> {
        if self.is_complete().await? {
            return self
                .prove(&mut progress)
                .await
                .map_err(|error| match error {
                    MigrateError::Differs(_) => MigrateError::OtherLog,
                    other => other,
                });
        }
        marker::set(self.to.database).await?;
        copy::events(self, None, &mut progress).await?;
        let mut source = Transaction::writing(self.from.database).await?;
        copy::events(self, Some(&mut source), &mut progress).await?;
        for table in COPIED {
            copy::table(&mut source, table, self.to.database, table).await?;
        }
        let mut keys = Transaction::snapshot(self.from.keys).await?;
        for table in COPIED_KEYS {
            let (from, to) = (
                keys_table(self.from.keys, table),
                keys_table(self.to.keys, table),
            );
            copy::table(&mut keys, &from, self.to.keys, &to).await?;
        }
        self.prove_within(&mut source, &mut keys, &mut progress)
            .await
    }

    /// Declares the target complete. To be called when its read models are built.
    pub async fn finish(&self) -> Result<(), MigrateError> {
        Ok(marker::remove(self.to.database).await?)
    }

    /// Whether the target may be a copy that was completed before. Refuses one that holds something
    /// else.
    async fn is_complete(&self) -> Result<bool, MigrateError> {
        if !copy::is_beginning_of(self.to.database, self.from.database).await? {
            return Err(MigrateError::OtherLog);
        }
        if marker::is_set(self.to.database).await? {
            return Ok(false);
        }
        tables::hold_anything(&self.to).await.map_err(Into::into)
    }

    async fn prove(
        &self,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Proof, MigrateError> {
        let mut source = Transaction::writing(self.from.database).await?;
        let mut keys = Transaction::snapshot(self.from.keys).await?;
        self.prove_within(&mut source, &mut keys, progress).await
    }

    async fn prove_within(
        &self,
        source: &mut Transaction,
        source_keys: &mut Transaction,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Proof, MigrateError> {
        let mut target = Transaction::snapshot(self.to.database).await?;
        let mut target_keys = Transaction::snapshot(self.to.keys).await?;
        let of_source = proof::of(source, source_keys, "checking source", progress).await?;
        let of_target = proof::of(&mut target, &mut target_keys, "checking target", progress)
            .await
            .map_err(|error| match error {
                MigrateError::Damaged(position) => {
                    MigrateError::Differs(format!("the event at position {position}"))
                }
                other => other,
            })?;
        match of_source.difference(&of_target) {
            None => Ok(of_source),
            Some(what) => Err(MigrateError::Differs(what)),
        }
    }
}
