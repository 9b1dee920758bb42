//! The keys that seal personal data: one a person, wrapped by the master key, in a store of its own.
//!
//! A key is on disk before the first event that needs it, so that a crash leaves at most a key that
//! nothing uses. A person whose key was destroyed never gets another.

use std::sync::Arc;

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hkdf::Hkdf;
use sha2::Sha256;
use uuid::Uuid;
use zeroize::{Zeroize, Zeroizing};

use crate::{
    Entropy,
    claims::ClaimHasher,
    sql::{Database, DatabaseError, Dialect, query},
};

const NONCE: usize = 24;
/// Keys kept in memory, to spare a query for each event read.
const CACHED_KEYS: u64 = 50_000;

/// The secret from which the program's own keys are derived; `secrets.encryption` of the
/// configuration.
#[derive(Clone)]
pub struct MasterSecret(Zeroizing<[u8; 32]>);

impl MasterSecret {
    #[must_use]
    pub fn new(secret: [u8; 32]) -> Self {
        Self(Zeroizing::new(secret))
    }

    /// HKDF-SHA-256 (RFC 5869) with the purpose as its info.
    fn derive(&self, purpose: &str) -> [u8; 32] {
        let mut key = [0u8; 32];
        let expanded =
            Hkdf::<Sha256>::new(None, self.0.as_slice()).expand(purpose.as_bytes(), &mut key);
        debug_assert!(expanded.is_ok(), "32 bytes are within HKDF's limit");
        key
    }

    /// What the claims table is hashed with.
    #[must_use]
    pub fn claim_hasher(&self) -> ClaimHasher {
        ClaimHasher::new(self.derive("muniment claims v1"))
    }
}

impl std::fmt::Debug for MasterSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterSecret(***)")
    }
}

#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error(
        "a key cannot be unwrapped: secrets.encryption is not the one with which it was wrapped"
    )]
    Unwrap,
    #[error("personal data cannot be decrypted: the event or its key was altered")]
    Decrypt,
    #[error("encryption failed")]
    Encrypt,
    /// The person was erased; nothing more can be written about them.
    #[error("the person's key was destroyed")]
    Destroyed,
    /// Not an erasure, which leaves a trace: the store of keys is not the one of this log.
    #[error("a person's key is missing: restore the store of keys that belongs to this database")]
    Missing,
}

/// Seals and opens with one key.
pub(crate) struct SealingKey(XChaCha20Poly1305);

impl SealingKey {
    fn new(key: &[u8; 32]) -> Self {
        Self(XChaCha20Poly1305::new(key.into()))
    }

    /// `nonce || ciphertext || tag`.
    pub(crate) fn seal(
        &self,
        entropy: &dyn Entropy,
        context: &[u8],
        clear: &[u8],
    ) -> Result<Vec<u8>, KeyError> {
        let mut nonce = [0u8; NONCE];
        entropy.fill(&mut nonce);
        let payload = Payload {
            msg: clear,
            aad: context,
        };
        let sealed = self
            .0
            .encrypt(XNonce::from_slice(&nonce), payload)
            .map_err(|_| KeyError::Encrypt)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    pub(crate) fn open(&self, context: &[u8], sealed: &[u8]) -> Result<Vec<u8>, KeyError> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE).ok_or(KeyError::Decrypt)?;
        let payload = Payload {
            msg: sealed,
            aad: context,
        };
        self.0
            .decrypt(XNonce::from_slice(nonce), payload)
            .map_err(|_| KeyError::Decrypt)
    }
}

/// The keys of all persons.
pub struct KeyRing {
    database: Database,
    wrapping: SealingKey,
    entropy: Arc<dyn Entropy>,
    cache: moka::future::Cache<Uuid, Arc<SealingKey>>,
}

impl KeyRing {
    #[must_use]
    pub fn new(database: Database, master: &MasterSecret, entropy: Arc<dyn Entropy>) -> Self {
        let mut key = master.derive("muniment subject keys v1");
        let wrapping = SealingKey::new(&key);
        key.zeroize();
        Self {
            database,
            wrapping,
            entropy,
            cache: moka::future::Cache::new(CACHED_KEYS),
        }
    }

    pub(crate) fn entropy(&self) -> &dyn Entropy {
        &*self.entropy
    }

    fn table(&self) -> &'static str {
        match self.database.dialect() {
            Dialect::Sqlite => "subject_keys",
            Dialect::Postgres => "muniment_keys.subject_keys",
        }
    }

    /// The key to seal with, made and stored now if the person has none yet.
    pub(crate) async fn for_sealing(&self, subject: Uuid) -> Result<Arc<SealingKey>, KeyError> {
        if let Some(key) = self.cache.get(&subject).await {
            return Ok(key);
        }
        if let Some(key) = self.stored(subject).await? {
            return key.ok_or(KeyError::Destroyed);
        }
        let mut fresh = Zeroizing::new([0u8; 32]);
        self.entropy.fill(fresh.as_mut_slice());
        let wrapped = self
            .wrapping
            .seal(&*self.entropy, subject.as_bytes(), fresh.as_slice())?;
        let mut transaction = self.database.begin().await?;
        transaction
            .execute(
                query(format!(
                    "INSERT INTO {} (subject, wrapped) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                    self.table()
                ))
                .bind(subject)
                .bind(wrapped),
            )
            .await?;
        transaction.commit().await?;
        // Another writer may have been first: what is stored counts.
        self.stored(subject)
            .await?
            .flatten()
            .ok_or(KeyError::Destroyed)
    }

    /// The key to open with; `None` when it was destroyed.
    pub(crate) async fn for_opening(
        &self,
        subject: Uuid,
    ) -> Result<Option<Arc<SealingKey>>, KeyError> {
        if let Some(key) = self.cache.get(&subject).await {
            return Ok(Some(key));
        }
        self.stored(subject).await?.ok_or(KeyError::Missing)
    }

    /// `None`: never had a key. `Some(None)`: destroyed.
    async fn stored(&self, subject: Uuid) -> Result<Option<Option<Arc<SealingKey>>>, KeyError> {
        let row = self
            .database
            .fetch_optional(
                query(format!(
                    "SELECT wrapped FROM {} WHERE subject = $1",
                    self.table()
                ))
                .bind(subject),
            )
            .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let Some(wrapped) = row.get::<Option<Vec<u8>>, _>(0)? else {
            return Ok(Some(None));
        };
        let clear = Zeroizing::new(
            self.wrapping
                .open(subject.as_bytes(), &wrapped)
                .map_err(|_| KeyError::Unwrap)?,
        );
        let key: &[u8; 32] = clear.as_slice().try_into().map_err(|_| KeyError::Unwrap)?;
        let key = Arc::new(SealingKey::new(key));
        self.cache.insert(subject, key.clone()).await;
        Ok(Some(Some(key)))
    }
}

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyRing(***)")
    }
}
