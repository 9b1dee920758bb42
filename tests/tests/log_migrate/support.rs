//! Two databases, one of each kind.

use std::sync::Arc;

use muniment_domain::{UserEvent, UserId};
use muniment_projections::Projections;
use muniment_store::{
    Codec, KeyRing,
    check::Check,
    log::{Append, EventLog, StreamAppend, StreamId},
    migrate::{MigrateError, Migration, Progress, Proof, Side},
    sql::Database,
};
use muniment_tests::{Backend, LogSetup, TestDatabase, TestEntropy, TestLog};

/// A database with its store of keys.
#[derive(Debug)]
pub struct End {
    pub database: Database,
    pub keys: Database,
}

impl End {
    pub async fn open(database: &TestDatabase) -> Self {
        let open = database.open().await;
        let keys = database.options().open_keys(&open).await.unwrap();
        Self {
            database: open,
            keys,
        }
    }

    pub const fn side(&self) -> Side<'_> {
        Side {
            database: &self.database,
            keys: &self.keys,
        }
    }

    /// With keys of its own, as another process would have.
    pub async fn ring(&self) -> KeyRing {
        let master = LogSetup::default().master;
        KeyRing::open(
            self.keys.clone(),
            &self.database,
            &master,
            TestEntropy::next(),
        )
        .await
        .unwrap()
    }
}

/// An empty database of the other kind.
pub async fn other(database: &TestDatabase) -> TestDatabase {
    let kind = if database.backend() == Backend::Sqlite {
        Backend::Postgres
    } else {
        Backend::Sqlite
    };
    TestDatabase::new(kind).await
}

pub async fn copy(from: &End, to: &End) -> Result<Proof, MigrateError> {
    migration(from, to).run(|_: Progress| {}).await
}

pub const fn migration<'a>(from: &'a End, to: &'a End) -> Migration<'a> {
    Migration {
        from: from.side(),
        to: to.side(),
    }
}

/// All that the command does.
pub async fn migrate(from: &End, to: &End) -> Result<Proof, MigrateError> {
    let proof = copy(from, to).await?;
    let projections = Projections::new(Codec::new(Arc::new(to.ring().await)));
    projections.rebuild(&to.database, |_| {}).await.unwrap();
    migration(from, to).finish().await?;
    Ok(proof)
}

/// `log check` finds nothing.
pub async fn assert_sound(end: &End) {
    let ring = Arc::new(end.ring().await);
    let codec = Codec::new(ring.clone());
    let check = Check {
        database: &end.database,
        keys: &end.keys,
        codec: &codec,
        hasher: &ring.claim_hasher(),
        read_models: &Projections::new(codec.clone()),
        audit_key: None,
    };
    let report = check.run(|_, _| {}).await.unwrap();
    let told = report.findings.told().iter();
    let told: Vec<String> = told.map(ToString::to_string).collect();
    assert_eq!(told, Vec::<String>::new());
}

/// Locks and unlocks an account `count` times in turn, in one append.
pub async fn many_events(log: &TestLog, user: UserId, count: usize) {
    let mut events = Vec::new();
    for n in 0..count {
        let event = if n % 2 == 0 {
            UserEvent::UserLocked { user_id: user }
        } else {
            UserEvent::UserUnlocked { user_id: user }
        };
        let event_id = log.ids.event_id();
        events.push(log.codec.seal(&event, event_id).await.unwrap());
    }
    let stream = StreamId::new("user", user.as_uuid());
    let so_far = log.log.read_stream(&stream, 0, u32::MAX).await.unwrap();
    let mut append = Append::new(log.metadata());
    append.streams.push(StreamAppend {
        stream,
        expected_version: so_far.len() as u64,
        events,
    });
    log.log.append(append).await.unwrap();
}
