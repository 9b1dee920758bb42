//! Everything a request or a command needs, put together once.

use std::sync::Arc;

use muniment_projections::{Projections, ProjectionsError};
use muniment_store::{
    ClaimHasher, Clock, Codec, Entropy, Ids, Journal, KeyRing, MasterSecret,
    log::{LogError, SqlLog},
    sql::{Database, DatabaseOptions, OpenError},
};

use crate::{
    auth::Clients,
    passwords::{PasswordSettings, Passwords},
    site::Site,
};

/// The program's parts. Shared by all requests.
#[derive(Debug)]
pub struct App {
    pub site: Site,
    pub clients: Clients,
    pub passwords: Passwords,
    pub database: Database,
    pub log: Arc<SqlLog>,
    pub journal: Journal,
    pub projections: Arc<Projections>,
    pub claim_hasher: ClaimHasher,
    pub ids: Arc<Ids>,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
}

/// What differs between deployments.
#[derive(Debug)]
pub struct Parts {
    pub site: Site,
    pub clients: Clients,
    pub passwords: PasswordSettings,
    pub database: DatabaseOptions,
    pub master: MasterSecret,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
}

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Projections(#[from] ProjectionsError),
    #[error(transparent)]
    Log(#[from] LogError),
}

impl App {
    /// Opens the database, brings schema and read models up to date, and starts the log's writer.
    pub async fn start(parts: Parts) -> Result<Arc<Self>, StartError> {
        let database = parts.database.open().await?;
        let keys = parts.database.open_keys(&database).await?;
        let key_ring = Arc::new(KeyRing::new(keys, &parts.master, parts.entropy.clone()));
        let codec = Codec::new(key_ring);
        let projections = Arc::new(Projections::new(codec.clone()));
        projections.prepare(&database).await?;
        let claim_hasher = parts.master.claim_hasher();
        let log = Arc::new(
            SqlLog::start(
                database.clone(),
                parts.clock.clone(),
                claim_hasher.clone(),
                projections.clone(),
            )
            .await?,
        );
        let ids = Arc::new(Ids::new(parts.clock.clone(), parts.entropy.clone()));
        Ok(Arc::new(Self {
            site: parts.site,
            clients: parts.clients,
            passwords: Passwords::new(parts.passwords, parts.entropy.clone()),
            journal: Journal::new(log.clone(), codec, ids.clone()),
            log,
            database,
            projections,
            claim_hasher,
            ids,
            clock: parts.clock,
            entropy: parts.entropy,
        }))
    }

    /// Finishes what was accepted and lets go of the database.
    pub async fn stop(&self) {
        self.log.close().await;
        self.database.close().await;
    }
}
