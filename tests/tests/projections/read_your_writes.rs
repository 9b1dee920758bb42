//! When a command has returned, the queries answer with what it did.

use muniment_domain::{UserCommand, UserId};
use muniment_projections::queries::{EmailFilter, email, email_of, list_emails, user_by_username};
use muniment_tests::{TestClock, TestDatabase, TestLog, each_backend};

use crate::support::{LOCK, UNLOCK, assert_up_to_date, first, row};

each_backend!(
    a_registered_user_is_found_by_id_and_name,
    each_flag_is_seen_once_its_command_returns,
    an_added_address_is_found_and_a_removed_one_is_not,
    deactivation_takes_addresses_password_and_sessions,
    a_write_through_one_process_is_read_through_another,
);

async fn a_registered_user_is_found_by_id_and_name(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let alice = log.register("alice").await;
    let found = row(&log, alice).await;
    assert_eq!(found.username, "alice");
    assert_eq!(found.created_at, TestClock::START);
    assert_eq!(found.sessions_valid_from, TestClock::START);
    assert_eq!((found.locked_at, found.deactivated_at), (None, None));
    assert!(found.is_active() && !found.can_request_admin && !found.has_password);

    for spelling in ["alice", "Alice", "ALICE"] {
        let by_name = user_by_username(&log.reads, spelling).await.unwrap();
        assert!(by_name.unwrap() == found, "{spelling}");
    }
    let nobody = user_by_username(&log.reads, "alic").await.unwrap();
    assert!(nobody.is_none());
    assert_up_to_date(&log).await;
}

async fn each_flag_is_seen_once_its_command_returns(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let alice = log.register("alice").await;
    let bob = log.register("bob").await;
    let untouched = row(&log, bob).await;
    let later = TestClock::START + 5;
    log.clock.set(later);
    let after = async |command: UserCommand| {
        log.execute(alice, command).await.unwrap();
        row(&log, alice).await
    };
    assert_eq!(after(LOCK).await.locked_at, Some(later));
    assert_eq!(after(UNLOCK).await.locked_at, None);
    assert!(after(UserCommand::GrantAdmin).await.can_request_admin);
    assert!(!after(UserCommand::RevokeAdmin).await.can_request_admin);
    let deactivated = after(UserCommand::DeactivateUser { erase: false }).await;
    assert_eq!(deactivated.deactivated_at, Some(later));
    assert_eq!(deactivated.sessions_valid_from, later);
    let reactivated = after(UserCommand::ReactivateUser).await;
    assert_eq!(reactivated.deactivated_at, None);
    assert_eq!(reactivated.sessions_valid_from, later);
    log.set_password(alice, "hash").await.unwrap();
    assert!(row(&log, alice).await.has_password);
    assert!(row(&log, bob).await == untouched);
    assert_up_to_date(&log).await;
}

async fn addresses(log: &TestLog, user: UserId) -> Vec<String> {
    let filter = EmailFilter {
        user: Some(user),
        email: None,
    };
    let page = list_emails(&log.database, &filter, first(100)).await;
    let items = page.unwrap().items;
    items.into_iter().map(|email| email.email).collect()
}

async fn an_added_address_is_found_and_a_removed_one_is_not(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let (alice, bob) = (log.register("alice").await, log.register("bob").await);
    let first_id = log.add_email(alice, "Alice@Example.com").await.unwrap();
    log.add_email(alice, "second@example.com").await.unwrap();
    log.add_email(bob, "alice@example.com").await.unwrap();
    assert_eq!(
        addresses(&log, alice).await,
        ["Alice@Example.com", "second@example.com"]
    );

    let found = email(&log.reads, first_id).await.unwrap().unwrap();
    assert_eq!((found.id, found.user_id), (first_id, alice));
    let found = email_of(&log.reads, alice, "ALICE@example.com").await;
    assert_eq!(found.unwrap().unwrap().id, first_id);

    let remove = UserCommand::RemoveEmail { email_id: first_id };
    log.execute(alice, remove).await.unwrap();
    assert_eq!(addresses(&log, alice).await, ["second@example.com"]);
    assert_eq!(addresses(&log, bob).await, ["alice@example.com"]);
    assert!(email(&log.reads, first_id).await.unwrap().is_none());
}

async fn deactivation_takes_addresses_password_and_sessions(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let alice = log.register("alice").await;
    log.add_email(alice, "alice@example.com").await.unwrap();
    log.set_password(alice, "hash").await.unwrap();
    log.clock.step(7);
    let command = UserCommand::LockUser { deactivate: true };
    log.execute(alice, command).await.unwrap();

    let found = row(&log, alice).await;
    let now = Some(TestClock::START + 7);
    assert_eq!((found.locked_at, found.deactivated_at), (now, now));
    assert!(!found.has_password && !found.is_active());
    assert_eq!(Some(found.sessions_valid_from), now);
    assert!(addresses(&log, alice).await.is_empty());
}

async fn a_write_through_one_process_is_read_through_another(database: TestDatabase) {
    let here = TestLog::open(&database).await;
    let there = TestLog::open(&database).await;
    for n in 0..10 {
        let (writer, reader) = if n % 2 == 0 {
            (&here, &there)
        } else {
            (&there, &here)
        };
        let user = writer.register(&format!("user-{n}")).await;
        assert_eq!(row(reader, user).await.username, format!("user-{n}"));
    }
    assert_up_to_date(&here).await;
}
