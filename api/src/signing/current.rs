//! The keys that this process signs with, which follow what operators add beside it.

use std::sync::{Arc, PoisonError, RwLock};

use muniment_store::{Sealer, sql::Database};

use super::{SigningKeys, SigningKeysError};

#[derive(Debug)]
pub struct CurrentKeys(RwLock<Arc<SigningKeys>>);

impl CurrentKeys {
    #[must_use]
    pub fn new(keys: SigningKeys) -> Self {
        Self(RwLock::new(Arc::new(keys)))
    }

    /// As they are now. Whoever signs and then tells of the key takes them once.
    #[must_use]
    pub fn get(&self) -> Arc<SigningKeys> {
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        keys.clone()
    }

    /// Takes over keys that were stored meanwhile; those of the configuration stay as they are.
    pub async fn reload(
        &self,
        database: &Database,
        sealer: &Sealer,
        now: i64,
    ) -> Result<(), SigningKeysError> {
        let known = self.get();
        if known.are_configured() {
            return Ok(());
        }
        let stored = SigningKeys::stored(database, sealer, now).await?;
        // A database without keys is not the one that this process began with.
        if !stored.all().is_empty() && !stored.kids().eq(known.kids()) {
            tracing::info!(keys = stored.all().len(), "the signing keys have changed");
            *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(stored);
        }
        Ok(())
    }
}
