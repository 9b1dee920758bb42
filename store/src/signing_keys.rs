//! Keys that sign tokens, where the configuration names none. What a key is, is for the caller to
//! know: here it is sealed bytes.

use zeroize::Zeroizing;

use crate::{
    KeyError, Sealer,
    sql::{Database, Transaction, query},
};

/// A key as its owner knows it.
#[derive(Clone)]
pub struct SigningKeyRow {
    pub kid: String,
    /// Which of the owner's kinds it is.
    pub kind: String,
    /// PKCS#8, DER.
    pub key: Zeroizing<Vec<u8>>,
    /// Microseconds since 1970.
    pub created_at: i64,
}

impl std::fmt::Debug for SigningKeyRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKeyRow")
            .field("kid", &self.kid)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// Every stored key, the newest first.
pub async fn all(database: &Database, sealer: &Sealer) -> Result<Vec<SigningKeyRow>, KeyError> {
    let rows = database
        .fetch_all(query(
            "SELECT kid, kind, sealed, created_at FROM signing_keys ORDER BY created_at DESC, kid",
        ))
        .await?;
    rows.iter()
        .map(|row| {
            let kid: String = row.get("kid")?;
            Ok(SigningKeyRow {
                kind: row.get("kind")?,
                key: sealer.open(&context(&kid), &row.get::<Vec<u8>, _>("sealed")?)?,
                created_at: row.get("created_at")?,
                kid,
            })
        })
        .collect()
}

/// Stores the first keys, unless another process has stored some meanwhile.
pub async fn add_first(
    database: &Database,
    sealer: &Sealer,
    keys: &[SigningKeyRow],
) -> Result<(), KeyError> {
    // Among all processes, one at a time.
    let mut transaction = Transaction::writing(database).await?;
    let some = query("SELECT 1 FROM signing_keys LIMIT 1");
    if transaction.fetch_optional(some).await?.is_some() {
        return Ok(());
    }
    for key in keys {
        insert(&mut transaction, sealer, key).await?;
    }
    Ok(transaction.commit().await?)
}

pub async fn add(
    database: &Database,
    sealer: &Sealer,
    key: &SigningKeyRow,
) -> Result<(), KeyError> {
    let mut transaction = database.begin().await?;
    insert(&mut transaction, sealer, key).await?;
    Ok(transaction.commit().await?)
}

async fn insert(
    transaction: &mut Transaction,
    sealer: &Sealer,
    key: &SigningKeyRow,
) -> Result<(), KeyError> {
    let hidden = sealer.seal(&context(&key.kid), &key.key)?;
    transaction
        .execute(
            query(
                "INSERT INTO signing_keys (kid, kind, sealed, created_at) VALUES ($1, $2, $3, $4)",
            )
            .bind(key.kid.as_str())
            .bind(key.kind.as_str())
            .bind(hidden)
            .bind(key.created_at),
        )
        .await?;
    Ok(())
}

/// Stored with the seal: never change it.
fn context(kid: &str) -> String {
    format!("signing key {kid}")
}
