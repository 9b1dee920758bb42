//! Sessions in browsers, of clients and of the legacy login (contract/admin-api.md 5.7 to 5.9).

use muniment_domain::{
    BrowserSession, BrowserSessionCommand, BrowserSessionId, CompatLogin, CompatSession,
    CompatSessionCommand, CompatSessionId, SessionEnd, StartCompatSession, UserId,
};
use muniment_store::{
    Clock,
    activity::{self, SessionKind, Use},
};
use muniment_tests::{
    AGENT, TestDatabase, TestLog, beside::beside, each_backend, server::CLIENT_ID,
    sign_in_everywhere,
};
use serde_json::json;

use crate::{Admin, NIL, UNKNOWN};

each_backend!(
    compat_sessions_are_listed_and_narrowed,
    a_compat_session_is_shown_and_finished_once,
    sessions_of_clients_are_listed_and_narrowed,
    the_callers_own_session_is_shown_and_can_be_finished,
    user_sessions_are_listed_and_narrowed,
    a_user_session_is_shown_and_finished_once,
    times_bound_lists_of_every_kind,
    every_end_is_an_event_of_the_client,
);

async fn compat_session(log: &TestLog, user: UserId, browser: Option<BrowserSessionId>) -> String {
    let id = CompatSessionId::from_uuid(log.ids.ulid());
    let start = CompatSessionCommand::StartCompatSession(StartCompatSession {
        session_id: id,
        user_id: user,
        device_id: Some("ABCDEFGHIJ".to_owned()),
        login: CompatLogin::Password,
        browser_session_id: browser,
        is_synapse_admin: false,
        name: None,
        user_agent: None,
        ip: None,
    });
    log.journal
        .execute::<CompatSession>(id.as_uuid(), start, log.execution())
        .await
        .unwrap();
    id.to_string()
}

async fn browser_session(log: &TestLog, user: UserId) -> String {
    let id = BrowserSessionId::from_uuid(log.ids.ulid());
    let start = BrowserSessionCommand::StartBrowserSession {
        session_id: id,
        user_id: user,
        user_agent: None,
        ip: None,
    };
    log.journal
        .execute::<BrowserSession>(id.as_uuid(), start, log.execution())
        .await
        .unwrap();
    id.to_string()
}

async fn compat_sessions_are_listed_and_narrowed(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let log = beside(&database).await;
    let (alice, bob) = (log.register("alice").await, log.register("bob").await);
    let everywhere = sign_in_everywhere(&log, alice).await;
    let first = everywhere.compat.to_string();
    let second = compat_session(&log, bob, None).await;
    log.journal
        .execute::<CompatSession>(
            second.parse::<CompatSessionId>().unwrap().as_uuid(),
            CompatSessionCommand::FinishCompatSession {
                reason: SessionEnd::SignedOut,
            },
            log.execution(),
        )
        .await
        .unwrap();

    let path = "/compat-sessions";
    assert_eq!(admin.ids(path).await, [&*first, &second]);
    for (filter, expected) in [
        (format!("filter[user]={alice}"), &first),
        (
            format!("filter[user-session]={}", everywhere.browser),
            &first,
        ),
        ("filter[status]=active".to_owned(), &first),
        ("filter[status]=finished".to_owned(), &second),
    ] {
        admin.only(path, &filter, &[expected]).await;
    }
    let both = format!("filter[user]={bob}&filter[status]=active");
    admin.only(path, &both, &[]).await;
    for (filter, title) in [
        ("user", format!("User ID {NIL} not found")),
        ("user-session", format!("User session ID {NIL} not found")),
    ] {
        let refused = admin.get(&format!("{path}?filter[{filter}]={NIL}")).await;
        refused.refused(404, &[&title]);
    }
    let refused = admin.get(&format!("{path}?filter[status]=revoked")).await;
    assert_eq!(refused.titles()[0], "Invalid filter parameters");
    admin.pages(path, &[&first, &second]).await;
}

async fn a_compat_session_is_shown_and_finished_once(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let log = beside(&database).await;
    let alice = log.register("alice").await;
    let id = compat_session(&log, alice, None).await;
    let path = format!("/compat-sessions/{id}");
    let shown = admin.get(&path).await.json();
    assert_eq!(shown["data"]["type"], "compat-session");
    let created_at = &shown["data"]["attributes"]["created_at"];
    assert_eq!(
        shown["data"]["attributes"],
        json!({
            "user_id": alice.to_string(),
            "device_id": "ABCDEFGHIJ",
            "user_session_id": null,
            "redirect_uri": null,
            "created_at": created_at,
            "user_agent": null,
            "last_active_at": null,
            "last_active_ip": null,
            "finished_at": null,
            "human_name": null,
        })
    );
    let missing = format!("Compatibility session ID {NIL} not found");
    let unknown = admin.get(&format!("/compat-sessions/{NIL}")).await;
    unknown.refused(404, &[&missing]);
    admin
        .finishes_once("/compat-sessions", &id, "Compatibility session")
        .await;
}

async fn sessions_of_clients_are_listed_and_narrowed(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let log = beside(&database).await;
    let path = "/oauth2-sessions";
    // The caller's own.
    let own = admin.ids(path).await;
    assert_eq!(own.len(), 1);
    let registered = muniment_tests::client(5);
    let register = muniment_domain::ClientCommand::RegisterClient {
        client_id: registered,
        metadata: Box::default(),
    };
    log.journal
        .execute::<muniment_domain::Client>(registered.as_uuid(), register, log.execution())
        .await
        .unwrap();
    let alice = log.register("alice").await;
    let alices = log.start_session(registered, Some(alice)).await.unwrap();
    let alices = alices.to_string();
    assert_eq!(admin.ids(path).await, [&*own[0], &alices]);
    for (filter, expected) in [
        (format!("filter[user]={alice}"), &alices),
        (format!("filter[client]={registered}"), &alices),
        (format!("filter[client]={CLIENT_ID}"), &own[0]),
        ("filter[client-kind]=static".to_owned(), &own[0]),
        ("filter[client-kind]=dynamic".to_owned(), &alices),
        (
            "filter[scope]=urn:mas:admin&filter[scope]=urn:mas:graphql:*".to_owned(),
            &own[0],
        ),
    ] {
        admin.only(path, &filter, &[expected]).await;
    }
    let both = format!("filter[client]={CLIENT_ID}&filter[client]={registered}");
    admin.only(path, &both, &[&own[0], &alices]).await;
    // Tokens are compared whole and in their case.
    for none in [
        "urn:mas:admi",
        "URN:MAS:ADMIN",
        "urn:mas:graphql:%",
        "urn:mas:graphql:_",
    ] {
        let encoded = none.replace('%', "%25");
        let found = admin
            .get(&format!("{path}?count=only&filter[scope]={encoded}"))
            .await;
        assert_eq!(found.json()["meta"]["count"], 0, "{none}");
    }
    for (filter, status, title) in [
        (
            format!("user]={NIL}"),
            404,
            format!("User ID {NIL} not found"),
        ),
        (
            format!("client]={NIL}"),
            404,
            format!("Client ID {NIL} not found"),
        ),
        (
            format!("user-session]={NIL}"),
            404,
            format!("User session ID {NIL} not found"),
        ),
        (
            "scope]=a+b".to_owned(),
            400,
            "Invalid scope \"a b\" in filter parameters".to_owned(),
        ),
    ] {
        let refused = admin.get(&format!("{path}?filter[{filter}")).await;
        refused.refused(status, &[&title]);
    }
    admin.pages(path, &[&own[0], &alices]).await;
}

async fn the_callers_own_session_is_shown_and_can_be_finished(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let id = admin.ids("/oauth2-sessions").await.remove(0);
    let shown = admin.get(&format!("/oauth2-sessions/{id}")).await.json();
    let attributes = &shown["data"]["attributes"];
    for (member, expected) in [
        ("user_id", json!(null)),
        ("user_session_id", json!(null)),
        ("client_id", json!(CLIENT_ID)),
        ("scope", json!("urn:mas:admin urn:mas:graphql:*")),
        ("finished_at", json!(null)),
        ("user_agent", json!(null)),
        ("human_name", json!(null)),
    ] {
        assert_eq!(attributes[member], expected, "{member}");
    }
    let unknown = admin.get(&format!("/oauth2-sessions/{NIL}")).await;
    unknown.refused(404, &[&format!("OAuth 2.0 session ID {NIL} not found")]);

    let other = Admin {
        token: admin.server.admin_token().await,
        ..admin
    };
    other
        .finishes_once("/oauth2-sessions", &id, "OAuth 2.0 session")
        .await;
    let own = other
        .ids("/oauth2-sessions?filter[status]=active")
        .await
        .remove(0);
    let ended = other.act(&format!("/oauth2-sessions/{own}/finish")).await;
    assert_eq!(ended.status, 200);
    other
        .get("/version")
        .await
        .refused(401, &["Access token revoked"]);
}

async fn user_sessions_are_listed_and_narrowed(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let log = beside(&database).await;
    let (alice, bob) = (log.register("alice").await, log.register("bob").await);
    let first = browser_session(&log, alice).await;
    let second = browser_session(&log, bob).await;
    let path = "/user-sessions";
    let ended = admin.act(&format!("{path}/{second}/finish")).await;
    assert_eq!(ended.status, 200);
    assert_eq!(admin.ids(path).await, [&*first, &second]);
    for (filter, expected) in [
        (format!("filter[user]={bob}"), &second),
        ("filter[status]=active".to_owned(), &first),
        ("filter[status]=finished".to_owned(), &second),
    ] {
        admin.only(path, &filter, &[expected]).await;
    }
    let refused = admin.get(&format!("{path}?filter[user]={UNKNOWN}")).await;
    refused.refused(404, &[&format!("User ID {UNKNOWN} not found")]);
    // The cursors are the sessions' own ids, so that the pages follow each other.
    admin.pages(path, &[&first, &second]).await;
}

async fn a_user_session_is_shown_and_finished_once(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let log = beside(&database).await;
    let alice = log.register("alice").await;
    let id = sign_in_everywhere(&log, alice).await.browser.to_string();
    let shown = admin.get(&format!("/user-sessions/{id}")).await.json();
    let created_at = &shown["data"]["attributes"]["created_at"];
    assert_eq!(
        shown["data"]["attributes"],
        json!({
            "created_at": created_at,
            "finished_at": null,
            "user_id": alice.to_string(),
            "user_agent": AGENT,
            "last_active_at": null,
            "last_active_ip": null,
        })
    );
    let unknown = admin.get(&format!("/user-sessions/{NIL}")).await;
    unknown.refused(404, &[&format!("User session ID {NIL} not found")]);
    admin
        .finishes_once("/user-sessions", &id, "User session")
        .await;
    // What began in it goes on.
    let compat = admin.ids("/compat-sessions?filter[status]=active").await;
    assert_eq!(compat.len(), 1);
}

async fn times_bound_lists_of_every_kind(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let log = beside(&database).await;
    let alice = log.register("alice").await;
    let everywhere = async || {
        let oauth2 = log
            .start_session(muniment_tests::client(3), Some(alice))
            .await;
        [
            browser_session(&log, alice).await,
            oauth2.unwrap().to_string(),
            compat_session(&log, alice, None).await,
        ]
    };
    let first = everywhere().await;
    log.clock.step(10_000_000);
    let second = everywhere().await;
    // Five seconds later than the first began, and five earlier than the second.
    let cutoff = chrono::DateTime::from_timestamp_micros(log.clock.now() - 5_000_000).unwrap();
    let cutoff = cutoff.format("%Y-%m-%dT%H:%M:%SZ");
    let kinds = [
        (SessionKind::Browser, "/user-sessions"),
        (SessionKind::Oauth2, "/oauth2-sessions"),
        (SessionKind::Compat, "/compat-sessions"),
    ];
    for (((kind, path), old), new) in kinds.into_iter().zip(first).zip(second) {
        let once = Use {
            kind,
            session_id: muniment_domain::parse_ulid(&old).unwrap(),
            user_id: Some(alice),
            // 2022-01-16T14:40:00Z
            at: 1_642_344_000_000_000,
            ip: Some([203, 0, 113, 7].into()),
        };
        activity::record(&log.database, &[once]).await.unwrap();
        let user = format!("filter[user]={alice}");
        for (filter, expected) in [
            (format!("created-after]={cutoff}"), &new),
            (format!("created-before]={cutoff}"), &old),
            ("last-active-after]=2022-01-16T14:39:00Z".to_owned(), &old),
            ("last-active-before]=2022-01-16T14:41:00Z".to_owned(), &old),
        ] {
            let filter = format!("{user}&filter[{filter}");
            admin.only(path, &filter, &[expected]).await;
        }
        for none in [
            "created-after]=2100-01-01T00:00:00Z",
            "created-before]=1969-01-01T00:00:00Z",
            "last-active-after]=2022-01-16T14:40:00Z",
        ] {
            let found = admin
                .get(&format!("{path}?{user}&filter[{none}&count=only"))
                .await;
            assert_eq!(found.json()["meta"]["count"], 0, "{none} {path}");
        }
        let shown = admin.get(&format!("{path}/{old}")).await.json();
        let attributes = &shown["data"]["attributes"];
        assert_eq!(attributes["last_active_at"], "2022-01-16T14:40:00Z");
        assert_eq!(attributes["last_active_ip"], "203.0.113.7");
    }
}

async fn every_end_is_an_event_of_the_client(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let log = beside(&database).await;
    let alice = log.register("alice").await;
    let everywhere = sign_in_everywhere(&log, alice).await;
    for (path, event_type) in [
        (
            format!("/user-sessions/{}/finish", everywhere.browser),
            "browser_session.finished",
        ),
        (
            format!("/oauth2-sessions/{}/finish", everywhere.oauth2),
            "oauth2_session.finished",
        ),
        (
            format!("/compat-sessions/{}/finish", everywhere.compat),
            "compat_session.finished",
        ),
        (
            format!("/personal-sessions/{}/revoke", everywhere.personal),
            "personal_session.revoked",
        ),
        (format!("/users/{alice}/lock"), "user.locked"),
    ] {
        let done = admin.act(&path).await;
        assert_eq!(done.status, 200, "{path}");
        let events = log.events().await;
        let event = events.last().unwrap();
        assert_eq!(event.event_type, event_type);
        let metadata: serde_json::Value = serde_json::from_str(&event.metadata).unwrap();
        assert_eq!(
            metadata["actor"],
            format!("client:{CLIENT_ID}"),
            "{metadata}"
        );
        assert_eq!(metadata["client"], CLIENT_ID, "{metadata}");
        assert_eq!(
            metadata["correlation_id"],
            done.header("x-request-id").unwrap(),
            "{metadata}"
        );
    }
}
