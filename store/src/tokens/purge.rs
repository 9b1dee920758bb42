//! Removing refresh tokens that were exchanged and that can prove nothing any more.

use crate::sql::{Database, DatabaseError, query};

/// Removes refresh tokens that were exchanged before `before`: `limit` of the oldest at most; answers
/// how many. One whose successor waits to be exchanged stays, since its client may not have got the
/// answer and present it once more (contract oauth2.md 7.4).
pub async fn remove_consumed_refresh_tokens(
    database: &Database,
    before: i64,
    limit: u32,
) -> Result<u64, DatabaseError> {
    let statement = query(
        "DELETE FROM oauth2_refresh_tokens WHERE token_hash IN (\
         SELECT t.token_hash FROM oauth2_refresh_tokens t WHERE t.consumed_at < $1 \
         AND NOT EXISTS (SELECT 1 FROM oauth2_refresh_tokens n \
         WHERE n.id = t.next_token_id AND n.consumed_at IS NULL) \
         ORDER BY t.consumed_at LIMIT $2)",
    )
    .bind(before)
    .bind(limit);
    database.execute(statement).await
}
