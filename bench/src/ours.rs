//! Our log on a scratch database.

use std::{
    path::PathBuf,
    sync::{Arc, LazyLock},
    time::Duration,
};

use async_trait::async_trait;
use muniment_domain::{
    ClientId, Event, GrantType, Oauth2SessionEvent, Oauth2SessionId, Scope, StoredEvent,
};
use muniment_projections::Projections;
use muniment_store::{
    Codec, Ids, KeyRing, MasterSecret,
    log::{
        Append, Applied, EventLog, FollowError, Follower, Metadata, NewEvent, Position, SqlLog,
        StreamAppend, StreamId,
    },
    sql::{Database, DatabaseOptions, Transaction},
};
use sqlx::{ConnectOptions, Connection, postgres::PgConnectOptions};
use url::Url;
use uuid::Uuid;

use crate::{
    Result,
    ambient::{Sequence, WallClock},
    measure::{Measured, measure},
};

/// Where measurements take place.
#[derive(Debug)]
pub struct Servers {
    pub postgres: String,
    pub folder: PathBuf,
}

/// A database that is dropped after its measurement.
#[derive(Debug)]
pub struct Scratch {
    pub uri: String,
    server: Option<(String, String)>,
    _folder: Option<tempfile::TempDir>,
}

impl Scratch {
    pub async fn postgres(servers: &Servers) -> Result<Self> {
        let name = format!("bench_{}", ids().event_id().simple());
        let mut admin = servers
            .postgres
            .parse::<PgConnectOptions>()?
            .connect()
            .await?;
        sqlx::raw_sql(&format!("CREATE DATABASE {name}"))
            .execute(&mut admin)
            .await?;
        admin.close().await?;
        let mut uri = Url::parse(&servers.postgres)?;
        uri.set_path(&name);
        Ok(Self {
            uri: uri.into(),
            server: Some((servers.postgres.clone(), name)),
            _folder: None,
        })
    }

    pub fn sqlite(servers: &Servers) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("muniment-bench-")
            .tempdir_in(&servers.folder)?;
        Ok(Self {
            uri: format!("sqlite://{}/bench.db", folder.path().display()),
            server: None,
            _folder: Some(folder),
        })
    }

    pub async fn drop(self) -> Result<()> {
        if let Some((server, name)) = self.server {
            let mut admin = server.parse::<PgConnectOptions>()?.connect().await?;
            sqlx::raw_sql(&format!("DROP DATABASE {name} WITH (FORCE)"))
                .execute(&mut admin)
                .await?;
            admin.close().await?;
        }
        Ok(())
    }
}

/// Which backend a measurement is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    Postgres,
    Sqlite,
}

impl Backend {
    pub async fn scratch(self, servers: &Servers) -> Result<Scratch> {
        match self {
            Self::Postgres => Scratch::postgres(servers).await,
            Self::Sqlite => Scratch::sqlite(servers),
        }
    }
}

/// Ids for everything that a bench makes.
pub fn ids() -> &'static Ids {
    static IDS: LazyLock<Ids> =
        LazyLock::new(|| Ids::new(Arc::new(WallClock), Arc::new(Sequence::default())));
    &IDS
}

/// An event as every client credentials grant makes one.
pub fn event() -> (Uuid, Oauth2SessionEvent) {
    let id = ids().ulid();
    let event = Oauth2SessionEvent::Oauth2SessionStarted {
        session_id: Oauth2SessionId::from_uuid(id),
        client_id: ClientId::from_uuid(Uuid::from_u128(1)),
        user_id: None,
        scope: Scope::ADMIN.parse().unwrap_or_default(),
        grant: GrantType::ClientCredentials,
        browser_session_id: None,
        user_agent: None,
        ip: None,
    };
    (id, event)
}

/// The same event's JSON.
pub fn payload() -> String {
    serde_json::to_string(&event().1).unwrap_or_default()
}

pub fn append() -> Append {
    let (id, event) = event();
    let mut append = Append::new(Metadata {
        actor: "client:01JZZZZZZZZZZZZZZZZZZZADMN".to_owned(),
        client: Some("01JZZZZZZZZZZZZZZZZZZZADMN".to_owned()),
        session: None,
        correlation_id: ids().event_id(),
        causation_id: None,
    });
    append.streams.push(StreamAppend {
        stream: StreamId::new("oauth2_session", id),
        expected_version: 0,
        events: vec![NewEvent {
            event_id: ids().event_id(),
            event_type: "oauth2_session.started".to_owned(),
            event_version: "1".to_owned(),
            payload: serde_json::to_string(&event).unwrap_or_default(),
            subject: event.subject(),
            event: Event::from(event),
        }],
    });
    append
}

/// Whether read models are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    None,
    Projections,
}

#[derive(Debug)]
struct Nothing;

#[async_trait]
impl Follower for Nothing {
    async fn follow(
        &self,
        _: &mut Transaction,
        _: Position,
        _: &[Applied<'_>],
    ) -> std::result::Result<(), FollowError> {
        Ok(())
    }
}

/// An open log.
pub struct Ours {
    pub database: Database,
    pub log: Arc<SqlLog>,
    pub codec: Codec,
}

impl Ours {
    pub async fn open(scratch: &Scratch, reads: Reads) -> Result<Self> {
        let mut options = DatabaseOptions::new(&scratch.uri);
        options.connect_timeout = Duration::from_secs(60);
        let database = options.open().await?;
        let keys = options.open_keys(&database).await?;
        let master = MasterSecret::new([7; 32]);
        let entropy = Arc::new(Sequence::default());
        let keys = KeyRing::open(keys, &database, &master, entropy).await?;
        let hasher = keys.claim_hasher();
        let codec = Codec::new(Arc::new(keys));
        let projections = Arc::new(Projections::new(codec.clone()));
        let follower: Arc<dyn Follower> = match reads {
            Reads::None => Arc::new(Nothing),
            Reads::Projections => {
                projections.prepare(&database).await?;
                projections
            }
        };
        let log = SqlLog::start(database.clone(), Arc::new(WallClock), hasher, follower).await?;
        Ok(Self {
            database,
            log: Arc::new(log),
            codec,
        })
    }

    pub async fn close(self) {
        self.log.close().await;
        self.database.close().await;
    }

    pub async fn measure(&self, writers: usize, time: Duration) -> Result<Measured> {
        measure(writers, time, |_| {
            let log = self.log.clone();
            move || {
                let log = log.clone();
                async move {
                    log.append(append()).await?;
                    Ok(())
                }
            }
        })
        .await
    }
}

/// Appends to an empty log.
pub async fn appends(
    servers: &Servers,
    backend: Backend,
    reads: Reads,
    writers: usize,
    time: Duration,
) -> Result<Measured> {
    let scratch = backend.scratch(servers).await?;
    let ours = Ours::open(&scratch, reads).await?;
    let measured = ours.measure(writers, time).await?;
    ours.close().await;
    scratch.drop().await?;
    Ok(measured)
}
