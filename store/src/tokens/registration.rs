//! Registration tokens: found by their hash, and readable to administrators.

use muniment_domain::RegistrationTokenId;

use crate::sql::{Database, DatabaseError, query};

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
    let Some((first, rest)) = ids.split_first() else {
        return Ok(Vec::new());
    };
    let mut wanted = query("SELECT id, sealed FROM registration_token_secrets WHERE id IN (")
        .push_with("{}", first.as_uuid());
    for id in rest {
        wanted = wanted.push_with(", {}", id.as_uuid());
    }
    database
        .fetch_all(wanted.push(")"))
        .await?
        .iter()
        .map(|row| {
            Ok((
                RegistrationTokenId::from_uuid(row.get("id")?),
                row.get("sealed")?,
            ))
        })
        .collect()
}
