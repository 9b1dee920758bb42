//! Unique values: who holds which name or address, as keyed hashes, changed together with the log.

use std::collections::HashSet;

use hmac::{Hmac, Mac};
use muniment_domain::{Claim, ClaimKind};
use sha2::Sha256;
use sqlx::Postgres;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{
    log::{Append, AppendError, ClaimMode},
    sql::{Database, DatabaseError, Transaction, batches, query},
};

/// A value that is taken, without the value.
type Taken = (ClaimKind, [u8; 32]);

/// Hashes values so that the claims table tells nothing without the key.
#[derive(Clone)]
pub struct ClaimHasher(Zeroizing<[u8; 32]>);

impl ClaimHasher {
    #[must_use]
    pub fn new(key: [u8; 32]) -> Self {
        Self(Zeroizing::new(key))
    }

    /// HMAC-SHA-256 of the kind and the normalised value.
    #[must_use]
    pub fn digest(&self, kind: ClaimKind, value: &str) -> [u8; 32] {
        // HMAC takes a key of any length, so this cannot fail; an empty digest would match nothing.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.0.as_slice()) else {
            return [0; 32];
        };
        mac.update(kind.as_str().as_bytes());
        mac.update(&[0]);
        mac.update(value.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

impl std::fmt::Debug for ClaimHasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClaimHasher(***)")
    }
}

/// Who holds a value; the first of them where several may.
pub async fn owner_of(
    database: &Database,
    hasher: &ClaimHasher,
    kind: ClaimKind,
    value: &str,
) -> Result<Option<Uuid>, DatabaseError> {
    database
        .fetch_optional(
            query(
                "SELECT owner FROM claims WHERE kind = $1 AND digest = $2 \
                 ORDER BY reference LIMIT 1",
            )
            .bind(kind.as_str())
            .bind(hasher.digest(kind, value).as_slice()),
        )
        .await?
        .map(|row| row.get("owner"))
        .transpose()
}

/// Everyone who holds a value; at most `limit`.
pub async fn owners_of(
    database: &Database,
    hasher: &ClaimHasher,
    kind: ClaimKind,
    value: &str,
    limit: u32,
) -> Result<Vec<Uuid>, DatabaseError> {
    database
        .fetch_all(
            query(
                "SELECT owner FROM claims WHERE kind = $1 AND digest = $2 \
                 ORDER BY reference LIMIT $3",
            )
            .bind(kind.as_str())
            .bind(hasher.digest(kind, value).as_slice())
            .bind(limit),
        )
        .await?
        .iter()
        .map(|row| row.get("owner"))
        .collect()
}

/// Who holds what was claimed under a reference.
pub async fn owner_by_reference(
    database: &Database,
    kind: ClaimKind,
    reference: Uuid,
) -> Result<Option<Uuid>, DatabaseError> {
    database
        .fetch_optional(
            query("SELECT owner FROM claims WHERE kind = $1 AND reference = $2")
                .bind(kind.as_str())
                .bind(reference),
        )
        .await?
        .map(|row| row.get("owner"))
        .transpose()
}

/// The claims of one batch of appends while it is being decided.
///
/// A value freed in a batch counts as taken until the batch is committed: whoever asks for it at the
/// same moment may be told either.
pub(crate) struct ClaimsInBatch<'a> {
    hasher: &'a ClaimHasher,
    taken: HashSet<Taken>,
    take: Vec<(Taken, Uuid, Uuid)>,
    free: Vec<(ClaimKind, Uuid)>,
    exclusive: Vec<Taken>,
}

impl<'a> ClaimsInBatch<'a> {
    /// Looks up every value that the appends want to take.
    pub(crate) async fn load(
        transaction: &mut Transaction,
        hasher: &'a ClaimHasher,
        appends: impl Iterator<Item = &Append>,
    ) -> Result<Self, DatabaseError> {
        let wanted: Vec<Taken> = appends
            .flat_map(|append| &append.claims)
            .filter_map(|claim| match claim {
                Claim::Take { kind, value, .. } => Some((*kind, hasher.digest(*kind, value))),
                Claim::Free { .. } => None,
            })
            .collect();
        Ok(Self {
            hasher,
            taken: taken_among(transaction, &wanted).await?,
            take: Vec::new(),
            free: Vec::new(),
            exclusive: Vec::new(),
        })
    }

    /// Takes it for granted that nobody holds anything. [`ClaimsInBatch::exclusive`] says what has to
    /// be so for that to be right.
    pub(crate) fn assuming_free(hasher: &'a ClaimHasher) -> Self {
        Self {
            hasher,
            taken: HashSet::new(),
            take: Vec::new(),
            free: Vec::new(),
            exclusive: Vec::new(),
        }
    }

    /// What the accepted appends take for themselves alone.
    pub(crate) fn exclusive(&self) -> Vec<(&'static str, [u8; 32])> {
        self.exclusive
            .iter()
            .map(|(kind, digest)| (kind.as_str(), *digest))
            .collect()
    }

    /// Whether an append may have what it wants.
    pub(crate) fn check(&self, append: &Append) -> Result<(), AppendError> {
        let mut own = HashSet::new();
        for claim in &append.claims {
            if let Claim::Take { kind, value, .. } = claim
                && append.claim_mode(*kind) == ClaimMode::Exclusive
            {
                let wanted = (*kind, self.hasher.digest(*kind, value));
                if self.taken.contains(&wanted) || !own.insert(wanted) {
                    return Err(AppendError::ClaimTaken { kind: *kind });
                }
            }
        }
        Ok(())
    }

    /// Records what an accepted append takes and frees.
    pub(crate) fn accept(&mut self, append: &Append) {
        for claim in &append.claims {
            match claim {
                Claim::Take {
                    kind,
                    value,
                    owner,
                    reference,
                } => {
                    let taken = (*kind, self.hasher.digest(*kind, value));
                    self.taken.insert(taken);
                    if append.claim_mode(*kind) == ClaimMode::Exclusive {
                        self.exclusive.push(taken);
                    }
                    self.take.push((taken, *owner, *reference));
                }
                Claim::Free { kind, reference } => self.free.push((*kind, *reference)),
            }
        }
    }

    /// Records what an event that stands takes and frees.
    #[cfg(feature = "eventstoredb")]
    pub(crate) fn accept_all(&mut self, claims: &[Claim]) {
        for claim in claims {
            match claim {
                Claim::Take {
                    kind,
                    value,
                    owner,
                    reference,
                } => {
                    let taken = (*kind, self.hasher.digest(*kind, value));
                    self.take.push((taken, *owner, *reference));
                }
                Claim::Free { kind, reference } => self.free.push((*kind, *reference)),
            }
        }
    }

    pub(crate) async fn write(self, transaction: &mut Transaction) -> Result<(), DatabaseError> {
        for batch in batches(&self.take) {
            let rows = batch.iter().map(|((kind, digest), owner, reference)| {
                [
                    kind.as_str().into(),
                    digest.as_slice().into(),
                    (*owner).into(),
                    (*reference).into(),
                ]
            });
            let statement = query("INSERT INTO claims (kind, digest, owner, reference) VALUES ");
            transaction.execute(statement.push_rows(rows)).await?;
        }
        for (kind, reference) in self.free {
            transaction
                .execute(
                    query("DELETE FROM claims WHERE kind = $1 AND reference = $2")
                        .bind(kind.as_str())
                        .bind(reference),
                )
                .await?;
        }
        Ok(())
    }
}

async fn taken_among(
    transaction: &mut Transaction,
    wanted: &[Taken],
) -> Result<HashSet<Taken>, DatabaseError> {
    let mut taken = HashSet::new();
    if wanted.is_empty() {
        return Ok(taken);
    }
    match transaction {
        Transaction::Sqlite(_) => {
            for batch in batches(wanted) {
                let rows = batch.iter().zip(0u32..).map(|((kind, digest), place)| {
                    [kind.as_str().into(), digest.as_slice().into(), place.into()]
                });
                let statement = query("SELECT column3 FROM (VALUES ").push_rows(rows).push(
                    ") WHERE EXISTS (SELECT 1 FROM claims WHERE kind = column1 AND digest = column2)",
                );
                for row in transaction.fetch_all(statement).await? {
                    let place: i64 = row.get(0)?;
                    let found = usize::try_from(place)
                        .ok()
                        .and_then(|place| batch.get(place));
                    taken.extend(found.copied());
                }
            }
        }
        Transaction::Postgres(tx) => {
            let kinds: Vec<&str> = wanted.iter().map(|(kind, _)| kind.as_str()).collect();
            let digests: Vec<&[u8]> = wanted.iter().map(|(_, digest)| digest.as_slice()).collect();
            let found = sqlx::query_scalar::<Postgres, bool>(
                "SELECT EXISTS (SELECT 1 FROM claims c WHERE c.kind = w.k AND c.digest = w.d) \
                 FROM unnest($1::text[], $2::bytea[]) WITH ORDINALITY AS w(k, d, n) ORDER BY w.n",
            )
            .bind(kinds)
            .bind(digests)
            .fetch_all(&mut **tx)
            .await
            .map_err(DatabaseError::from)?;
            taken.extend(
                wanted
                    .iter()
                    .zip(found)
                    .filter_map(|(value, found)| found.then_some(*value)),
            );
        }
    }
    Ok(taken)
}
