//! Sessions of every kind: named, ended, ended with their account, forgotten with their person, and
//! the same after a rebuild.

use muniment_domain::{
    BrowserSession, BrowserSessionCommand, Client, ClientCommand, ClientId, ClientMetadata,
    EmailAddress, Invitee, PersonalSessionOwner, RegistrationToken, RegistrationTokenCommand,
    RegistrationTokenId, SessionEnd, UpstreamProviderId, UserCommand,
};
use muniment_projections::queries::{
    AuthenticationKind, browser_session, compat_session, erasures_after, expired_invitees,
    oauth2_session, personal_session, registered_client, registration_token, upstream_link_of,
};
use muniment_tests::{
    AGENT, LogSetup, TestClock, TestDatabase, TestLog, client, destroy_erased, each_backend,
    sign_in_everywhere, username,
};

use crate::support::{rebuild, rows};

each_backend!(
    sessions_show_what_happened_to_them,
    deactivation_ends_every_session,
    erasure_leaves_no_trace_and_a_rebuild_gives_the_same,
    a_client_that_is_deleted_takes_its_sessions_along,
    an_invitation_counts_its_uses,
    who_an_invitation_is_for_is_forgotten_when_it_is_used,
);

macro_rules! run {
    ($log:expr, $aggregate:ty, $id:expr, $command:expr) => {
        $log.journal
            .execute::<$aggregate>($id.as_uuid(), $command, $log.execution())
            .await
            .unwrap()
    };
}

async fn sessions_show_what_happened_to_them(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let alice = log.register("alice").await;
    let sessions = sign_in_everywhere(&log, alice).await;

    let browser = browser_session(&log.reads, sessions.browser).await;
    let browser = browser.unwrap().unwrap();
    assert_eq!(browser.user_agent.as_deref(), Some(AGENT));
    assert_eq!(browser.ip.as_deref(), Some("203.0.113.7"));
    let authentication = browser.authentication.unwrap();
    assert_eq!(authentication.kind, AuthenticationKind::Password);
    assert_eq!(authentication.at, TestClock::START);

    let oauth2 = oauth2_session(&log.reads, sessions.oauth2).await;
    assert_eq!(
        oauth2.unwrap().unwrap().human_name.as_deref(),
        Some("kitchen")
    );
    let compat = compat_session(&log.reads, sessions.compat).await;
    let compat = compat.unwrap().unwrap();
    assert_eq!(compat.device_id.as_deref(), Some("DEVICE1234"));
    assert_eq!(compat.browser_session_id, Some(sessions.browser));
    let personal = personal_session(&log.reads, sessions.personal).await;
    let personal = personal.unwrap().unwrap();
    assert_eq!(personal.owner, PersonalSessionOwner::Client(client(3)));
    assert_eq!(personal.token_expires_at, Some(5));

    let provider = UpstreamProviderId::default();
    let link = upstream_link_of(&log.reads, provider, "alice-elsewhere").await;
    assert_eq!(link.unwrap().unwrap().id, sessions.link);

    let finish = BrowserSessionCommand::FinishBrowserSession {
        reason: SessionEnd::SignedOut,
    };
    run!(log, BrowserSession, sessions.browser, finish);
    let browser = browser_session(&log.reads, sessions.browser).await;
    assert!(browser.unwrap().unwrap().finished_at.is_some());
    let before = rows(&log).await;
    rebuild(&log).await;
    assert_eq!(rows(&log).await, before);
}

async fn deactivation_ends_every_session(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let alice = log.register("alice").await;
    let sessions = sign_in_everywhere(&log, alice).await;
    let deactivate = UserCommand::DeactivateUser { erase: false };
    log.execute(alice, deactivate).await.unwrap();
    let browser = browser_session(&log.reads, sessions.browser).await;
    assert!(browser.unwrap().unwrap().finished_at.is_some());
    let oauth2 = oauth2_session(&log.reads, sessions.oauth2).await;
    assert!(oauth2.unwrap().unwrap().finished_at.is_some());
    let compat = compat_session(&log.reads, sessions.compat).await;
    assert!(compat.unwrap().unwrap().finished_at.is_some());
    let personal = personal_session(&log.reads, sessions.personal).await;
    assert!(personal.unwrap().unwrap().revoked_at.is_some());
}

async fn erasure_leaves_no_trace_and_a_rebuild_gives_the_same(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let alice = log.register("alice").await;
    sign_in_everywhere(&log, alice).await;
    log.execute(alice, UserCommand::EraseUser).await.unwrap();
    destroy_erased(&log, &database, &LogSetup::default().master).await;
    log.close().await;
    let log = TestLog::open(&database).await;
    let before = rows(&log).await;
    for trace in [
        AGENT,
        "203.0.113.7",
        "kitchen",
        "DEVICE1234",
        "phone",
        "robot",
        "alice-elsewhere",
        "Alice E.",
    ] {
        assert!(
            !before.iter().any(|row| row.contains(trace)),
            "{trace} is still there"
        );
    }
    rebuild(&log).await;
    assert_eq!(rows(&log).await, before);
}

async fn a_client_that_is_deleted_takes_its_sessions_along(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let alice = log.register("alice").await;
    let sessions = sign_in_everywhere(&log, alice).await;
    let id: ClientId = client(3);
    let metadata = ClientMetadata {
        client_name: Some("An app".to_owned()),
        ..ClientMetadata::default()
    };
    let register = ClientCommand::RegisterClient {
        client_id: id,
        metadata: Box::new(metadata.clone()),
    };
    run!(log, Client, id, register);
    let found = registered_client(&log.reads, id).await.unwrap().unwrap();
    assert_eq!(found.metadata, metadata);

    run!(log, Client, id, ClientCommand::DeleteClient);
    assert!(registered_client(&log.reads, id).await.unwrap().is_none());
    let oauth2 = oauth2_session(&log.reads, sessions.oauth2).await;
    assert!(oauth2.unwrap().unwrap().finished_at.is_some());
    let personal = personal_session(&log.reads, sessions.personal).await;
    assert!(personal.unwrap().unwrap().revoked_at.is_some());
}

async fn an_invitation_counts_its_uses(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let alice = log.register("alice").await;
    let id = RegistrationTokenId::from_uuid(log.ids.ulid());
    let create = RegistrationTokenCommand::CreateRegistrationToken {
        token_id: id,
        usage_limit: Some(2),
        expires_at: Some(100),
        invitee: Invitee::default(),
    };
    run!(log, RegistrationToken, id, create);
    let use_it = RegistrationTokenCommand::UseRegistrationToken {
        user_id: alice,
        invitee: Invitee::default(),
        now: 0,
    };
    run!(log, RegistrationToken, id, use_it);
    let row = registration_token(&log.database, id).await;
    let row = row.unwrap().unwrap();
    assert_eq!((row.times_used, row.usage_limit), (1, Some(2)));
    assert!(row.is_valid(99) && !row.is_valid(100));
    let revoke = RegistrationTokenCommand::RevokeRegistrationToken;
    run!(log, RegistrationToken, id, revoke);
    let row = registration_token(&log.database, id).await;
    assert!(!row.unwrap().unwrap().is_valid(0));
}

async fn who_an_invitation_is_for_is_forgotten_when_it_is_used(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let id = RegistrationTokenId::from_uuid(log.ids.ulid());
    let invitee = Invitee {
        username: Some(username("alice")),
        email: Some(EmailAddress::parse("Alice@example.com").unwrap()),
    };
    let create = RegistrationTokenCommand::CreateRegistrationToken {
        token_id: id,
        usage_limit: Some(1),
        expires_at: Some(100),
        invitee: invitee.clone(),
    };
    run!(log, RegistrationToken, id, create);
    let row = registration_token(&log.database, id).await;
    assert_eq!(row.unwrap().unwrap().invitee, invitee);
    assert_eq!(expired_invitees(&log.database, 99, 9).await.unwrap(), []);
    assert_eq!(expired_invitees(&log.database, 100, 9).await.unwrap(), [id]);
    let use_it = RegistrationTokenCommand::UseRegistrationToken {
        user_id: log.register("alice").await,
        invitee,
        now: 0,
    };
    run!(log, RegistrationToken, id, use_it);
    let row = registration_token(&log.database, id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(row.invitee, Invitee::default());
    assert!(row.invitee_forgotten_at.is_some() && !row.is_valid(0));
    assert_eq!(expired_invitees(&log.database, 100, 9).await.unwrap(), []);
    let erasures = erasures_after(&log.database, None).await.unwrap();
    assert_eq!(erasures[0].key_id, id.as_uuid());
}
