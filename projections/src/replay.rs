//! Replaying the log into fresh read models in a database of its own: nothing else is written
//! anywhere, and nothing is done that an event once led to besides these rows.
//!
//! Events are read, opened, and made into rows beside each other.

use muniment_domain::Event;
use muniment_store::{
    Codec, CodecError, KeyError,
    check::Finding,
    log::{Applied, Position, RecordedEvent, copy_events, read_all_within},
    sql::{DatabaseError, Dialect, Transaction, query},
};
use tokio::sync::mpsc;

use crate::{Projections, ProjectionsError, batch::Batches};

/// Events read at once.
const PAGE: u32 = 1000;
/// Pages whose writes are run together.
const PAGES: usize = 8;
/// Pages that may wait to be opened, and to be written.
const AHEAD: usize = 4;

/// An event as it was read, and what it says.
type Opened = (RecordedEvent, Result<Event, CodecError>);

/// What a replay leaves in its database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaves {
    /// Read models to be compared, by which nobody pages.
    Rows,
    /// All that surfaces read: the read models, and the events that they are made of.
    Everything,
}

/// A log that is replayed, with the database into which it is.
#[derive(Debug)]
pub struct Replay {
    /// As the database was when the replay began.
    pub live: Transaction,
    pub scratch: Transaction,
    /// Up to here.
    pub to: Position,
    pub leaves: Leaves,
}

impl Projections {
    /// Replays the log from its first event. `progress` is told the position reached after each page,
    /// `untaken` of every event that cannot be read or that a projection cannot take; the replay goes
    /// on after it.
    pub async fn replay(
        &self,
        replay: Replay,
        mut progress: impl FnMut(Position) + Send,
        mut untaken: impl FnMut(Finding) + Send,
    ) -> Result<Replay, ProjectionsError> {
        let Replay {
            live,
            mut scratch,
            to,
            leaves,
        } = replay;
        if leaves == Leaves::Rows {
            self.drop_indexes_of_readers(&mut scratch).await?;
        }
        let (pages, read_pages) = mpsc::channel(AHEAD);
        let (opened_pages, mut opened) = mpsc::channel(AHEAD);
        let reading = tokio::spawn(read(live, to, pages));
        let opening = tokio::spawn(open(self.codec.clone(), read_pages, opened_pages));
        let mut batches = Batches::new(self);
        let mut waiting = 0;
        while let Some(page) = opened.recv().await {
            for (record, event) in &page {
                match event {
                    Ok(event) => batches.add(Applied { record, event }, &mut untaken)?,
                    Err(error) => untaken(Finding {
                        table: "events".to_owned(),
                        place: format!("position {}", record.position),
                        column: Some("payload".to_owned()),
                        problem: format!("the event cannot be read: {error}"),
                    }),
                }
            }
            let reached = page.last().map(|(record, _)| record.position);
            if leaves == Leaves::Everything {
                let records: Vec<_> = page.into_iter().map(|(record, _)| record).collect();
                copy_events(&mut scratch, &records).await?;
            }
            waiting += 1;
            if waiting == PAGES {
                waiting = 0;
                batches.flush(&mut scratch, &mut untaken).await?;
            }
            if let Some(position) = reached {
                progress(position);
            }
        }
        batches.flush(&mut scratch, &mut untaken).await?;
        opening.await.map_err(|_| ProjectionsError::Interrupted)??;
        let live = reading.await.map_err(|_| ProjectionsError::Interrupted)??;
        Ok(Replay {
            live,
            scratch,
            to,
            leaves,
        })
    }

    async fn drop_indexes_of_readers(
        &self,
        scratch: &mut Transaction,
    ) -> Result<(), DatabaseError> {
        if scratch.dialect() != Dialect::Sqlite {
            return Ok(());
        }
        for projection in &self.all {
            for table in projection.tables() {
                let found = query(
                    "SELECT name FROM sqlite_schema \
                     WHERE type = 'index' AND tbl_name = $1 AND sql IS NOT NULL",
                );
                for row in scratch.fetch_all(found.bind(*table)).await? {
                    let name: String = row.get(0)?;
                    if !projection.indexes().contains(&name.as_str()) {
                        let drop = query(format!("DROP INDEX {name}"));
                        scratch.execute(drop).await?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// Reads events up to a position, until nobody wants them any more.
async fn read(
    mut live: Transaction,
    to: Position,
    pages: mpsc::Sender<Vec<RecordedEvent>>,
) -> Result<Transaction, ProjectionsError> {
    let mut at = 0;
    while at < to {
        let limit = u32::try_from(to - at).unwrap_or(PAGE).min(PAGE);
        let mut page = read_all_within(&mut live, at, limit).await?;
        page.retain(|record| record.position <= to);
        let Some(last) = page.last() else { break };
        at = last.position;
        if pages.send(page).await.is_err() {
            break;
        }
    }
    Ok(live)
}

/// Opens the events that come, until nobody wants them any more.
async fn open(
    codec: Codec,
    mut pages: mpsc::Receiver<Vec<RecordedEvent>>,
    opened: mpsc::Sender<Vec<Opened>>,
) -> Result<(), ProjectionsError> {
    while let Some(page) = pages.recv().await {
        let events = codec.open_all(&page).await.map_err(|error| match error {
            CodecError::Key(KeyError::Database(error)) => ProjectionsError::Database(error),
            source => ProjectionsError::Codec {
                position: page.first().map_or(0, |record| record.position),
                source,
            },
        })?;
        if opened
            .send(page.into_iter().zip(events).collect())
            .await
            .is_err()
        {
            break;
        }
    }
    Ok(())
}
