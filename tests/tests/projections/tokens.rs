//! Refresh tokens: exchanged once, unless the answer was lost.

use muniment_domain::{Oauth2SessionId, TokenId};
use muniment_projections::queries::{bearer_session, refresh_bearer};
use muniment_store::{
    sql::Transaction,
    tokens::{
        NewAccessToken, NewRefreshToken, Rotation, mark_access_token_used, refresh_token, rotate,
    },
};
use muniment_tests::{TestDatabase, TestLog, client, each_backend};

each_backend!(
    a_refresh_token_is_exchanged_and_the_old_access_token_dies,
    a_lost_answer_can_be_asked_for_again_until_the_new_pair_is_used,
    a_used_successor_makes_the_old_token_a_reused_one,
    two_at_once_leave_one_pair,
);

struct Session {
    log: TestLog,
    id: Oauth2SessionId,
}

/// Tokens are told apart by one byte: the refresh token has the access token's and one more.
impl Session {
    async fn start(database: &TestDatabase) -> Self {
        let log = TestLog::open(database).await;
        let alice = log.register("alice").await;
        let id = log.start_session(client(1), Some(alice)).await.unwrap();
        let session = Self { log, id };
        let (access, refresh) = session.pair(10);
        let execution = session
            .log
            .execution()
            .with_vault(muniment_store::VaultWrite::PutAccessToken(access))
            .with_vault(muniment_store::VaultWrite::PutRefreshToken(refresh));
        let name = muniment_domain::Oauth2SessionCommand::NameOauth2Session {
            name: "a client".to_owned(),
        };
        session
            .log
            .journal
            .execute::<muniment_domain::Oauth2Session>(id.as_uuid(), name, execution)
            .await
            .unwrap();
        session
    }

    fn pair(&self, n: u8) -> (NewAccessToken, NewRefreshToken) {
        let access = NewAccessToken {
            id: TokenId::from_uuid(self.log.ids.ulid()),
            session_id: self.id,
            user_id: None,
            token_hash: [n; 32],
            created_at: 1,
            expires_at: None,
        };
        let refresh = NewRefreshToken {
            id: TokenId::from_uuid(self.log.ids.ulid()),
            session_id: self.id,
            user_id: None,
            token_hash: [n + 1; 32],
            access_token_id: access.id,
            created_at: 1,
        };
        (access, refresh)
    }

    /// Exchanges the refresh token of pair `from` for pair `to`.
    async fn exchange(&self, from: u8, to: u8) -> Rotation {
        let (access, refresh) = self.pair(to);
        rotate(&self.log.database, &[from + 1; 32], &access, &refresh, 5)
            .await
            .unwrap()
    }

    async fn access_is_good(&self, n: u8) -> bool {
        let found = bearer_session(&self.log.reads, &[n; 32]).await.unwrap();
        found.unwrap().token.revoked_at.is_none()
    }

    async fn refresh_is_good(&self, n: u8) -> bool {
        let found = refresh_bearer(&self.log.reads, &[n + 1; 32]).await;
        found.unwrap().unwrap().token.revoked_at.is_none()
    }
}

async fn a_refresh_token_is_exchanged_and_the_old_access_token_dies(database: TestDatabase) {
    let session = Session::start(&database).await;
    assert!(session.access_is_good(10).await && session.refresh_is_good(10).await);
    assert_eq!(session.exchange(10, 20).await, Rotation::Rotated);
    assert!(!session.access_is_good(10).await && !session.refresh_is_good(10).await);
    assert!(session.access_is_good(20).await && session.refresh_is_good(20).await);
    assert_eq!(session.exchange(99, 30).await, Rotation::Unknown);
}

async fn a_lost_answer_can_be_asked_for_again_until_the_new_pair_is_used(database: TestDatabase) {
    let session = Session::start(&database).await;
    assert_eq!(session.exchange(10, 20).await, Rotation::Rotated);
    assert_eq!(session.exchange(10, 30).await, Rotation::Rotated);
    assert!(!session.access_is_good(20).await && session.access_is_good(30).await);
    assert_eq!(session.exchange(20, 40).await, Rotation::Revoked);
    mark_access_token_used(&session.log.database, &[30; 32], 7)
        .await
        .unwrap();
    assert!(matches!(
        session.exchange(10, 40).await,
        Rotation::Reused(_)
    ));
    assert!(session.access_is_good(30).await);
}

async fn a_used_successor_makes_the_old_token_a_reused_one(database: TestDatabase) {
    let session = Session::start(&database).await;
    assert_eq!(session.exchange(10, 20).await, Rotation::Rotated);
    assert_eq!(session.exchange(20, 30).await, Rotation::Rotated);
    let first = refresh_token(&session.log.database, &[11; 32]).await;
    let first = first.unwrap().unwrap().id;
    assert_eq!(session.exchange(10, 40).await, Rotation::Reused(first));

    // The access token of the latest pair may be long gone: it counts as unused.
    let mut transaction = Transaction::writing(&session.log.database).await.unwrap();
    let purge = "DELETE FROM oauth2_access_tokens";
    transaction
        .execute(muniment_store::sql::query(purge))
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(session.exchange(20, 50).await, Rotation::Rotated);
}

async fn two_at_once_leave_one_pair(database: TestDatabase) {
    let session = Session::start(&database).await;
    let (one, other) = tokio::join!(session.exchange(10, 20), session.exchange(10, 30));
    assert_eq!((one, other), (Rotation::Rotated, Rotation::Rotated));
    let good = [
        session.access_is_good(20).await,
        session.access_is_good(30).await,
    ];
    assert_eq!(good.iter().filter(|good| **good).count(), 1);
}
