//! The key that signs checkpoints, where the configuration names none.

use zeroize::Zeroizing;

use super::Signer;
use crate::{
    Clock, Entropy, KeyError, Sealer,
    sql::{Database, DatabaseError, Transaction, query},
};

#[derive(Debug, thiserror::Error)]
pub enum AuditKeyError {
    #[error("the audit key: {0}")]
    Store(#[from] KeyError),
    #[error("the stored audit key cannot be used")]
    Damaged,
    #[error(
        "audit.origin is {given}, but the stored audit key was made for {stored}, and signs nothing \
         else"
    )]
    Origin { given: String, stored: String },
}

impl From<DatabaseError> for AuditKeyError {
    fn from(error: DatabaseError) -> Self {
        Self::Store(error.into())
    }
}

/// The stored key, made at the first start. Processes that start together end with the same.
///
/// It keeps the origin that it was made for, as its checkpoints have that for their name: `wanted` has
/// to be the same, `default` is for a new key alone.
pub async fn signer(
    database: &Database,
    sealer: &Sealer,
    (wanted, default): (Option<&str>, &str),
    (clock, entropy): (&dyn Clock, &dyn Entropy),
) -> Result<Signer, AuditKeyError> {
    let mut known = stored(database, sealer).await?;
    if known.is_none() {
        let mut seed = Zeroizing::new([0u8; 32]);
        entropy.fill(&mut *seed);
        let origin = wanted.unwrap_or(default);
        add_first(database, sealer, origin, &seed[..], clock.now()).await?;
        known = stored(database, sealer).await?;
    }
    let signer = known.ok_or(AuditKeyError::Damaged)?;
    match wanted {
        Some(given) if given != signer.key().name() => Err(AuditKeyError::Origin {
            given: given.to_owned(),
            stored: signer.key().name().to_owned(),
        }),
        _ => Ok(signer),
    }
}

/// The stored key, if one was made.
pub async fn stored(database: &Database, sealer: &Sealer) -> Result<Option<Signer>, AuditKeyError> {
    let found = query("SELECT origin, sealed FROM audit_keys WHERE id = 1");
    let Some(row) = database.fetch_optional(found).await? else {
        return Ok(None);
    };
    let origin: String = row.get("origin")?;
    let ciphertext: Vec<u8> = row.get("sealed")?;
    let seed = sealer.open(&context(&origin), &ciphertext)?;
    let signer = Signer::from_seed(&origin, &seed).ok_or(AuditKeyError::Damaged)?;
    Ok(Some(signer))
}

async fn add_first(
    database: &Database,
    sealer: &Sealer,
    origin: &str,
    seed: &[u8],
    now: i64,
) -> Result<(), AuditKeyError> {
    let ciphertext = sealer.seal(&context(origin), seed)?;
    // Among all processes, one at a time.
    let mut transaction = Transaction::writing(database).await?;
    let statement = query(
        "INSERT INTO audit_keys (id, origin, sealed, created_at) VALUES (1, $1, $2, $3) \
         ON CONFLICT DO NOTHING",
    );
    transaction
        .execute(statement.bind(origin).bind(ciphertext).bind(now))
        .await?;
    Ok(transaction.commit().await?)
}

/// Stored with the seal: never change it.
fn context(origin: &str) -> String {
    format!("audit key {origin}")
}
