//! Which assertions clients have used already (RFC 7523 section 3, `jti`).

use muniment_domain::ClientId;
use sha2::{Digest, Sha256};

use crate::sql::{Database, DatabaseError, query};

/// Notes that a client has used the assertion `jti`; false when it had done so before. Times are
/// microseconds since 1970; after `expires_at` the assertion has to be refused for its age.
pub async fn spend(
    database: &Database,
    client: ClientId,
    jti: &str,
    expires_at: i64,
    now: i64,
) -> Result<bool, DatabaseError> {
    let mut transaction = database.begin().await?;
    // An expired row is as good as none, whether it has been purged or not.
    let written = transaction
        .execute(
            query(
                "INSERT INTO client_assertions (id, expires_at) VALUES ($1, $2) \
                 ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at \
                 WHERE client_assertions.expires_at < $3",
            )
            .bind(id(client, jti))
            .bind(expires_at)
            .bind(now),
        )
        .await?;
    transaction.commit().await?;
    Ok(written > 0)
}

/// Forgets assertions that have expired. Answers how many.
pub async fn purge(database: &Database, now: i64) -> Result<u64, DatabaseError> {
    let mut transaction = database.begin().await?;
    let gone = transaction
        .execute(query("DELETE FROM client_assertions WHERE expires_at < $1").bind(now))
        .await?;
    transaction.commit().await?;
    Ok(gone)
}

/// Of one length, however long the `jti` is.
fn id(client: ClientId, jti: &str) -> Vec<u8> {
    Sha256::new()
        .chain_update(client.as_uuid().as_bytes())
        .chain_update(jti.as_bytes())
        .finalize()
        .to_vec()
}
