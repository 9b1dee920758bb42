//! Finding users by what they are.

use muniment_domain::UserCommand;
use muniment_projections::queries::{UserFilter, UserStatus, count_users, list_users};
use muniment_tests::{TestDatabase, TestLog, client, each_backend};

use crate::support::{LOCK, first};

each_backend!(
    users_are_filtered_by_status,
    users_are_filtered_by_the_right_to_administrate,
    a_part_of_the_name_is_searched_for_in_any_case,
    wildcards_in_a_search_stand_for_themselves,
    users_are_filtered_by_their_sessions,
    nobody_is_a_guest_or_has_a_compatibility_session,
    conditions_are_combined,
);

/// The names of the users that a filter lets through. Their number is what is counted, too.
async fn names(log: &TestLog, filter: UserFilter) -> Vec<String> {
    let page = list_users(&log.database, &filter, first(100)).await;
    let page = page.unwrap();
    let counted = count_users(&log.database, &filter).await.unwrap();
    assert_eq!(counted, page.items.len() as u64, "{filter:?}");
    page.items.into_iter().map(|user| user.username).collect()
}

/// Registers these names, and runs a command on some.
async fn users(log: &TestLog, all: &[(&str, Option<UserCommand>)]) {
    for (name, command) in all {
        let user = log.register(name).await;
        if let Some(command) = command {
            log.execute(user, command.clone()).await.unwrap();
        }
    }
}

async fn users_are_filtered_by_status(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let both = UserCommand::LockUser { deactivate: true };
    let deactivate = UserCommand::DeactivateUser { erase: false };
    users(
        &log,
        &[
            ("active", None),
            ("locked", Some(LOCK)),
            ("deactivated", Some(deactivate)),
            ("both", Some(both)),
        ],
    )
    .await;
    for (status, expected) in [
        (None, vec!["active", "locked", "deactivated", "both"]),
        (Some(UserStatus::Active), vec!["active"]),
        (Some(UserStatus::Locked), vec!["locked", "both"]),
        (Some(UserStatus::Deactivated), vec!["deactivated", "both"]),
    ] {
        let filter = UserFilter {
            status,
            ..UserFilter::default()
        };
        assert_eq!(names(&log, filter).await, expected, "{status:?}");
    }
}

async fn users_are_filtered_by_the_right_to_administrate(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let grant = Some(UserCommand::GrantAdmin);
    users(&log, &[("alice", grant), ("bob", None), ("carol", None)]).await;
    for (admin, expected) in [
        (Some(true), vec!["alice"]),
        (Some(false), vec!["bob", "carol"]),
        (None, vec!["alice", "bob", "carol"]),
    ] {
        let filter = UserFilter {
            admin,
            ..UserFilter::default()
        };
        assert_eq!(names(&log, filter).await, expected, "{admin:?}");
    }
}

async fn search(log: &TestLog, text: &str) -> Vec<String> {
    let filter = UserFilter {
        search: Some(text.to_owned()),
        ..UserFilter::default()
    };
    names(log, filter).await
}

async fn a_part_of_the_name_is_searched_for_in_any_case(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    users(&log, &[("alice", None), ("malice", None), ("bob", None)]).await;
    for text in ["alice", "ALICE", "Lic"] {
        assert_eq!(search(&log, text).await, ["alice", "malice"], "{text}");
    }
    assert_eq!(search(&log, "mal").await, ["malice"]);
    assert_eq!(search(&log, "").await.len(), 3);
    assert!(search(&log, "alice ").await.is_empty());
}

async fn wildcards_in_a_search_stand_for_themselves(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    users(&log, &[("a_b", None), ("axb", None), ("a.b", None)]).await;
    assert_eq!(search(&log, "a_b").await, ["a_b"]);
    assert_eq!(search(&log, "_").await, ["a_b"]);
    for nowhere in ["%", "a%b", "\\", "\\_", "a\\_b", "'", "_%"] {
        assert!(search(&log, nowhere).await.is_empty(), "{nowhere}");
    }
}

async fn users_are_filtered_by_their_sessions(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let (alice, bob) = (log.register("alice").await, log.register("bob").await);
    log.register("carol").await;
    for (n, user) in [(1, alice), (2, alice), (2, bob)] {
        log.start_session(client(n), Some(user)).await.unwrap();
    }
    log.start_session(client(3), None).await.unwrap();
    for (clients, expected) in [
        (vec![], vec!["alice", "bob", "carol"]),
        (vec![client(1)], vec!["alice"]),
        (vec![client(2)], vec!["alice", "bob"]),
        (vec![client(3), client(1)], vec!["alice"]),
        (vec![client(3)], vec![]),
    ] {
        let filter = UserFilter {
            active_oauth2_client: clients,
            ..UserFilter::default()
        };
        let described = format!("{filter:?}");
        assert_eq!(names(&log, filter).await, expected, "{described}");
    }
    let having = |wanted| UserFilter {
        has_active_oauth2_session: Some(wanted),
        ..UserFilter::default()
    };
    assert_eq!(names(&log, having(true)).await, ["alice", "bob"]);
    assert_eq!(names(&log, having(false)).await, ["carol"]);

    // A session that has ended is none.
    log.tamper("UPDATE oauth2_sessions SET finished_at = 1")
        .await;
    assert!(names(&log, having(true)).await.is_empty());
    let filter = UserFilter {
        active_oauth2_client: vec![client(1)],
        ..UserFilter::default()
    };
    assert!(names(&log, filter).await.is_empty());
}

async fn nobody_is_a_guest_or_has_a_compatibility_session(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    log.register("alice").await;
    for (wanted, expected) in [(true, 0), (false, 1)] {
        let guests = UserFilter {
            legacy_guest: Some(wanted),
            ..UserFilter::default()
        };
        assert_eq!(names(&log, guests).await.len(), expected);
        let compat = UserFilter {
            has_active_compat_session: Some(wanted),
            ..UserFilter::default()
        };
        assert_eq!(names(&log, compat).await.len(), expected);
    }
}

async fn conditions_are_combined(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let grant = || Some(UserCommand::GrantAdmin);
    let all = [
        ("alice", grant()),
        ("alina", None),
        ("bob", grant()),
        ("ali", grant()),
    ];
    users(&log, &all).await;
    let ali = muniment_projections::queries::user_by_username(&log.reads, "ali").await;
    let ali = ali.unwrap().unwrap().id;
    log.execute(ali, LOCK).await.unwrap();
    let filter = UserFilter {
        admin: Some(true),
        search: Some("ALI".to_owned()),
        status: Some(UserStatus::Active),
        ..UserFilter::default()
    };
    assert_eq!(names(&log, filter).await, ["alice"]);
}
