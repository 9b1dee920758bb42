use muniment_domain::UserId;
use uuid::Uuid;

use crate::sql::{DatabaseError, Transaction, query};

/// What is to become an item.
pub struct NewItem<'a> {
    pub kind: &'a str,
    /// What makes it the same as another; holds no personal data.
    pub key: &'a str,
    /// May hold personal data and secrets.
    pub payload: &'a [u8],
    /// The person it is about: erasing them deletes it.
    pub user_id: Option<UserId>,
    /// Not before then, in microseconds since 1970; at once when absent.
    pub due_at: Option<i64>,
}

impl std::fmt::Debug for NewItem<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewItem")
            .field("kind", &self.kind)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// Something to be done, sealed.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "eventstoredb", derive(serde::Serialize, serde::Deserialize))]
pub struct OutboxItem {
    pub(super) id: Uuid,
    pub(super) kind: String,
    pub(super) key: String,
    pub(super) sealed: Vec<u8>,
    pub(super) user_id: Option<UserId>,
    pub(super) created_at: i64,
    pub(super) due_at: i64,
}

impl OutboxItem {
    /// False when the key is there already.
    pub(crate) async fn insert(
        &self,
        transaction: &mut Transaction,
    ) -> Result<bool, DatabaseError> {
        let inserted = transaction
            .execute(
                query(
                    "INSERT INTO outbox (id, kind, dedup_key, payload, user_id, created_at, due_at, \
                     attempts, leased_until) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0) \
                     ON CONFLICT DO NOTHING",
                )
                .bind(self.id)
                .bind(self.kind.as_str())
                .bind(self.key.as_str())
                .bind(self.sealed.as_slice())
                .bind(self.user_id.map(|id| id.as_uuid()))
                .bind(self.created_at)
                .bind(self.due_at),
            )
            .await?;
        Ok(inserted > 0)
    }
}

impl std::fmt::Debug for OutboxItem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OutboxItem")
            .field("kind", &self.kind)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}
