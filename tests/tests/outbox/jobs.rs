//! What scheduled jobs remove, forget and end (contract oauth2.md 22.2), as a server runs them.

use muniment_domain::{
    BrowserSession, BrowserSessionCommand, BrowserSessionId, Client, ClientCommand, ClientMetadata,
    CompatLogin, CompatSession, CompatSessionCommand, CompatSessionId, Invitee, Oauth2SessionId,
    RegistrationToken, RegistrationTokenCommand, RegistrationTokenId, StartCompatSession, UserId,
};
use muniment_projections::queries::erasures_after;
use muniment_store::{
    activity::{self, LastUse, SessionKind, Use},
    schedule,
    sql::{Query, query},
    time::{DAY, HOUR, SECOND},
};
use muniment_tests::{
    Sessions, TestDatabase, TestLog, TestServer,
    beside::{beside, now},
    client, each_backend, rows_of_every_kind,
    server::configuration,
    sign_in_everywhere, username, within,
};
use uuid::Uuid;

each_backend!(
    tokens_go_when_nobody_can_use_them_any_more,
    tokens_go_a_month_after_their_session,
    last_addresses_are_forgotten_after_a_month,
    who_was_invited_is_forgotten_once_it_is_too_late,
    half_done_things_go_when_their_time_has_come,
    half_done_things_stay_until_then,
    sessions_that_nobody_uses_end,
    only_what_is_configured_ends_by_disuse,
);

/// Starts a server that runs these jobs at once, and waits until they have succeeded.
async fn run(database: &TestDatabase, log: &TestLog, yaml: &str, jobs: &[&str]) -> TestServer {
    for job in jobs {
        schedule::announce(&log.database, job, 1).await.unwrap();
    }
    let yaml = format!("{yaml}{}", database.event_store_section());
    let server = TestServer::start_configured(database, &yaml).await;
    let all_done = async {
        loop {
            let states = schedule::states(&log.database).await.unwrap();
            let done = |name: &&str| {
                let mut states = states.iter();
                states.any(|job| job.name == *name && job.last_succeeded_at.is_some())
            };
            if jobs.iter().all(done) {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    within("a run of each job", all_done).await;
    let metrics = server.get("/metrics").send().await.unwrap();
    let metrics = metrics.text().await.unwrap();
    for job in jobs {
        let sample = format!("muniment_job_runs_total{{job=\"{job}\",outcome=\"Done\"}} 1");
        assert!(metrics.contains(&sample), "{sample} in {metrics}");
    }
    server
}

async fn put(log: &TestLog, statement: Query<'_>) {
    log.database.execute(statement).await.unwrap();
}

/// Which of the numbered rows of a table are there, by their last byte.
async fn numbers(log: &TestLog, table: &str) -> Vec<u8> {
    let rows = query(format!(
        "SELECT token_hash FROM {table} ORDER BY token_hash"
    ));
    let rows = log.database.fetch_all(rows).await.unwrap();
    let hash = |row: &muniment_store::sql::Row| row.get::<Vec<u8>, _>(0).unwrap()[31];
    rows.iter().map(hash).collect()
}

fn hash(n: u8) -> [u8; 32] {
    let mut hash = [0; 32];
    hash[31] = n;
    hash
}

fn id(n: u8) -> Uuid {
    Uuid::from_u128(1000 + u128::from(n))
}

async fn put_access(log: &TestLog, n: u8, session: Oauth2SessionId, revoked_at: Option<i64>) {
    let statement = query(
        "INSERT INTO oauth2_access_tokens (token_hash, id, session_id, created_at, revoked_at) \
         VALUES ($1, $2, $3, 1, $4)",
    );
    let statement = statement.bind(hash(n).as_slice()).bind(id(n));
    put(log, statement.bind(session.as_uuid()).bind(revoked_at)).await;
}

/// A refresh token, when it was exchanged for which, and when it was revoked.
async fn put_refresh(
    log: &TestLog,
    n: u8,
    session: Oauth2SessionId,
    consumed: Option<(i64, u8)>,
    revoked_at: Option<i64>,
) {
    let statement = query(
        "INSERT INTO oauth2_refresh_tokens (token_hash, id, session_id, access_token_id, \
         created_at, consumed_at, next_token_id, revoked_at) VALUES ($1, $2, $3, $4, 1, $5, $6, $7)",
    );
    let statement = statement
        .bind(hash(n).as_slice())
        .bind(id(n))
        .bind(session.as_uuid())
        .bind(id(n))
        .bind(consumed.map(|(at, _)| at))
        .bind(consumed.map(|(_, next)| id(next)))
        .bind(revoked_at);
    put(log, statement).await;
}

async fn tokens_go_when_nobody_can_use_them_any_more(database: TestDatabase) {
    let log = beside(&database).await;
    let alice = log.register("alice").await;
    let session = log.start_session(client(3), Some(alice)).await.unwrap();
    let now = now();
    put_access(&log, 1, session, Some(now - HOUR - 60 * SECOND)).await;
    put_access(&log, 2, session, Some(now - HOUR + 60 * SECOND)).await;
    put_access(&log, 3, session, None).await;
    let long_ago = |n| (now - 3 * HOUR, n);
    // 1 was exchanged for 2, that for 3, which waits: the client may not have got it.
    put_refresh(&log, 1, session, Some(long_ago(2)), None).await;
    put_refresh(&log, 2, session, Some(long_ago(3)), None).await;
    put_refresh(&log, 3, session, None, None).await;
    // Exchanged for what is there no more: long ago, and just now.
    put_refresh(&log, 4, session, Some(long_ago(99)), None).await;
    put_refresh(&log, 5, session, Some((now, 99)), None).await;
    put_refresh(&log, 6, session, None, Some(now - 2 * HOUR)).await;
    put_refresh(&log, 7, session, None, Some(now)).await;
    let jobs = [
        "remove_revoked_access_tokens",
        "remove_revoked_refresh_tokens",
        "remove_consumed_refresh_tokens",
    ];
    let yaml = configuration(database.uri(), "");
    let _server = run(&database, &log, &yaml, &jobs).await;
    assert_eq!(numbers(&log, "oauth2_access_tokens").await, [2, 3]);
    assert_eq!(numbers(&log, "oauth2_refresh_tokens").await, [2, 3, 5, 7]);
}

const TOKENS: [&str; 5] = [
    "oauth2_access_tokens",
    "oauth2_refresh_tokens",
    "compat_access_tokens",
    "compat_refresh_tokens",
    "personal_access_tokens",
];

/// Says that the sessions ended at a time.
async fn finish(log: &TestLog, sessions: &Sessions, at: i64) {
    for (table, column, id) in [
        ("oauth2_sessions", "finished_at", sessions.oauth2.as_uuid()),
        ("compat_sessions", "finished_at", sessions.compat.as_uuid()),
        (
            "personal_sessions",
            "revoked_at",
            sessions.personal.as_uuid(),
        ),
    ] {
        let statement = query(format!("UPDATE {table} SET {column} = $1 WHERE id = $2"));
        put(log, statement.bind(at).bind(id)).await;
    }
}

async fn tokens_go_a_month_after_their_session(database: TestDatabase) {
    let log = beside(&database).await;
    let alice = log.register("alice").await;
    let sessions = sign_in_everywhere(&log, alice).await;
    rows_of_every_kind(&log, alice, &sessions).await;
    put_access(&log, 1, sessions.oauth2, None).await;
    let yaml = configuration(database.uri(), "");
    let jobs = ["remove_tokens_of_ended_sessions"];

    finish(&log, &sessions, now() - 30 * DAY + HOUR).await;
    drop(run(&database, &log, &yaml, &jobs).await);
    for table in TOKENS {
        assert_eq!(log.count(table).await, 1, "{table}: too early");
    }

    finish(&log, &sessions, now() - 30 * DAY - HOUR).await;
    put(&log, query("DELETE FROM job_runs")).await;
    drop(run(&database, &log, &yaml, &jobs).await);
    for table in TOKENS {
        assert_eq!(log.count(table).await, 0, "{table}");
    }
    for table in ["oauth2_sessions", "compat_sessions", "personal_sessions"] {
        assert_eq!(
            log.count(table).await,
            1,
            "{table}: the session itself stays"
        );
    }
}

async fn last_addresses_are_forgotten_after_a_month(database: TestDatabase) {
    let log = beside(&database).await;
    let ip = "192.0.2.1".parse().ok();
    let (early, late) = (now() - 30 * DAY - HOUR, now() - 30 * DAY + HOUR);
    let used = |n, at| Use {
        kind: SessionKind::Oauth2,
        session_id: id(n),
        user_id: None,
        at,
        ip,
    };
    activity::record(&log.database, &[used(1, early), used(2, late)])
        .await
        .unwrap();
    let yaml = configuration(database.uri(), "");
    let _server = run(&database, &log, &yaml, &["forget_last_addresses"]).await;
    let found = activity::of(&log.database, &[id(1), id(2)]).await.unwrap();
    assert_eq!(
        found[&id(1)],
        LastUse {
            at: early,
            ip: None
        }
    );
    assert_eq!(found[&id(2)], LastUse { at: late, ip });
}

async fn who_was_invited_is_forgotten_once_it_is_too_late(database: TestDatabase) {
    let log = beside(&database).await;
    let mut ids = Vec::new();
    for expires_at in [Some(now() - HOUR), Some(now() + HOUR), None] {
        let id = RegistrationTokenId::from_uuid(log.ids.ulid());
        let create = RegistrationTokenCommand::CreateRegistrationToken {
            token_id: id,
            usage_limit: Some(1),
            expires_at,
            invitee: Invitee {
                username: Some(username("alice")),
                email: None,
            },
        };
        log.journal
            .execute::<RegistrationToken>(id.as_uuid(), create, log.execution())
            .await
            .unwrap();
        ids.push(id);
    }
    let yaml = configuration(database.uri(), "");
    let _server = run(&database, &log, &yaml, &["forget_expired_invitees"]).await;
    let events = log.events().await.into_iter();
    let forgotten: Vec<_> = events
        .filter(|event| event.event_type == "registration_token.invitee_forgotten")
        .collect();
    assert_eq!(forgotten.len(), 1);
    assert_eq!(
        forgotten[0].stream.aggregate_id,
        ids[0].as_uuid().to_string()
    );
    assert!(forgotten[0].metadata.contains("\"system\""));
    let erased = erasures_after(&log.database, None).await.unwrap();
    assert_eq!(erased.len(), 1);
    assert_eq!(erased[0].key_id, ids[0].as_uuid());
}

/// Tables of what people leave half-done, the time that counts, after how many days, and the job.
const HALF_DONE: [(&str, &str, i64, &str); 10] = [
    (
        "authorization_grants",
        "created_at",
        7,
        "remove_authorization_grants",
    ),
    ("device_grants", "created_at", 7, "remove_device_grants"),
    (
        "oauth2_pending_clients",
        "created_at",
        30,
        "remove_pending_clients",
    ),
    (
        "compat_sso_logins",
        "created_at",
        1,
        "remove_compat_sso_logins",
    ),
    (
        "upstream_sessions",
        "pending_since",
        7,
        "remove_pending_upstream_sessions",
    ),
    (
        "registrations",
        "created_at",
        30,
        "remove_old_registrations",
    ),
    (
        "email_authentications",
        "created_at",
        7,
        "remove_old_email_authentications",
    ),
    (
        "email_authentication_codes",
        "created_at",
        7,
        "remove_old_email_codes",
    ),
    (
        "recovery_sessions",
        "created_at",
        7,
        "remove_old_recoveries",
    ),
    (
        "recovery_tickets",
        "created_at",
        7,
        "remove_old_recovery_tickets",
    ),
];

/// Runs the jobs when everything is older, by so much, than it may become.
async fn run_when_overdue_by(database: &TestDatabase, by: i64) -> TestLog {
    let log = beside(database).await;
    let alice = log.register("alice").await;
    let sessions = sign_in_everywhere(&log, alice).await;
    rows_of_every_kind(&log, alice, &sessions).await;
    for (table, column, days, _) in HALF_DONE {
        let statement = query(format!("UPDATE {table} SET {column} = $1"));
        put(&log, statement.bind(now() - days * DAY - by)).await;
        assert_eq!(log.count(table).await, 1, "{table}");
    }
    let jobs = HALF_DONE.map(|(.., job)| job);
    let yaml = configuration(database.uri(), "");
    let _server = run(database, &log, &yaml, &jobs).await;
    log
}

async fn half_done_things_go_when_their_time_has_come(database: TestDatabase) {
    let log = run_when_overdue_by(&database, HOUR).await;
    for (table, ..) in HALF_DONE {
        assert_eq!(log.count(table).await, 0, "{table}");
    }
}

async fn half_done_things_stay_until_then(database: TestDatabase) {
    let log = run_when_overdue_by(&database, -HOUR).await;
    for (table, ..) in HALF_DONE {
        assert_eq!(log.count(table).await, 1, "{table}");
    }
}

const DISUSE: [&str; 3] = [
    "end_disused_browser_sessions",
    "end_disused_oauth2_sessions",
    "end_disused_compat_sessions",
];

/// With sessions that end when they are not used for an hour, and a homeserver that does not answer.
fn with_disuse(database: &TestDatabase, rest: &str) -> String {
    configuration(
        database.uri(),
        &format!("experimental: {{inactive_session_expiration: {{ttl: 3600{rest}}}}}\n"),
    )
    .replace(
        "kind: none",
        "kind: synapse\n  secret: abcdef\n  endpoint: http://127.0.0.1:1/",
    )
}

macro_rules! start {
    ($log:expr, $aggregate:ty, $id:expr, $command:expr) => {
        $log.journal
            .execute::<$aggregate>($id.as_uuid(), $command, $log.execution())
            .await
            .unwrap()
    };
}

/// In each way; of clients, one is configured and one has registered itself.
async fn sign_in(log: &TestLog, user: UserId) -> [(SessionKind, &'static str, Uuid); 4] {
    let browser = BrowserSessionId::from_uuid(log.ids.ulid());
    let command = BrowserSessionCommand::StartBrowserSession {
        session_id: browser,
        user_id: user,
        user_agent: None,
        ip: None,
    };
    start!(log, BrowserSession, browser, command);
    let compat = CompatSessionId::from_uuid(log.ids.ulid());
    let command = CompatSessionCommand::StartCompatSession(StartCompatSession {
        session_id: compat,
        user_id: user,
        device_id: Some("DEVICE1234".to_owned()),
        login: CompatLogin::Password,
        browser_session_id: None,
        is_synapse_admin: false,
        name: None,
        user_agent: None,
        ip: None,
    });
    start!(log, CompatSession, compat, command);
    let fixed = log.start_session(client(3), Some(user)).await.unwrap();
    let dynamic = log.start_session(client(5), Some(user)).await.unwrap();
    [
        (SessionKind::Browser, "browser", browser.as_uuid()),
        (SessionKind::Compat, "compat", compat.as_uuid()),
        (SessionKind::Oauth2, "static", fixed.as_uuid()),
        (SessionKind::Oauth2, "dynamic", dynamic.as_uuid()),
    ]
}

/// Sessions with when they were last used, in seconds before now; and which of them go on.
struct Disused {
    log: TestLog,
    sessions: Vec<(&'static str, &'static str, Uuid)>,
}

impl Disused {
    async fn set(database: &TestDatabase) -> Self {
        let log = beside(database).await;
        let register = ClientCommand::RegisterClient {
            client_id: client(5),
            metadata: Box::new(ClientMetadata::default()),
        };
        log.journal
            .execute::<Client>(client(5).as_uuid(), register, log.execution())
            .await
            .unwrap();
        let mut sessions = Vec::new();
        for (name, used) in [
            ("alice", Some(3700)),
            ("bob", Some(3500)),
            ("carol", None),
            ("dave", Some(86400)),
        ] {
            let user = log.register(name).await;
            let all = sign_in(&log, user).await;
            for (kind, label, session_id) in all {
                sessions.push((name, label, session_id));
                let Some(seconds) = used else { continue };
                let seen = Use {
                    kind,
                    session_id,
                    user_id: Some(user),
                    at: now() - seconds * SECOND,
                    ip: None,
                };
                activity::record(&log.database, &[seen]).await.unwrap();
            }
        }
        Self { log, sessions }
    }

    /// Those that have ended, as `name kind`.
    async fn ended(&self) -> Vec<String> {
        let mut ended = Vec::new();
        for (name, label, id) in &self.sessions {
            let table = match *label {
                "browser" => "browser_sessions",
                "compat" => "compat_sessions",
                _ => "oauth2_sessions",
            };
            let statement = query(format!(
                "SELECT 1 FROM {table} WHERE id = $1 AND finished_at IS NOT NULL"
            ));
            let found = self.log.database.fetch_optional(statement.bind(*id)).await;
            if found.unwrap().is_some() {
                ended.push(format!("{name} {label}"));
            }
        }
        ended
    }
}

async fn sessions_that_nobody_uses_end(database: TestDatabase) {
    let stage = Disused::set(&database).await;
    let before = now();
    let _server = run(&database, &stage.log, &with_disuse(&database, ""), &DISUSE).await;
    assert_eq!(
        stage.ended().await,
        [
            "alice browser",
            "alice compat",
            "alice dynamic",
            "dave browser",
            "dave compat",
            "dave dynamic"
        ]
    );
    let events = stage.log.events().await;
    let ends = events
        .iter()
        .filter(|event| event.event_type.ends_with("_session.finished"));
    let ends: Vec<_> = ends.collect();
    assert_eq!(ends.len(), 6);
    for event in ends {
        assert!(
            event.payload.contains("\"inactivity\""),
            "{}",
            event.payload
        );
        assert!(event.metadata.contains("\"system\""), "{}", event.metadata);
    }
    // The homeserver is told of each user once for each kind, one after another.
    let rows = query("SELECT due_at FROM outbox WHERE kind = 'sync_devices' ORDER BY due_at");
    let rows = stage.log.database.fetch_all(rows).await.unwrap();
    let due: Vec<i64> = rows.iter().map(|row| row.get(0).unwrap()).collect();
    assert_eq!(due.len(), 4);
    assert!(due[0] >= before + 60 * SECOND, "{due:?} after {before}");
    assert!(due[3] - due[0] >= 10 * SECOND, "{due:?}");
}

async fn only_what_is_configured_ends_by_disuse(database: TestDatabase) {
    let stage = Disused::set(&database).await;
    let off = ", expire_compat_sessions: false, expire_user_sessions: false";
    let yaml = with_disuse(&database, off);
    drop(run(&database, &stage.log, &yaml, &DISUSE).await);
    assert_eq!(stage.ended().await, ["alice dynamic", "dave dynamic"]);
    put(&stage.log, query("DELETE FROM job_runs")).await;
    let nothing = configuration(database.uri(), "");
    drop(run(&database, &stage.log, &nothing, &DISUSE).await);
    assert_eq!(stage.ended().await.len(), 2);
}
