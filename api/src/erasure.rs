//! Destroying the keys that the log says are destroyed: at once where the command was given, soon in
//! other processes, and at start whatever was interrupted or came back from a backup.

use std::{sync::Arc, time::Duration};

use muniment_projections::queries::{erasures_after, erasures_since, newest_erasure};
use muniment_store::{Erasure, KeyError, KeyRing, log::Position, sql::Database};
use tokio::{sync::watch, task::JoinHandle};

/// How often other processes' erasures are looked for at most, however fast the log grows.
const PAUSE: Duration = Duration::from_millis(100);
/// And at least, should the read model lag behind the log.
const PERIOD: Duration = Duration::from_secs(2);

/// Keeps the key ring in step with the log.
#[derive(Debug)]
pub struct Eraser {
    follower: JoinHandle<()>,
}

impl Eraser {
    /// Does what is left to do, then follows the log's tail until stopped.
    pub async fn start(
        database: Database,
        keys: Arc<KeyRing>,
        tail: watch::Receiver<Position>,
    ) -> Result<Self, KeyError> {
        let newest = newest_erasure(&database).await?;
        let count = catch_up(&database, &keys).await?;
        if count > 0 {
            tracing::warn!(
                keys = count,
                "keys that the log says are destroyed were there, and are destroyed now"
            );
        }
        let follower = tokio::spawn(follow(database, keys, tail, newest));
        Ok(Self { follower })
    }

    pub fn stop(&self) {
        self.follower.abort();
    }
}

impl Drop for Eraser {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn catch_up(database: &Database, keys: &KeyRing) -> Result<usize, KeyError> {
    let mut last = None;
    let mut count = 0;
    loop {
        let page = erasures_after(database, last).await?;
        let Some(end) = page.last() else {
            return Ok(count);
        };
        last = Some(*end);
        count += keys.destroy(&page).await?;
    }
}

async fn follow(
    database: Database,
    keys: Arc<KeyRing>,
    mut tail: watch::Receiver<Position>,
    mut done: Position,
) {
    loop {
        let changed = tokio::time::timeout(PERIOD, tail.changed()).await;
        if matches!(changed, Ok(Err(_))) {
            return;
        }
        match destroy_since(&database, &keys, done).await {
            Ok(newest) => done = newest,
            Err(error) => {
                tracing::warn!(%error, "keys could not be destroyed yet; trying again");
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn destroy_since(
    database: &Database,
    keys: &KeyRing,
    done: Position,
) -> Result<Position, KeyError> {
    let erasures = erasures_since(database, done).await?;
    let Some((newest, _)) = erasures.last().copied() else {
        return Ok(done);
    };
    let erasures: Vec<Erasure> = erasures.into_iter().map(|(_, erasure)| erasure).collect();
    keys.destroy(&erasures).await?;
    Ok(newest)
}

#[cfg(test)]
mod tests {
    use muniment_domain::{Event, UserEvent, UserId, Username, user::Origin};
    use muniment_store::{
        Codec, MasterSecret,
        log::{RecordedEvent, StreamId},
        sql::{DatabaseOptions, query},
    };
    use uuid::Uuid;

    use super::*;
    use crate::ambient::SystemEntropy;

    async fn ring(options: &DatabaseOptions, database: &Database) -> Arc<KeyRing> {
        let store = options.open_keys(database).await.unwrap();
        let entropy = Arc::new(SystemEntropy::new().unwrap());
        let master = MasterSecret::new([7; 32]);
        let ring = KeyRing::open(store, database, &master, entropy).await;
        Arc::new(ring.unwrap())
    }

    /// What a registration looks like in the log.
    async fn registration(codec: &Codec, user: UserId) -> RecordedEvent {
        let event = UserEvent::UserRegistered {
            user_id: user,
            username: Username::parse("alice").unwrap().into(),
            origin: Origin::Admin,
        };
        let sealed = codec.seal(&event, Uuid::from_u128(2)).await.unwrap();
        RecordedEvent {
            position: 1,
            event_id: sealed.event_id,
            stream: StreamId::new("user", user.as_uuid()),
            sequence: 1,
            event_type: sealed.event_type,
            event_version: sealed.event_version,
            payload: sealed.payload,
            metadata: String::new(),
            recorded_at: 0,
            subject: sealed.subject,
            leaf_hash: [0; 32],
        }
    }

    async fn name_is_readable(codec: &Codec, record: &RecordedEvent) -> bool {
        match codec.open(record).await.unwrap() {
            Event::User(UserEvent::UserRegistered { username, .. }) => username.clear().is_some(),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_key_that_another_process_destroyed_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("muniment.db");
        let options = DatabaseOptions::new(format!("sqlite://{}", file.display()));
        let database = options.open().await.unwrap();
        let ours = ring(&options, &database).await;
        let codec = Codec::new(ours.clone());
        let (tell, tail) = watch::channel(1);
        let _eraser = Eraser::start(database.clone(), ours, tail).await.unwrap();
        let user = UserId::from_uuid(Uuid::from_u128(1));
        let record = registration(&codec, user).await;
        assert!(name_is_readable(&codec, &record).await);

        let theirs = ring(&options, &database).await;
        let erasure = Erasure {
            key_id: user.as_uuid(),
            subject: user.as_uuid(),
        };
        assert_eq!(theirs.destroy(&[erasure]).await.unwrap(), 1);
        assert!(name_is_readable(&codec, &record).await, "from memory");

        let mut transaction = database.begin().await.unwrap();
        let row = query("INSERT INTO erasures (key_id, user_id, position) VALUES ($1, $1, 2)");
        transaction.execute(row.bind(user.as_uuid())).await.unwrap();
        transaction.commit().await.unwrap();
        tell.send(2).unwrap();
        let forgotten = async {
            while name_is_readable(&codec, &record).await {
                tokio::task::yield_now().await;
            }
        };
        let limit = Duration::from_secs(60);
        tokio::time::timeout(limit, forgotten).await.unwrap();
        assert_eq!(
            theirs.destroy(&[erasure]).await.unwrap(),
            0,
            "once is enough"
        );
    }
}
