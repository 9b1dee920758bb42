//! Making, finding and remembering keys.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use uuid::Uuid;
use zeroize::Zeroizing;

use super::{
    KeyError, MasterSecret, Sealer, SealingKey,
    opened::{self, Opened},
    secret::WrappingKey,
};
use crate::{
    Entropy,
    claims::ClaimHasher,
    sql::{Database, Dialect, batches, query},
};

/// Keys kept in memory, to spare a query for each event read.
const CACHED_KEYS: u64 = 50_000;
/// Under which the key for claims is kept. Stored: never change it.
const CLAIMS: &str = "claims";
/// Under which the key for secrets in rows is kept. Stored: never change it.
const FIELDS: &str = "fields";

/// Every key of the program.
pub struct KeyRing {
    pub(super) database: Database,
    /// The current one first; there always is one.
    pub(super) wrapping: Vec<WrappingKey>,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) cache: moka::future::Cache<Uuid, Cached>,
    pub(super) opened: Opened,
    /// Counts destructions, so that a key that was read before one is not remembered after it.
    pub(super) destructions: AtomicU64,
    claims: ClaimHasher,
    sealer: Sealer,
}

#[derive(Clone)]
pub(super) struct Cached {
    pub subject: Uuid,
    key: Arc<SealingKey>,
}

/// What the store says of a key.
enum Stored {
    Key(Arc<SealingKey>),
    Destroyed,
    Never,
}

impl KeyRing {
    /// Opens the store of keys that belongs to the database `main`.
    pub async fn open(
        database: Database,
        main: &Database,
        master: &MasterSecret,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, KeyError> {
        let mut ring = Self {
            database,
            wrapping: master.wrapping_keys(),
            sealer: Sealer::new(&[0; 32], entropy.clone()),
            entropy,
            cache: moka::future::Cache::new(CACHED_KEYS),
            opened: opened::empty(),
            destructions: AtomicU64::new(0),
            claims: ClaimHasher::new([0; 32]),
        };
        ring.claims = ClaimHasher::new(*ring.claim_key(main).await?);
        let fields = ring.program_key(FIELDS).await?;
        ring.sealer = Sealer::new(&fields, ring.entropy.clone());
        Ok(ring)
    }

    /// What seals secrets that lie in rows.
    #[must_use]
    pub fn sealer(&self) -> Sealer {
        self.sealer.clone()
    }

    /// What the claims table is hashed with.
    #[must_use]
    pub fn claim_hasher(&self) -> ClaimHasher {
        self.claims.clone()
    }

    /// Waits for statements under way and closes the connections.
    pub async fn close(&self) {
        self.database.close().await;
    }

    pub(crate) fn entropy(&self) -> &dyn Entropy {
        &*self.entropy
    }

    pub(super) fn table(&self, name: &str) -> String {
        match self.database.dialect() {
            Dialect::Sqlite => name.to_owned(),
            Dialect::Postgres => format!("muniment_keys.{name}"),
        }
    }

    /// The key with which claims are hashed: random, made at the first start, so that it outlives a
    /// change of secrets.
    async fn claim_key(&self, main: &Database) -> Result<Zeroizing<[u8; 32]>, KeyError> {
        if let Some(key) = self.stored_program_key(CLAIMS).await? {
            return Ok(key);
        }
        let claims = query("SELECT 1 FROM claims LIMIT 1");
        if main.fetch_optional(claims).await?.is_some() {
            return Err(KeyError::Missing);
        }
        self.program_key(CLAIMS).await
    }

    /// The key `id` of a person to seal with, made and stored now if there is none yet.
    pub(crate) async fn for_sealing(
        &self,
        subject: Uuid,
        id: Uuid,
    ) -> Result<Arc<SealingKey>, KeyError> {
        if let Some(cached) = self.cache.get(&id).await {
            return Ok(cached.key);
        }
        match self.stored(subject, id).await? {
            Stored::Key(key) => return Ok(key),
            Stored::Destroyed => return Err(KeyError::Destroyed),
            Stored::Never => {}
        }
        let wrapped = self.fresh(&context(subject, id))?;
        let mut transaction = self.database.begin().await?;
        transaction
            .execute(
                query(format!(
                    "INSERT INTO {table} (id, subject, wrapped, wrapped_by) \
                     SELECT $1, $2, $3, $4 WHERE NOT EXISTS \
                     (SELECT 1 FROM {table} WHERE id = $2 AND wrapped IS NULL) \
                     ON CONFLICT DO NOTHING",
                    table = self.table("subject_keys")
                ))
                .bind(id)
                .bind(subject)
                .bind(wrapped)
                .bind(self.current().name.as_slice()),
            )
            .await?;
        transaction.commit().await?;
        // Another writer may have been first: what is stored counts.
        match self.stored(subject, id).await? {
            Stored::Key(key) => Ok(key),
            Stored::Destroyed | Stored::Never => Err(KeyError::Destroyed),
        }
    }

    /// The key to open with; `None` when it was destroyed.
    pub(crate) async fn for_opening(
        &self,
        subject: Uuid,
        id: Uuid,
    ) -> Result<Option<Arc<SealingKey>>, KeyError> {
        if let Some(cached) = self.cache.get(&id).await {
            return Ok(Some(cached.key));
        }
        match self.stored(subject, id).await? {
            Stored::Key(key) => Ok(Some(key)),
            Stored::Destroyed => Ok(None),
            // Erasing a person destroys all keys, also those that a restored store never had.
            Stored::Never if id != subject => match self.stored(subject, subject).await? {
                Stored::Destroyed => Ok(None),
                Stored::Key(_) | Stored::Never => Err(KeyError::Missing),
            },
            Stored::Never => Err(KeyError::Missing),
        }
    }

    /// Those keys to open with that there are, looked up together; `wanted` has each with its subject.
    pub(crate) async fn for_opening_all(
        &self,
        wanted: &HashMap<Uuid, Uuid>,
    ) -> Result<HashMap<Uuid, Arc<SealingKey>>, KeyError> {
        let (mut found, mut missing) = (HashMap::with_capacity(wanted.len()), Vec::new());
        for id in wanted.keys() {
            match self.cache.get(id).await {
                Some(cached) => {
                    found.insert(*id, cached.key);
                }
                None => missing.push(*id),
            }
        }
        let destructions = self.destructions.load(Ordering::SeqCst);
        for batch in batches(&missing) {
            let rows = query(format!(
                "SELECT id, wrapped, wrapped_by FROM {} WHERE wrapped IS NOT NULL AND id IN ",
                self.table("subject_keys")
            ))
            .push_list(batch.iter().copied());
            for row in self.database.fetch_all(rows).await? {
                let id: Uuid = row.get(0)?;
                let Some(subject) = wanted.get(&id).copied() else {
                    continue;
                };
                let wrapped: Vec<u8> = row.get(1)?;
                let by = row.get::<Option<Vec<u8>>, _>(2)?.unwrap_or_default();
                let key = self.unwrapped(subject, id, &wrapped, &by, destructions);
                found.insert(id, key.await?);
            }
        }
        Ok(found)
    }

    async fn stored(&self, subject: Uuid, id: Uuid) -> Result<Stored, KeyError> {
        let destructions = self.destructions.load(Ordering::SeqCst);
        let row = self
            .database
            .fetch_optional(
                query(format!(
                    "SELECT wrapped, wrapped_by FROM {} WHERE id = $1",
                    self.table("subject_keys")
                ))
                .bind(id),
            )
            .await?;
        let Some(row) = row else {
            return Ok(Stored::Never);
        };
        let Some(wrapped) = row.get::<Option<Vec<u8>>, _>(0)? else {
            return Ok(Stored::Destroyed);
        };
        let by = row.get::<Option<Vec<u8>>, _>(1)?.unwrap_or_default();
        let key = self.unwrapped(subject, id, &wrapped, &by, destructions);
        Ok(Stored::Key(key.await?))
    }

    /// A key as it is stored, unwrapped and remembered.
    async fn unwrapped(
        &self,
        subject: Uuid,
        id: Uuid,
        wrapped: &[u8],
        by: &[u8],
        destructions: u64,
    ) -> Result<Arc<SealingKey>, KeyError> {
        let key = self.unwrap(&context(subject, id), wrapped, by)?;
        let key = Arc::new(SealingKey::new(&key));
        let cached = Cached {
            subject,
            key: key.clone(),
        };
        self.cache.insert(id, cached).await;
        if self.destructions.load(Ordering::SeqCst) != destructions {
            self.cache.invalidate(&id).await;
        }
        Ok(key)
    }

    pub(super) fn current(&self) -> &WrappingKey {
        &self.wrapping[0]
    }

    /// A new random key, wrapped.
    pub(super) fn fresh(&self, context: &[u8]) -> Result<Vec<u8>, KeyError> {
        let mut fresh = Zeroizing::new([0u8; 32]);
        self.entropy.fill(fresh.as_mut_slice());
        self.current()
            .key
            .seal(&*self.entropy, context, fresh.as_slice())
    }

    pub(super) fn unwrap(
        &self,
        context: &[u8],
        wrapped: &[u8],
        by: &[u8],
    ) -> Result<Zeroizing<[u8; 32]>, KeyError> {
        let clear = self
            .wrapping
            .iter()
            .find(|wrapping| wrapping.name == by)
            .and_then(|wrapping| wrapping.key.open(context, wrapped).ok())
            .map(Zeroizing::new)
            .ok_or(KeyError::Unwrap)?;
        let key: [u8; 32] = clear.as_slice().try_into().map_err(|_| KeyError::Unwrap)?;
        Ok(Zeroizing::new(key))
    }
}

/// Binds a wrapped key to its row.
pub(super) fn context(subject: Uuid, id: Uuid) -> [u8; 32] {
    let mut context = [0u8; 32];
    context[..16].copy_from_slice(subject.as_bytes());
    context[16..].copy_from_slice(id.as_bytes());
    context
}

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyRing(***)")
    }
}
