//! Which assertions clients have used already (RFC 7523 section 3, `jti`).

use muniment_domain::ClientId;
use sha2::{Digest, Sha256};

use crate::{
    expiry::Expiry,
    sql::{Database, DatabaseError, query},
};

/// Assertions that are refused for their age by now.
pub const EXPIRED: Expiry = Expiry {
    table: "client_assertions",
    key: "id",
    time: "expires_at",
    after: 0,
};

/// Notes that a client has used the assertion `jti`; false when it had done so before. Times are
/// microseconds since 1970; after `expires_at` the assertion has to be refused for its age.
pub async fn spend(
    database: &Database,
    client: ClientId,
    jti: &str,
    expires_at: i64,
    now: i64,
) -> Result<bool, DatabaseError> {
    // An expired row is as good as none, whether it has been purged or not.
    let written = database
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
    Ok(written > 0)
}

/// Of one length, however long the `jti` is.
fn id(client: ClientId, jti: &str) -> Vec<u8> {
    Sha256::new()
        .chain_update(client.as_uuid().as_bytes())
        .chain_update(jti.as_bytes())
        .finalize()
        .to_vec()
}
