//! Sealing the history: the key that signs checkpoints, and what keeps them from being made.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use muniment_store::{
    Clock, Entropy, Ids, Sealer,
    sql::Database,
    tree::{self, AuditKeyError, SealError, Signer, Step, VerifyingKey},
};
use zeroize::Zeroizing;

/// What differs between deployments.
#[derive(Clone)]
pub struct Settings {
    /// Whose log it is, as configured.
    pub origin: Option<String>,
    /// The origin where none is configured.
    pub default_origin: String,
    /// PKCS#8, DER. Without one, a key is generated and kept in the database.
    pub signing_key: Option<Zeroizing<Vec<u8>>>,
    /// From an event to the checkpoint that seals it.
    pub checkpoint_interval: Duration,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("origin", &self.origin)
            .field("default_origin", &self.default_origin)
            .finish_non_exhaustive()
    }
}

impl Settings {
    /// The key of the configuration.
    fn configured(&self) -> Option<Result<Signer, AuditKeyError>> {
        let key = self.signing_key.as_ref()?;
        let origin = self.origin.as_ref().unwrap_or(&self.default_origin);
        Some(Signer::from_pkcs8(origin, key).ok_or(AuditKeyError::Damaged))
    }

    /// The key that there is, without making one.
    pub async fn known(
        &self,
        database: &Database,
        sealer: &Sealer,
    ) -> Result<Option<Signer>, AuditKeyError> {
        match self.configured() {
            Some(signer) => signer.map(Some),
            None => tree::stored(database, sealer).await,
        }
    }

    /// The key; at the first start a new one.
    async fn signer(
        &self,
        database: &Database,
        sealer: &Sealer,
        (clock, entropy): (&dyn Clock, &dyn Entropy),
    ) -> Result<Signer, AuditKeyError> {
        if let Some(signer) = self.configured() {
            return signer;
        }
        let origins = (self.origin.as_deref(), &*self.default_origin);
        tree::signer(database, sealer, origins, (clock, entropy)).await
    }
}

/// The tree over the log, as this process seals it.
#[derive(Debug)]
pub struct AuditTree {
    signer: Signer,
    pub interval: Duration,
    trouble: Mutex<Option<String>>,
}

impl AuditTree {
    pub async fn open(
        settings: &Settings,
        database: &Database,
        sealer: &Sealer,
        ambient: (&dyn Clock, &dyn Entropy),
    ) -> Result<Self, AuditKeyError> {
        Ok(Self {
            signer: settings.signer(database, sealer, ambient).await?,
            interval: settings.checkpoint_interval,
            trouble: Mutex::new(None),
        })
    }

    pub const fn key(&self) -> &VerifyingKey {
        self.signer.key()
    }

    /// Takes the next step towards a checkpoint over the whole log. What is refused is remembered, for
    /// whoever asks how the server is.
    pub async fn advance(
        &self,
        database: &Database,
        ids: &Ids,
        clock: &dyn Clock,
    ) -> Result<Step, SealError> {
        let step = tree::advance(database, &self.signer, ids, clock).await;
        let trouble = match &step {
            Err(SealError::Database(_)) => return step,
            Err(refused) => Some(refused.to_string()),
            Ok(_) => None,
        };
        let mut known = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(trouble) = trouble.as_ref().filter(|new| known.as_ref() != Some(new)) {
            tracing::error!(
                reason = trouble,
                "the log is not sealed any more; run `muniment log check`"
            );
        }
        *known = trouble;
        drop(known);
        step
    }

    /// Why nothing is sealed.
    pub fn trouble(&self) -> Option<String> {
        self.trouble
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
