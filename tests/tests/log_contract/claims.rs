//! Names and addresses: who may have what somebody else has.

use std::sync::Arc;

use muniment_domain::{Claim, ClaimKind, EmailId, UserId};
use muniment_store::{
    ExecuteError,
    log::{Append, AppendError, EventLog},
    owner_of,
};
use muniment_tests::{TestDatabase, TestLog, add_email, each_log, register};
use tokio::task::JoinSet;

use crate::support::{as_one_batch, bare, locks, registration, stream};

each_log!(
    a_name_that_32_register_at_once_goes_to_one,
    a_taken_name_is_refused_and_has_an_owner,
    an_exclusive_claim_is_refused_what_a_shared_one_has,
    a_shared_claim_coexists_with_any,
    a_freed_address_can_be_taken_again,
    an_address_is_free_when_its_last_holder_leaves,
    deactivation_frees_the_addresses_but_not_the_name,
    one_append_cannot_take_a_value_twice,
    a_refused_append_claims_nothing,
);
each_log!(current_thread: a_name_that_one_batch_registers_often_goes_to_the_first);

async fn a_name_that_32_register_at_once_goes_to_one(database: TestDatabase) {
    let log = Arc::new(TestLog::open(&database).await);
    let mut rivals = JoinSet::new();
    for _ in 0..32 {
        let log = log.clone();
        rivals.spawn(async move {
            let user = log.new_user_id();
            let result = log.execute(user, register(user, "alice")).await;
            (user, result)
        });
    }
    let (winners, losers): (Vec<_>, Vec<_>) = rivals
        .join_all()
        .await
        .into_iter()
        .partition(|(_, result)| result.is_ok());
    assert_eq!((winners.len(), losers.len()), (1, 31));
    for (loser, result) in losers {
        assert_username_taken(result.unwrap_err());
        let left = log.log.read_stream(&stream(loser), 0, 1).await.unwrap();
        assert!(left.is_empty());
    }
    assert_eq!(log.head().await, 1);
    assert_eq!(log.count("claims").await, 1);
    assert_eq!(log.count("users").await, 1);
    let row = muniment_projections::queries::user_by_username(&log.reads, "alice").await;
    assert_eq!(row.unwrap().unwrap().id, winners[0].0);
}

fn assert_username_taken<E: std::error::Error>(error: ExecuteError<E>) {
    match error {
        ExecuteError::Append(error) => assert_taken(&error, ClaimKind::Username),
        other => panic!("{other}"),
    }
}

fn assert_taken(error: &AppendError, wanted: ClaimKind) {
    match error {
        AppendError::ClaimTaken { kind } => assert_eq!(*kind, wanted),
        other => panic!("{other}"),
    }
}

async fn a_name_that_one_batch_registers_often_goes_to_the_first(database: TestDatabase) {
    let log = bare(&database).await;
    let mut appends = Vec::new();
    for name in ["alice", "alice", "bob", "alice", "bob"] {
        appends.push(registration(&log, log.new_user_id(), name).await);
    }
    let results = as_one_batch(&log, appends).await;
    let accepted: Vec<_> = results.iter().map(Result::is_ok).collect();
    assert_eq!(accepted, [true, false, true, false, false]);
    for error in results.into_iter().filter_map(Result::err) {
        assert_taken(&error, ClaimKind::Username);
    }
    assert_eq!(log.head().await, 2);
    assert_eq!(log.count("claims").await, 2);
}

async fn a_taken_name_is_refused_and_has_an_owner(database: TestDatabase) {
    let log = bare(&database).await;
    let alice = log.new_user_id();
    log.log
        .append(registration(&log, alice, "alice").await)
        .await
        .unwrap();

    let user = log.new_user_id();
    let mut append = locks(&log, user, 0, 1).await;
    append.claims.push(take(ClaimKind::Username, "alice", user));
    let error = log.log.append(append).await.unwrap_err();
    assert_taken(&error, ClaimKind::Username);

    let owner = async |kind, value| {
        owner_of(&log.database, &log.hasher, kind, value)
            .await
            .unwrap()
    };
    assert_eq!(
        owner(ClaimKind::Username, "alice").await,
        Some(alice.as_uuid())
    );
    assert_eq!(owner(ClaimKind::Username, "alicia").await, None);
    assert_eq!(owner(ClaimKind::Email, "alice").await, None);
}

fn take(kind: ClaimKind, value: &str, user: UserId) -> Claim {
    Claim::Take {
        kind,
        value: value.to_owned(),
        owner: user.as_uuid(),
        reference: user.as_uuid(),
    }
}

const ADDRESS: &str = "shared@example.com";

/// As the Admin API does: an address that another account has is refused.
async fn add_exclusively(log: &TestLog, user: UserId) -> Result<EmailId, AppendError> {
    let email_id = EmailId::from_uuid(log.ids.ulid());
    match log.execute(user, add_email(email_id, ADDRESS)).await {
        Ok(_) => Ok(email_id),
        Err(ExecuteError::Append(error)) => Err(error),
        Err(other) => panic!("{other}"),
    }
}

async fn remove(log: &TestLog, user: UserId, email_id: EmailId) {
    let command = muniment_domain::UserCommand::RemoveEmail { email_id };
    log.execute(user, command).await.unwrap();
}

async fn an_exclusive_claim_is_refused_what_a_shared_one_has(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let (alice, bob) = (log.register("alice").await, log.register("bob").await);
    log.add_email(alice, ADDRESS).await.unwrap();
    let error = add_exclusively(&log, bob).await.unwrap_err();
    assert_taken(&error, ClaimKind::Email);
    assert_eq!(log.count("user_emails").await, 1);
}

async fn a_shared_claim_coexists_with_any(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let (alice, bob) = (log.register("alice").await, log.register("bob").await);
    let carol = log.register("carol").await;
    add_exclusively(&log, alice).await.unwrap();
    log.add_email(bob, ADDRESS).await.unwrap();
    log.add_email(carol, "Shared@Example.COM").await.unwrap();
    assert_eq!(log.count("user_emails").await, 3);
    let error = add_exclusively(&log, log.register("dave").await).await;
    assert_taken(&error.unwrap_err(), ClaimKind::Email);
}

async fn a_freed_address_can_be_taken_again(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let (alice, bob) = (log.register("alice").await, log.register("bob").await);
    let email_id = add_exclusively(&log, alice).await.unwrap();
    add_exclusively(&log, bob).await.unwrap_err();
    remove(&log, alice, email_id).await;
    let email_id = add_exclusively(&log, bob).await.unwrap();
    remove(&log, bob, email_id).await;
    add_exclusively(&log, bob).await.unwrap();
}

async fn an_address_is_free_when_its_last_holder_leaves(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let (alice, bob) = (log.register("alice").await, log.register("bob").await);
    let carol = log.register("carol").await;
    let of_alice = log.add_email(alice, ADDRESS).await.unwrap();
    let of_bob = log.add_email(bob, ADDRESS).await.unwrap();
    remove(&log, alice, of_alice).await;
    add_exclusively(&log, carol).await.unwrap_err();
    remove(&log, bob, of_bob).await;
    add_exclusively(&log, carol).await.unwrap();
}

async fn deactivation_frees_the_addresses_but_not_the_name(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let (alice, bob) = (log.register("alice").await, log.register("bob").await);
    add_exclusively(&log, alice).await.unwrap();
    let deactivate = muniment_domain::UserCommand::DeactivateUser { erase: true };
    log.execute(alice, deactivate).await.unwrap();
    add_exclusively(&log, bob).await.unwrap();
    let user = log.new_user_id();
    let error = log.execute(user, register(user, "alice")).await;
    assert_username_taken(error.unwrap_err());
}

async fn one_append_cannot_take_a_value_twice(database: TestDatabase) {
    let log = bare(&database).await;
    let (one, other) = (log.new_user_id(), log.new_user_id());
    let mut append: Append = registration(&log, one, "alice").await;
    let second = registration(&log, other, "alice").await;
    append.streams.extend(second.streams);
    append.claims.extend(second.claims);
    let error = log.log.append(append).await.unwrap_err();
    assert_taken(&error, ClaimKind::Username);
    assert_eq!(log.head().await, 0);
}

async fn a_refused_append_claims_nothing(database: TestDatabase) {
    let log = bare(&database).await;
    let user = log.new_user_id();
    let mut conflicting = registration(&log, user, "alice").await;
    conflicting.streams[0].expected_version = 7;
    log.log.append(conflicting).await.unwrap_err();

    // Of two claims, the second is taken: the first must not stay.
    log.log
        .append(registration(&log, user, "bob").await)
        .await
        .unwrap();
    let other = log.new_user_id();
    let mut half = locks(&log, other, 0, 1).await;
    half.claims.push(take(ClaimKind::Username, "alice", other));
    half.claims.push(take(ClaimKind::Username, "bob", other));
    log.log.append(half).await.unwrap_err();

    let alice = registration(&log, log.new_user_id(), "alice").await;
    log.log.append(alice).await.unwrap();
    assert_eq!(log.count("claims").await, 2);
}
