//! A user who is signed in everywhere, and rows of every kind beside the log.

use std::net::IpAddr;

use muniment_domain::{
    AuthenticationId, AuthenticationMethod, BrowserSession, BrowserSessionCommand,
    BrowserSessionId, Client, ClientCommand, ClientMetadata, CompatLogin, CompatSession,
    CompatSessionCommand, CompatSessionId, CompatSsoLoginId, GrantId, Invitee, Oauth2Session,
    Oauth2SessionCommand, Oauth2SessionId, PasswordId, PersonalSession, PersonalSessionCommand,
    PersonalSessionId, PersonalSessionOwner, PolicyData, PolicyDataCommand, PolicyDataId,
    RegistrationToken, RegistrationTokenCommand, RegistrationTokenId, Scope, StartCompatSession,
    TokenId, UpstreamLinkId, UpstreamProviderId, UserCommand, UserId,
};
use muniment_store::{
    VaultWrite,
    activity::{self, SessionKind, Use},
    compat_sso::put_sso_login,
    grants::{
        NewAuthorizationGrant, NewClient, NewDeviceGrant, put_authorization_grant, put_client,
        put_device_grant,
    },
    graphql_calls::{self, Called, Caller, Calls},
    idempotent_requests::{self, About, NewRequest},
    sql::{Query, query},
    tokens::{NewCompatAccessToken, NewCompatRefreshToken, NewRefreshToken},
    upstream::{NewUpstreamSession, put_upstream_session},
};

use crate::{TestLog, client};

/// What the browser of [`sign_in_everywhere`] calls itself.
pub const AGENT: &str = "Lynx/2.9";

/// The sessions of [`sign_in_everywhere`].
#[derive(Debug, Clone, Copy)]
pub struct Sessions {
    pub browser: BrowserSessionId,
    pub oauth2: Oauth2SessionId,
    pub compat: CompatSessionId,
    pub personal: PersonalSessionId,
    pub link: UpstreamLinkId,
}

macro_rules! run {
    ($log:expr, $aggregate:ty, $id:expr, $command:expr) => {
        $log.journal
            .execute::<$aggregate>($id.as_uuid(), $command, $log.execution())
            .await
            .unwrap()
    };
}

/// Signs a user in in every way there is, and links an identity elsewhere.
pub async fn sign_in_everywhere(log: &TestLog, user: UserId) -> Sessions {
    sign_in_everywhere_as(log, user, "alice-elsewhere").await
}

/// The same, with who they are elsewhere.
pub async fn sign_in_everywhere_as(log: &TestLog, user: UserId, subject: &str) -> Sessions {
    let browser = BrowserSessionId::from_uuid(log.ids.ulid());
    let ip = Some(IpAddr::from([203, 0, 113, 7]));
    let start = BrowserSessionCommand::StartBrowserSession {
        session_id: browser,
        user_id: user,
        user_agent: Some(AGENT.to_owned()),
        ip,
    };
    run!(log, BrowserSession, browser, start);
    let authenticate = BrowserSessionCommand::Authenticate {
        authentication_id: AuthenticationId::from_uuid(log.ids.ulid()),
        method: AuthenticationMethod::Password {
            password_id: PasswordId::default(),
        },
    };
    run!(log, BrowserSession, browser, authenticate);
    let oauth2 = log.start_session(client(3), Some(user)).await.unwrap();
    let name = Oauth2SessionCommand::NameOauth2Session {
        name: "kitchen".to_owned(),
    };
    run!(log, Oauth2Session, oauth2, name);
    let compat = CompatSessionId::from_uuid(log.ids.ulid());
    let start = CompatSessionCommand::StartCompatSession(StartCompatSession {
        session_id: compat,
        user_id: user,
        device_id: Some("DEVICE1234".to_owned()),
        login: CompatLogin::Password,
        browser_session_id: Some(browser),
        is_synapse_admin: false,
        name: Some("phone".to_owned()),
        user_agent: Some(AGENT.to_owned()),
        ip,
    });
    run!(log, CompatSession, compat, start);
    let personal = PersonalSessionId::from_uuid(log.ids.ulid());
    let create = PersonalSessionCommand::CreatePersonalSession {
        session_id: personal,
        owner: PersonalSessionOwner::Client(client(3)),
        actor_user_id: user,
        name: "robot".to_owned(),
        scope: Scope::default(),
        token_id: TokenId::from_uuid(log.ids.ulid()),
        expires_at: Some(5),
    };
    run!(log, PersonalSession, personal, create);
    let link = UpstreamLinkId::from_uuid(log.ids.ulid());
    let linked = UserCommand::LinkUpstream {
        link_id: link,
        provider_id: UpstreamProviderId::default(),
        subject: subject.to_owned(),
        account_name: Some("Alice E.".to_owned()),
    };
    log.execute(user, linked).await.unwrap();
    Sessions {
        browser,
        oauth2,
        compat,
        personal,
        link,
    }
}

/// Rows of every kind beside the log.
pub async fn rows_of_every_kind(log: &TestLog, user: UserId, sessions: &Sessions) {
    let token = |n: u8| (TokenId::from_uuid(log.ids.ulid()), [n; 32]);
    let (refresh, compat, compat_refresh, personal) =
        (token(201), token(202), token(203), token(204));
    let invitation = RegistrationTokenId::from_uuid(log.ids.ulid());
    let execution = log
        .execution()
        .with_vault(VaultWrite::PutRefreshToken(NewRefreshToken {
            id: refresh.0,
            session_id: sessions.oauth2,
            user_id: Some(user),
            token_hash: refresh.1,
            access_token_id: compat.0,
            created_at: 1,
        }))
        .with_vault(VaultWrite::PutCompatAccessToken(NewCompatAccessToken {
            id: compat.0,
            session_id: sessions.compat,
            user_id: user,
            token_hash: compat.1,
            created_at: 1,
            expires_at: None,
        }))
        .with_vault(VaultWrite::PutCompatRefreshToken(NewCompatRefreshToken {
            id: compat_refresh.0,
            session_id: sessions.compat,
            user_id: user,
            token_hash: compat_refresh.1,
            access_token_id: compat.0,
            created_at: 1,
        }))
        .with_vault(VaultWrite::PutPersonalToken {
            id: personal.0,
            session_id: sessions.personal,
            actor_user_id: user,
            token_hash: personal.1,
            created_at: 1,
            expires_at: None,
        })
        .with_vault(VaultWrite::PutRegistrationToken {
            id: invitation,
            token_hash: [205; 32],
            sealed: vec![1, 2, 3],
        });
    let create = RegistrationTokenCommand::CreateRegistrationToken {
        token_id: invitation,
        usage_limit: None,
        expires_at: None,
        invitee: Invitee {
            username: Some(crate::username("invited")),
            email: None,
        },
    };
    log.journal
        .execute::<RegistrationToken>(invitation.as_uuid(), create, execution)
        .await
        .unwrap();
    let register = ClientCommand::RegisterClient {
        client_id: client(5),
        metadata: Box::new(ClientMetadata::default()),
    };
    run!(log, Client, client(5), register);
    let policy_data_id = PolicyDataId::from_uuid(log.ids.ulid());
    let set = PolicyDataCommand::SetPolicyData {
        policy_data_id,
        data: "{}".to_owned(),
    };
    run!(log, PolicyData, policy_data_id, set);
    short_lived_rows(log, user, sessions).await;
}

async fn short_lived_rows(log: &TestLog, user: UserId, sessions: &Sessions) {
    let database = &log.database;
    let grant = NewAuthorizationGrant {
        id: GrantId::from_uuid(log.ids.ulid()),
        client_id: client(5),
        redirect_uri: "https://example.com/".to_owned(),
        redirect_uri_given: true,
        scope: Scope::default(),
        state: None,
        nonce: None,
        response_mode: "query".to_owned(),
        code_challenge: None,
        code_challenge_method: None,
        login_hint: None,
        locale: "en".to_owned(),
        parameters: "{}".to_owned(),
        created_at: 1,
    };
    put_authorization_grant(database, &grant).await.unwrap();
    let device = NewDeviceGrant {
        id: GrantId::from_uuid(log.ids.ulid()),
        client_id: client(5),
        scope: Scope::default(),
        device_code_hash: [206; 32],
        user_code_hash: [207; 32],
        created_at: 1,
        expires_at: 2,
        ip: None,
        user_agent: None,
    };
    assert!(put_device_grant(database, &device).await.unwrap());
    let pending = NewClient {
        id: client(6),
        metadata: ClientMetadata::default(),
        digest: Some([208; 32]),
        sealed_secret: Some(vec![4, 5, 6]),
        created_at: 1,
    };
    put_client(database, &pending).await.unwrap();
    let sso = CompatSsoLoginId::from_uuid(log.ids.ulid());
    put_sso_login(database, sso, "https://example.com/", 1)
        .await
        .unwrap();
    let upstream = NewUpstreamSession {
        id: log.ids.ulid(),
        provider_id: UpstreamProviderId::from_uuid(log.ids.ulid()),
        state_hash: [209; 32],
        secrets: vec![7, 8, 9],
        created_at: 1,
    };
    put_upstream_session(database, &upstream).await.unwrap();
    let seen = Use {
        kind: SessionKind::Browser,
        session_id: sessions.browser.as_uuid(),
        user_id: Some(user),
        at: 1,
        ip: None,
    };
    activity::record(database, &[seen]).await.unwrap();
    let called = Called {
        caller: Caller::User(user),
        operation: "viewer".to_owned(),
        calls: Calls::once(1),
    };
    graphql_calls::add(database, &[called]).await.unwrap();
    let request = NewRequest {
        id: [210; 32],
        caller: client(5).as_uuid(),
        request: vec![1, 2, 3],
        started_at: 1,
        leased_until: 2,
    };
    assert!(
        idempotent_requests::begin(database, &request)
            .await
            .unwrap()
    );
    let about = About::User(user);
    idempotent_requests::keep(database, &request.id, 1, about, &[4, 5, 6])
        .await
        .unwrap();
    half_done_rows(log, user).await;
}

/// Somebody on the way to an account, and somebody on the way back into theirs.
async fn half_done_rows(log: &TestLog, user: UserId) {
    let id = || log.ids.ulid();
    let (registration, authentication, recovery) = (id(), id(), id());
    let put = async |statement: Query<'_>| log.database.execute(statement).await.unwrap();
    put(query(
        "INSERT INTO email_authentications (id, email, created_at) \
         VALUES ($1, 'new@example.com', 1)",
    )
    .bind(authentication))
    .await;
    put(query(
        "INSERT INTO email_authentication_codes \
         (id, authentication_id, code_hash, created_at, expires_at) VALUES ($1, $2, $3, 1, 2)",
    )
    .bind(id())
    .bind(authentication)
    .bind([209; 32].as_slice()))
    .await;
    put(query(
        "INSERT INTO registrations (id, username, locale, email_authentication_id, created_at) \
         VALUES ($1, 'newcomer', 'en', $2, 1)",
    )
    .bind(registration)
    .bind(authentication))
    .await;
    put(query(
        "INSERT INTO recovery_sessions (id, email, locale, created_at) \
         VALUES ($1, 'back@example.com', 'en', 1)",
    )
    .bind(recovery))
    .await;
    put(query(
        "INSERT INTO recovery_tickets \
         (ticket_hash, id, session_id, user_id, email_id, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, 1, 2)",
    )
    .bind([210; 32].as_slice())
    .bind(id())
    .bind(recovery)
    .bind(user.as_uuid())
    .bind(id()))
    .await;
}
