//! Registration tokens: found by their hash, and readable to administrators.

use muniment_domain::RegistrationTokenId;

use crate::sql::{Database, DatabaseError, query};

/// Tokens read by one statement.
const BATCH: usize = 500;

/// Which registration token has this SHA-256.
pub async fn registration_token_by_hash(
    database: &Database,
    token_hash: &[u8; 32],
) -> Result<Option<RegistrationTokenId>, DatabaseError> {
    let row = database
        .fetch_optional(
            query("SELECT id FROM registration_token_secrets WHERE token_hash = $1")
                .bind(token_hash.as_slice()),
        )
        .await?;
    row.map(|row| Ok(RegistrationTokenId::from_uuid(row.get("id")?)))
        .transpose()
}

/// The sealed texts of these tokens, in no particular order.
pub async fn registration_token_secrets(
    database: &Database,
    ids: &[RegistrationTokenId],
) -> Result<Vec<(RegistrationTokenId, Vec<u8>)>, DatabaseError> {
    let mut found = Vec::with_capacity(ids.len());
    for batch in ids.chunks(BATCH) {
        let mut wanted = query("SELECT id, sealed FROM registration_token_secrets WHERE id IN (");
        for (index, id) in batch.iter().enumerate() {
            wanted = wanted.push_with(if index == 0 { "{}" } else { ", {}" }, id.as_uuid());
        }
        for row in database.fetch_all(wanted.push(")")).await? {
            let id = RegistrationTokenId::from_uuid(row.get("id")?);
            found.push((id, row.get("sealed")?));
        }
    }
    Ok(found)
}
