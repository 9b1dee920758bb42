//! When and from where sessions were last used.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has to fail where it stands"
)]

use std::net::IpAddr;

use muniment_domain::{UserCommand, UserId};
use muniment_store::activity::{self, LastUse, SessionKind, Use};
use muniment_tests::{TestDatabase, TestLog, TestServer, each_backend};
use serde_json::json;
use uuid::Uuid;

each_backend!(
    the_time_moves_forward_alone_and_an_unknown_address_leaves_the_known_one,
    an_erased_person_has_no_activity_and_gets_none,
    a_token_that_is_used_leaves_its_time_and_address,
);

fn ip(text: &str) -> Option<IpAddr> {
    text.parse().ok()
}

fn seen(n: u128, user_id: Option<UserId>, at: i64, ip: Option<IpAddr>) -> Use {
    Use {
        kind: SessionKind::Browser,
        session_id: Uuid::from_u128(n),
        user_id,
        at,
        ip,
    }
}

async fn last(log: &TestLog, n: u128) -> Option<LastUse> {
    let ids = [Uuid::from_u128(n), Uuid::from_u128(999_999)];
    let found = activity::of(&log.database, &ids).await.unwrap();
    found.get(&ids[0]).copied()
}

async fn the_time_moves_forward_alone_and_an_unknown_address_leaves_the_known_one(
    database: TestDatabase,
) {
    let log = TestLog::open(&database).await;
    activity::record(&log.database, &[]).await.unwrap();
    let many: Vec<Use> = (0..1200).map(|n| seen(n, None, 10, ip("::1"))).collect();
    activity::record(&log.database, &many).await.unwrap();
    for (at, from, expected) in [
        (
            30,
            None,
            LastUse {
                at: 30,
                ip: ip("::1"),
            },
        ),
        (
            20,
            ip("192.0.2.1"),
            LastUse {
                at: 30,
                ip: ip("192.0.2.1"),
            },
        ),
        (
            40,
            ip("192.0.2.2"),
            LastUse {
                at: 40,
                ip: ip("192.0.2.2"),
            },
        ),
    ] {
        let uses = [seen(1, None, at, from), seen(2, None, at, from)];
        activity::record(&log.database, &uses).await.unwrap();
        assert_eq!(last(&log, 1).await, Some(expected));
    }
    assert_eq!(last(&log, 1199).await.unwrap().at, 10);
    assert_eq!(last(&log, 1200).await, None);

    let clean_up = async || activity::clean_up(&log.database, 40, 1000).await.unwrap();
    assert_eq!(clean_up().await, 1000);
    assert_eq!(clean_up().await, 198);
    assert_eq!(last(&log, 1).await.unwrap().ip, ip("192.0.2.2"));
    assert_eq!(last(&log, 3).await, Some(LastUse { at: 10, ip: None }));
}

async fn an_erased_person_has_no_activity_and_gets_none(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let (alice, bob) = (log.register("alice").await, log.register("bob").await);
    let uses = [
        seen(1, Some(alice), 10, ip("192.0.2.1")),
        seen(2, Some(bob), 10, ip("192.0.2.1")),
    ];
    activity::record(&log.database, &uses).await.unwrap();
    log.execute(alice, UserCommand::EraseUser).await.unwrap();
    assert_eq!(last(&log, 1).await, None);
    // Another process has not heard of it yet.
    activity::record(&log.database, &uses).await.unwrap();
    assert_eq!(last(&log, 1).await, None);
    assert!(last(&log, 2).await.is_some());
    activity::forget_user(&log.database, bob).await.unwrap();
    assert_eq!(last(&log, 2).await, None);
}

async fn a_token_that_is_used_leaves_its_time_and_address(database: TestDatabase) {
    let mut server = TestServer::start(&database).await;
    let token = server.admin_token().await;
    for path in ["/api/admin/v1/users", "/graphql?query={__typename}"] {
        let answer = server
            .get(path)
            .bearer_auth(&token)
            // The test is a trusted proxy, as it comes from this machine.
            .header("x-forwarded-for", "198.51.100.1, 192.0.2.7")
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200, "{path}");
    }
    let query = "{viewerSession{... on Oauth2Session{id}}}";
    let viewer = server.graphql(Some(&token), query, json!({})).await;
    let id = viewer["data"]["viewerSession"]["id"].as_str().unwrap();
    let id = id.strip_prefix("oauth2_session:").unwrap();
    let id = muniment_domain::parse_ulid(id).unwrap();
    assert!(server.stop().success());

    let stored = database.options().open().await.unwrap();
    let found = activity::of(&stored, &[id]).await.unwrap();
    assert_eq!(found[&id].ip, ip("192.0.2.7"));
    assert!(found[&id].at > 1_700_000_000_000_000);
    stored.close().await;
}
