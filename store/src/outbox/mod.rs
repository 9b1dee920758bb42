//! What is to be done outside of the database, once: mails and calls to the homeserver.
//!
//! An item is written in the transaction of whatever makes it necessary, so that it is there exactly
//! when that is: with an append as [`VaultWrite::Enqueue`](crate::VaultWrite::Enqueue), else by
//! [`Outbox::enqueue`]. A worker then takes it ([`Outbox::take`]), does it, and says so. Several
//! processes may work: an item is leased to one of them at a time.
//!
//! *Once* means: a key is enqueued once while its row is there, and an item is done again only if the
//! worker died, or lost the database, after doing it and before saying so, or if doing it took longer
//! than the lease. Nothing outside of the database can promise more; so mails carry a Message-ID made
//! of the key, and what is asked of the homeserver may be asked twice.
//!
//! Read models and their rebuilding never touch the outbox: an event that is applied again causes
//! nothing outside.

mod item;
mod work;

use std::sync::Arc;

use muniment_domain::UserId;
use tokio::sync::Notify;
use uuid::Uuid;
use zeroize::Zeroizing;

pub use item::{NewItem, OutboxItem};
pub use work::{Backlog, Lease, MAX_ATTEMPTS, Outcome, Taken};

use crate::{
    Clock, Entropy, Ids, KeyError, KeyRing,
    expiry::Expiry,
    keys::SealingKey,
    sql::{Database, DatabaseError, Transaction, query},
    time::DAY,
};

/// Under which the key for payloads is kept. Stored: never change it.
const KEY: &str = "outbox";

/// Items that were done are forgotten after 30 days, and so are their keys.
pub const DONE: Expiry = Expiry {
    table: "outbox",
    key: "id",
    time: "done_at",
    after: 30 * DAY,
};
/// Those that were given up stay visible for longer.
pub const FAILED: Expiry = Expiry {
    table: "outbox",
    key: "id",
    time: "failed_at",
    after: 90 * DAY,
};

#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// The outbox of a database.
pub struct Outbox {
    database: Database,
    sealing: SealingKey,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    ids: Arc<Ids>,
    news: Notify,
}

impl Outbox {
    pub async fn open(
        database: Database,
        keys: &KeyRing,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        ids: Arc<Ids>,
    ) -> Result<Self, KeyError> {
        Ok(Self {
            sealing: SealingKey::new(&*keys.program_key(KEY).await?),
            database,
            clock,
            entropy,
            ids,
            news: Notify::new(),
        })
    }

    /// Makes an item, to be enqueued with an append or in any other transaction.
    pub fn item(&self, new: &NewItem<'_>) -> Result<OutboxItem, KeyError> {
        let id = self.ids.ulid();
        let now = self.clock.now();
        Ok(OutboxItem {
            id,
            kind: new.kind.to_owned(),
            key: new.key.to_owned(),
            sealed: self
                .sealing
                .seal(&*self.entropy, &context(id), new.payload)?,
            user_id: new.user_id,
            created_at: now,
            due_at: new.due_at.unwrap_or(now),
        })
    }

    /// Enqueues in a transaction; false when the key is there already. Once that is committed, call
    /// [`Outbox::wake`].
    pub async fn enqueue(
        transaction: &mut Transaction,
        item: &OutboxItem,
    ) -> Result<bool, DatabaseError> {
        item.insert(transaction).await
    }

    /// Enqueues in a transaction of its own.
    pub async fn enqueue_now(&self, item: &OutboxItem) -> Result<bool, DatabaseError> {
        let mut transaction = self.database.begin().await?;
        let fresh = item.insert(&mut transaction).await?;
        transaction.commit().await?;
        self.wake();
        Ok(fresh)
    }

    /// Tells this process's worker that something was enqueued. Those of other processes find it when
    /// they look.
    pub fn wake(&self) {
        self.news.notify_one();
    }

    /// Waits until something was enqueued in this process.
    pub async fn woken(&self) {
        self.news.notified().await;
    }

    /// Destroys what waits for a person, done or not.
    pub(crate) async fn forget(
        transaction: &mut Transaction,
        user: UserId,
    ) -> Result<(), DatabaseError> {
        let statement = query("DELETE FROM outbox WHERE user_id = $1").bind(user.as_uuid());
        transaction.execute(statement).await.map(|_| ())
    }

    fn unseal(&self, id: Uuid, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        self.sealing.open(&context(id), sealed).map(Zeroizing::new)
    }
}

/// Binds a payload to its row.
fn context(id: Uuid) -> [u8; 22] {
    let mut context = *b"outbox________________";
    context[6..].copy_from_slice(id.as_bytes());
    context
}

impl std::fmt::Debug for Outbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Outbox(***)")
    }
}
