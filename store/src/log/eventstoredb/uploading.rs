//! Writing a log that is in a database into a stream that does not have it yet, or not all of it.

use sha2::{Digest, Sha256};

use super::{
    EventStoreDbError, EventStoreDbOptions,
    link::{Link, Written},
    origin::MAX_WRITE,
    wire,
};
use crate::{
    log::{
        Position, RecordedEvent,
        entries::{self, all_query},
    },
    sql::Database,
};

/// Events read at once.
const PAGE: u32 = 500;

/// What both hold at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uploaded {
    pub events: u64,
    /// SHA-256 over the leaf hashes of all events, in order, as read back.
    pub digest: [u8; 32],
}

/// How far an upload has come.
#[derive(Debug, Clone, Copy)]
pub struct UploadProgress {
    /// Everything is there; it is being read back and compared.
    pub checking: bool,
    pub position: Position,
    pub head: Position,
}

/// Writes what the stream lacks, and then compares every event. What an interrupted run has written
/// is not written again. Nothing else may write to either meanwhile.
pub async fn upload(
    options: &EventStoreDbOptions,
    database: &Database,
    mut progress: impl FnMut(UploadProgress) + Send,
) -> Result<Uploaded, EventStoreDbError> {
    let upload = Upload {
        link: Link::open(&options.uri)?,
        stream: options.stream.clone().into(),
        database,
        head: entries::head_from(database.fetch_optional(entries::head_query()).await?)?.position,
    };
    upload.write(&mut progress).await?;
    upload.compare(&mut progress).await
}

struct Upload<'a> {
    link: Link,
    stream: std::sync::Arc<str>,
    database: &'a Database,
    head: Position,
}

type Report<'a> = &'a mut (dyn FnMut(UploadProgress) + Send);

impl Upload<'_> {
    async fn write(&self, progress: Report<'_>) -> Result<(), EventStoreDbError> {
        let mut at = self.begun().await?;
        while at < self.head {
            let page = entries::read_all(self.database, at, PAGE).await?;
            if page.is_empty() {
                return Err(self.diverged());
            }
            for part in parts(&page) {
                let (events, _) = wire::encode(&part, &std::collections::HashMap::new())
                    .map_err(|error| EventStoreDbError::Refused(error.to_string()))?;
                let after = (at > 0).then(|| wire::revision(at));
                match self.link.append(&self.stream, after, &events).await? {
                    Written::AtExpected => at += events.len() as u64,
                    Written::Moved => return Err(self.diverged()),
                }
                progress(UploadProgress {
                    checking: false,
                    position: at,
                    head: self.head,
                });
            }
        }
        Ok(())
    }

    /// How much of this log the stream holds. Its last event must be ours.
    async fn begun(&self) -> Result<Position, EventStoreDbError> {
        let Some(last) = self.link.last(&self.stream).await? else {
            return Ok(0);
        };
        let theirs = wire::decode(&last)?.record;
        let before = all_query(last.revision, 1);
        match entries::fetch_events(self.database, before).await?.pop() {
            Some(ours) if ours == theirs => Ok(ours.position),
            _ => Err(EventStoreDbError::Diverged {
                stream: self.stream.to_string(),
                database: theirs.position,
            }),
        }
    }

    async fn compare(&self, progress: Report<'_>) -> Result<Uploaded, EventStoreDbError> {
        let mut digest = Sha256::new();
        let mut at = 0;
        while at < self.head {
            let ours = entries::read_all(self.database, at, PAGE).await?;
            let theirs = self.link.read(&self.stream, at, ours.len()).await?;
            if ours.is_empty() || ours.len() != theirs.len() {
                return Err(self.diverged());
            }
            for (ours, theirs) in ours.iter().zip(&theirs) {
                if wire::decode(theirs)?.record != *ours {
                    return Err(EventStoreDbError::Diverged {
                        stream: self.stream.to_string(),
                        database: ours.position,
                    });
                }
                digest.update(ours.leaf_hash);
            }
            at += ours.len() as u64;
            progress(UploadProgress {
                checking: true,
                position: at,
                head: self.head,
            });
        }
        Ok(Uploaded {
            events: self.head,
            digest: digest.finalize().into(),
        })
    }

    fn diverged(&self) -> EventStoreDbError {
        EventStoreDbError::Diverged {
            stream: self.stream.to_string(),
            database: self.head,
        }
    }
}

/// As many events to a write as the server takes.
fn parts(page: &[RecordedEvent]) -> Vec<Vec<&RecordedEvent>> {
    let mut parts: Vec<Vec<&RecordedEvent>> = Vec::new();
    let mut room = 0;
    for event in page {
        let size = wire::size_of(event);
        if size > room {
            parts.push(Vec::new());
            room = MAX_WRITE;
        }
        room = room.saturating_sub(size);
        if let Some(part) = parts.last_mut() {
            part.push(event);
        }
    }
    parts
}
