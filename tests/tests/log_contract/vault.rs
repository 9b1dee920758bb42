//! Secrets beside the log, written with the event that speaks of them or not at all.

use muniment_domain::{
    Oauth2SessionId, PasswordId, TokenId, UserCommand, UserEvent, UserId, user::Origin,
};
use muniment_store::{
    VaultWrite, current_password,
    log::{Append, AppendError, EventLog},
    sql::query,
    tokens::NewAccessToken,
};
use muniment_tests::{TestDatabase, TestLog, each_log};

use crate::support::{append_of, bare, registration};

each_log!(
    a_password_is_there_once_its_event_is,
    the_newest_password_counts,
    a_conflict_leaves_nothing_in_the_vault,
    a_taken_name_leaves_nothing_in_the_vault,
    a_repeated_key_leaves_nothing_in_the_vault,
    deactivation_destroys_the_passwords,
    an_access_token_is_written_with_its_session,
);

const HASH: &str = "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA";

fn put_password(log: &TestLog, user_id: UserId) -> VaultWrite {
    VaultWrite::PutPassword {
        id: PasswordId::from_uuid(log.ids.ulid()),
        user_id,
        scheme_version: 2,
        hash: HASH.to_owned(),
    }
}

async fn password_set(log: &TestLog, user: UserId, expected_version: u64) -> Append {
    let event = UserEvent::UserPasswordSet {
        user_id: user,
        password_id: PasswordId::from_uuid(log.ids.ulid()),
        scheme_version: 2,
        origin: Origin::Admin,
    };
    let mut append = append_of(log, user, expected_version, vec![event]).await;
    append.vault.push(put_password(log, user));
    append
}

async fn a_password_is_there_once_its_event_is(database: TestDatabase) {
    let log = bare(&database).await;
    let user = log.new_user_id();
    let none = current_password(&log.database, user).await.unwrap();
    assert!(none.is_none());
    let append = password_set(&log, user, 0).await;
    let receipt = log.log.append(append).await.unwrap();

    let stored = current_password(&log.database, user).await.unwrap();
    let stored = stored.unwrap();
    assert_eq!((stored.scheme_version, stored.hash.as_str()), (2, HASH));
    let row = log
        .database
        .fetch_one(query("SELECT position FROM user_passwords"))
        .await
        .unwrap();
    let position: i64 = row.get(0).unwrap();
    assert_eq!(u64::try_from(position).unwrap(), receipt.last_position);
    for event in log.events().await {
        assert!(!event.payload.contains("argon2"), "{}", event.payload);
    }
}

async fn the_newest_password_counts(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let alice = log.register("alice").await;
    for hash in ["first", "second", "third"] {
        log.set_password(alice, hash).await.unwrap();
        let stored = current_password(&log.database, alice).await.unwrap();
        assert_eq!(stored.unwrap().hash, hash);
    }
}

async fn a_conflict_leaves_nothing_in_the_vault(database: TestDatabase) {
    let log = bare(&database).await;
    let append = password_set(&log, log.new_user_id(), 3).await;
    let error = log.log.append(append).await.unwrap_err();
    assert!(matches!(error, AppendError::Conflict { .. }), "{error}");
    assert_eq!(log.count("user_passwords").await, 0);
}

async fn a_taken_name_leaves_nothing_in_the_vault(database: TestDatabase) {
    let log = bare(&database).await;
    let first = registration(&log, log.new_user_id(), "alice").await;
    log.log.append(first).await.unwrap();
    let user = log.new_user_id();
    let mut second = registration(&log, user, "alice").await;
    second.vault.push(put_password(&log, user));
    let error = log.log.append(second).await.unwrap_err();
    assert!(matches!(error, AppendError::ClaimTaken { .. }), "{error}");
    assert_eq!(log.count("user_passwords").await, 0);
}

async fn a_repeated_key_leaves_nothing_in_the_vault(database: TestDatabase) {
    let log = bare(&database).await;
    for _ in 0..2 {
        let mut append = password_set(&log, log.new_user_id(), 0).await;
        append.idempotency = Some(muniment_store::log::IdempotencyKey {
            key: "k".to_owned(),
            digest: [1; 32],
        });
        log.log.append(append).await.unwrap();
    }
    assert_eq!(log.count("user_passwords").await, 1);
}

async fn deactivation_destroys_the_passwords(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let (alice, bob) = (log.register("alice").await, log.register("bob").await);
    for user in [alice, alice, bob] {
        log.set_password(user, HASH).await.unwrap();
    }
    assert_eq!(log.count("user_passwords").await, 3);
    let command = UserCommand::LockUser { deactivate: true };
    log.execute(alice, command).await.unwrap();
    let stored = async |user| current_password(&log.database, user).await.unwrap();
    assert!(stored(alice).await.is_none());
    assert!(stored(bob).await.is_some());
}

async fn an_access_token_is_written_with_its_session(database: TestDatabase) {
    let log = bare(&database).await;
    let session_id = Oauth2SessionId::from_uuid(log.ids.ulid());
    let mut append = registration(&log, log.new_user_id(), "alice").await;
    append
        .vault
        .push(VaultWrite::PutAccessToken(NewAccessToken {
            id: TokenId::from_uuid(log.ids.ulid()),
            session_id,
            user_id: None,
            token_hash: [3; 32],
            created_at: 5,
            expires_at: Some(7),
        }));
    log.log.append(append).await.unwrap();
    let row = log
        .database
        .fetch_one(query(
            "SELECT token_hash, session_id, created_at, expires_at FROM oauth2_access_tokens",
        ))
        .await
        .unwrap();
    assert_eq!(row.get::<Vec<u8>, _>("token_hash").unwrap(), [3; 32]);
    assert_eq!(
        row.get::<uuid::Uuid, _>("session_id").unwrap(),
        session_id.as_uuid()
    );
    assert_eq!(row.get::<i64, _>("created_at").unwrap(), 5);
    assert_eq!(row.get::<i64, _>("expires_at").unwrap(), 7);
}
