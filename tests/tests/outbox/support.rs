use muniment_domain::UserId;
use muniment_store::{
    outbox::{Backlog, NewItem, Outbox, OutboxItem},
    sql::query,
};
use muniment_tests::TestLog;

pub fn item(outbox: &Outbox, key: &str, user_id: Option<UserId>) -> OutboxItem {
    let new = NewItem {
        kind: "test",
        key,
        payload: b"alice@example.com",
        user_id,
        due_at: None,
    };
    outbox.item(&new).unwrap()
}

pub async fn enqueue(outbox: &Outbox, key: &str) -> bool {
    outbox.enqueue_now(&item(outbox, key, None)).await.unwrap()
}

/// The key of what is taken now.
pub async fn take_key(outbox: &Outbox) -> Option<String> {
    let taken = outbox.take().await.unwrap();
    taken.map(|taken| taken.key)
}

pub async fn backlog(log: &TestLog) -> Backlog {
    Backlog::read(&log.database).await.unwrap()
}

/// The payload as it lies in the database.
pub async fn stored_payload(log: &TestLog) -> Option<Vec<u8>> {
    let row = log.database.fetch_one(query("SELECT payload FROM outbox"));
    row.await.unwrap().get(0).unwrap()
}
