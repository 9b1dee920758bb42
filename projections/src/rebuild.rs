//! Building read models anew from the first event, beside the live ones, and swapping them in.
//!
//! The live tables serve reads until the last moment. A rebuild that is interrupted goes on where it
//! stopped.

use muniment_store::{
    log::{FollowError, Position},
    sql::{Database, Dialect, Transaction, query},
};

use crate::{
    Projection, Projections, ProjectionsError, Target,
    checkpoint::{Checkpoint, checkpoint, save_checkpoint},
    follower::Step,
    stopping::resume,
};

/// How far a rebuild has come.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    pub projection: &'static str,
    pub position: Position,
    /// The log's newest position when last looked at.
    pub head: Position,
}

impl Projections {
    /// Rebuilds every projection, also those that are stopped. `progress` is called after each page
    /// of events. One that cannot take an event is left as it was; the others are rebuilt all the
    /// same, before the error is returned.
    pub async fn rebuild(
        &self,
        database: &Database,
        mut progress: impl FnMut(Progress) + Send,
    ) -> Result<(), ProjectionsError> {
        let mut failed = None;
        for projection in &self.all {
            let rebuilt = self
                .rebuild_one(database, &**projection, &mut progress)
                .await;
            match rebuilt {
                Err(error @ ProjectionsError::Follow(FollowError::Apply { .. })) => {
                    // What there is of it leads nowhere.
                    abandon(database, &**projection).await?;
                    failed.get_or_insert(error);
                }
                other => other?,
            }
        }
        if let Some(error) = failed {
            return Err(error);
        }
        Ok(())
    }

    async fn rebuild_one(
        &self,
        database: &Database,
        projection: &dyn Projection,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<(), ProjectionsError> {
        begin(database, projection).await?;
        loop {
            let step = self.step(database, projection, Target::Rebuild).await?;
            progress(where_it_stands(database, projection).await?);
            if step == Step::Done {
                break;
            }
        }
        // What came in meanwhile, and the swap, while nobody else writes.
        let mut transaction = Transaction::writing(database).await?;
        while self
            .step_within(&mut transaction, projection, Target::Rebuild)
            .await?
            == Step::More
        {}
        swap(&mut transaction, projection).await?;
        transaction.commit().await?;
        Ok(())
    }
}

/// Makes the side tables, unless an interrupted rebuild of the same version left them.
async fn begin(database: &Database, projection: &dyn Projection) -> Result<(), ProjectionsError> {
    let mut transaction = Transaction::writing(database).await?;
    let name = Target::Rebuild.table(projection.name());
    if let Some(found) = checkpoint(&mut transaction, &name).await?
        && found.version == projection.version()
    {
        return Ok(());
    }
    for table in projection.tables() {
        let side = Target::Rebuild.table(table);
        transaction
            .execute(query(format!("DROP TABLE IF EXISTS {side}")))
            .await?;
        let statement = match transaction.dialect() {
            Dialect::Postgres => format!(
                "CREATE TABLE {side} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS \
                 INCLUDING INDEXES)"
            ),
            Dialect::Sqlite => sqlite_definition(&mut transaction, table).await?.replacen(
                &format!("TABLE {table}"),
                &format!("TABLE {side}"),
                1,
            ),
        };
        transaction.execute(query(statement)).await?;
    }
    let start = Checkpoint::at(0, projection);
    save_checkpoint(&mut transaction, &name, start).await?;
    transaction.commit().await?;
    Ok(())
}

/// Drops the side tables.
async fn abandon(database: &Database, projection: &dyn Projection) -> Result<(), ProjectionsError> {
    let mut transaction = Transaction::writing(database).await?;
    for table in projection.tables() {
        let side = Target::Rebuild.table(table);
        transaction
            .execute(query(format!("DROP TABLE IF EXISTS {side}")))
            .await?;
    }
    let name = Target::Rebuild.table(projection.name());
    transaction
        .execute(query("DELETE FROM projections WHERE name = $1").bind(name))
        .await?;
    transaction.commit().await?;
    Ok(())
}

async fn sqlite_definition(
    transaction: &mut Transaction,
    table: &str,
) -> Result<String, ProjectionsError> {
    let row = transaction
        .fetch_optional(
            query("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = $1").bind(table),
        )
        .await?;
    Ok(match row {
        Some(row) => row.get("sql")?,
        None => String::new(),
    })
}

async fn where_it_stands(
    database: &Database,
    projection: &dyn Projection,
) -> Result<Progress, ProjectionsError> {
    let row = database
        .fetch_one(
            query(
                "SELECT position, coalesce((SELECT max(position) FROM events), 0) AS head \
                 FROM projections WHERE name = $1",
            )
            .bind(Target::Rebuild.table(projection.name())),
        )
        .await?;
    let position = |column: &str| -> Result<Position, ProjectionsError> {
        Ok(u64::try_from(row.get::<i64, _>(column)?).unwrap_or(0))
    };
    Ok(Progress {
        projection: projection.name(),
        position: position("position")?,
        head: position("head")?,
    })
}

/// Replaces the live rows by the rebuilt ones. Readers see all of the old or all of the new; tables
/// and indexes keep their names, which later migrations rely on.
async fn swap(
    transaction: &mut Transaction,
    projection: &dyn Projection,
) -> Result<(), ProjectionsError> {
    for table in projection.tables() {
        let side = Target::Rebuild.table(table);
        for statement in [
            format!("DELETE FROM {table}"),
            format!("INSERT INTO {table} SELECT * FROM {side}"),
            format!("DROP TABLE {side}"),
        ] {
            transaction.execute(query(statement)).await?;
        }
    }
    let side = Target::Rebuild.table(projection.name());
    if let Some(reached) = checkpoint(transaction, &side).await? {
        save_checkpoint(transaction, projection.name(), reached).await?;
    }
    resume(transaction, projection).await?;
    transaction
        .execute(query("DELETE FROM projections WHERE name = $1").bind(side))
        .await?;
    Ok(())
}
