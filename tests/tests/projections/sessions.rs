//! Sessions, and the tokens that point to them.

use muniment_domain::{GrantType, Oauth2Session, Oauth2SessionCommand, Oauth2SessionId, Scope};
use muniment_projections::queries::{bearer_session, oauth2_session};
use muniment_store::{VaultWrite, tokens::NewAccessToken};
use muniment_tests::{TestClock, TestDatabase, TestLog, client, each_backend};

use crate::support::{LOCK, row};

each_backend!(
    a_session_is_found_with_client_user_and_scope,
    a_token_leads_to_its_session_and_user,
);

async fn a_session_is_found_with_client_user_and_scope(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let alice = log.register("alice").await;
    for user in [Some(alice), None] {
        let id = log.start_session(client(3), user).await.unwrap();
        let found = oauth2_session(&log.reads, id).await.unwrap().unwrap();
        assert_eq!((found.id, found.client_id), (id, client(3)));
        assert_eq!(found.user_id, user);
        assert_eq!(found.scope.to_string(), Scope::ADMIN);
        assert_eq!(found.created_at, TestClock::START);
        assert_eq!(found.finished_at, None);
    }
    let unknown = Oauth2SessionId::from_uuid(log.ids.ulid());
    let found = oauth2_session(&log.reads, unknown).await.unwrap();
    assert!(found.is_none());
}

async fn a_token_leads_to_its_session_and_user(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let alice = log.register("alice").await;
    for (user, token_hash, expires_at) in [(Some(alice), [1; 32], Some(99)), (None, [2; 32], None)]
    {
        let session_id = Oauth2SessionId::from_uuid(log.ids.ulid());
        let start = Oauth2SessionCommand::StartOauth2Session {
            session_id,
            client_id: client(1),
            user_id: user,
            scope: Scope::default(),
            grant: GrantType::ClientCredentials,
            browser_session_id: None,
            user_agent: None,
            ip: None,
        };
        let execution = log
            .execution()
            .with_vault(VaultWrite::PutAccessToken(NewAccessToken {
                id: muniment_domain::TokenId::from_uuid(log.ids.ulid()),
                session_id,
                user_id: user,
                token_hash,
                created_at: TestClock::START,
                expires_at,
            }));
        log.journal
            .execute::<Oauth2Session>(session_id.as_uuid(), start, execution)
            .await
            .unwrap();
        let found = bearer_session(&log.reads, &token_hash).await.unwrap();
        let found = found.unwrap();
        assert_eq!(found.session.id, session_id);
        assert!(found.session.scope.is_empty());
        assert_eq!(found.token.expires_at, expires_at);
        assert_eq!(found.user.map(|user| user.id), user);
    }
    let unknown = bearer_session(&log.reads, &[9; 32]).await.unwrap();
    assert!(unknown.is_none());

    log.execute(alice, LOCK).await.unwrap();
    let found = bearer_session(&log.reads, &[1; 32]).await.unwrap();
    assert!(found.unwrap().user.unwrap() == row(&log, alice).await);
}
