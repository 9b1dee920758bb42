//! A database and its keys, opened without starting anything on them.

use std::sync::Arc;

use muniment_projections::Projections;
use muniment_store::{
    ClaimHasher, Codec, Entropy, KeyError, KeyRing, MasterSecret, Sealer,
    sql::{Database, DatabaseOptions, OpenError},
};

/// Both stores, before anything is asked of them.
pub struct Opened {
    pub database: Database,
    pub keys: Database,
}

/// What [`App`](crate::app::App) reads with, before read models are brought up to date or a writer
/// starts.
pub struct Keyed {
    pub codec: Codec,
    pub hasher: ClaimHasher,
    pub projections: Projections,
    pub sealer: Sealer,
}

impl Opened {
    pub async fn open(options: &DatabaseOptions) -> Result<Self, OpenError> {
        let database = options.open().await?;
        let keys = options.open_keys(&database).await?;
        Ok(Self { database, keys })
    }

    pub async fn keyed(
        &self,
        master: &MasterSecret,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Keyed, KeyError> {
        let ring = KeyRing::open(self.keys.clone(), &self.database, master, entropy).await?;
        let hasher = ring.claim_hasher();
        let sealer = ring.sealer();
        let codec = Codec::new(Arc::new(ring));
        Ok(Keyed {
            projections: Projections::new(codec.clone()),
            codec,
            hasher,
            sealer,
        })
    }

    pub async fn close(&self) {
        self.database.close().await;
        self.keys.close().await;
    }
}
