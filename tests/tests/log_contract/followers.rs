//! Appends that a read model, or the database, cannot take.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use muniment_domain::{Event, TokenId, UserCommand, UserId};
use muniment_projections::queries::{projection_states, user};
use muniment_store::{
    VaultWrite,
    log::{Append, AppendError, Applied, EventLog, FollowError, Follower, Position},
    sql::{DatabaseError, Transaction, query},
    tokens::NewAccessToken,
};
use muniment_tests::{Follow, LogSetup, TestDatabase, TestLog, each_log};

use crate::support::{as_one_batch, assert_sound, bare, locks, registration, stream};

each_log!(
    a_follower_sees_each_event_once_and_in_order,
    what_a_follower_writes_is_undone_with_a_refused_append,
    the_read_models_refuse_what_was_never_registered,
);
each_log!(current_thread:
    an_append_that_a_follower_refuses_fails_alone,
    an_append_that_the_database_refuses_fails_alone,
);

/// Takes all events but those of one account.
#[derive(Default)]
struct Picky {
    refused: Mutex<Option<UserId>>,
    seen: Mutex<Vec<(Position, Vec<Position>)>>,
}

impl Picky {
    fn refuse(&self, user: UserId) {
        *self.refused.lock().unwrap() = Some(user);
    }
}

#[async_trait]
impl Follower for Picky {
    async fn follow(
        &self,
        transaction: &mut Transaction,
        head: Position,
        events: &[Applied<'_>],
    ) -> Result<(), FollowError> {
        let positions: Vec<_> = events.iter().map(|e| e.record.position).collect();
        self.seen.lock().unwrap().push((head, positions));
        for applied in events {
            // A trace that must go when the append does.
            let trace =
                query("INSERT INTO projections (name, version, position) VALUES ($1, 1, 0)")
                    .bind(applied.record.event_id.to_string());
            transaction.execute(trace).await?;
            let refused = *self.refused.lock().unwrap();
            if matches!(applied.event, Event::User(event) if Some(event.user_id()) == refused) {
                return Err(FollowError::Apply {
                    projection: "picky",
                    position: applied.record.position,
                    reason: "not this one".to_owned(),
                });
            }
        }
        Ok(())
    }
}

async fn followed(database: &TestDatabase) -> (TestLog, Arc<Picky>) {
    let picky = Arc::new(Picky::default());
    let setup = LogSetup::following(Follow::With(picky.clone()));
    (TestLog::open_with(database, setup).await, picky)
}

async fn a_follower_sees_each_event_once_and_in_order(database: TestDatabase) {
    let (log, picky) = followed(&database).await;
    let user = log.new_user_id();
    for (version, count) in [(0, 2), (2, 1), (3, 3)] {
        let append = locks(&log, user, version, count).await;
        log.log.append(append).await.unwrap();
    }
    let seen = picky.seen.lock().unwrap().clone();
    assert_eq!(
        seen,
        [(0, vec![1, 2]), (2, vec![3]), (3, vec![4, 5, 6])],
        "head and events"
    );
}

async fn what_a_follower_writes_is_undone_with_a_refused_append(database: TestDatabase) {
    let (log, picky) = followed(&database).await;
    let user = log.new_user_id();
    picky.refuse(user);
    let error = log
        .log
        .append(registration(&log, user, "alice").await)
        .await;
    assert!(matches!(error.unwrap_err(), AppendError::Failed(text)
        if text == "projection picky cannot apply the event at position 1: not this one"));
    for table in ["events", "claims", "projections"] {
        assert_eq!(log.count(table).await, 0, "{table}");
    }
    assert_eq!(*log.log.tail().borrow(), 0);

    let other = log.new_user_id();
    let receipt = log.log.append(registration(&log, other, "alice").await);
    assert_eq!(receipt.await.unwrap().first_position, 1);
}

async fn an_append_that_a_follower_refuses_fails_alone(database: TestDatabase) {
    let (log, picky) = followed(&database).await;
    let users: Vec<_> = (0..5).map(|_| log.new_user_id()).collect();
    picky.refuse(users[2]);
    let mut appends = Vec::new();
    for user in &users {
        appends.push(locks(&log, *user, 0, 2).await);
    }
    let results = as_one_batch(&log, appends).await;
    assert!(picky.seen.lock().unwrap()[0].1.len() > 2, "one batch");

    let accepted: Vec<_> = results.iter().map(Result::is_ok).collect();
    assert_eq!(accepted, [true, true, false, true, true]);
    assert!(matches!(&results[2], Err(AppendError::Failed(_))));
    assert_sound(&log.events().await);
    assert_eq!(log.head().await, 8);
    assert_eq!(log.count("projections").await, 8);
    let left = log.log.read_stream(&stream(users[2]), 0, 1).await.unwrap();
    assert!(left.is_empty());
}

async fn an_append_that_the_database_refuses_fails_alone(database: TestDatabase) {
    let log = bare(&database).await;
    let token = async |hash: u8| -> Append {
        let mut append = locks(&log, log.new_user_id(), 0, 1).await;
        append
            .vault
            .push(VaultWrite::PutAccessToken(NewAccessToken {
                id: TokenId::from_uuid(log.ids.ulid()),
                session_id: muniment_domain::Oauth2SessionId::from_uuid(log.ids.ulid()),
                user_id: None,
                token_hash: [hash; 32],
                created_at: 0,
                expires_at: None,
            }));
        append
    };
    let appends = vec![token(1).await, token(1).await, token(2).await];
    let results = as_one_batch(&log, appends).await;
    let accepted: Vec<_> = results.iter().map(Result::is_ok).collect();
    assert_eq!(accepted, [true, false, true]);
    assert!(matches!(&results[1], Err(AppendError::Failed(_))));
    assert_eq!(log.head().await, 2);
    assert_eq!(log.count("oauth2_access_tokens").await, 2);
}

async fn the_read_models_refuse_what_was_never_registered(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let stranger = log.new_user_id();
    // The log takes it: whether an event may be is decided before, and never by a read model.
    let append = locks(&log, stranger, 0, 1).await;
    log.log.append(append).await.unwrap();
    assert_eq!(log.head().await, 1);
    assert_eq!(log.count("users").await, 0);
    let states = projection_states(&log.database).await.unwrap();
    let stopped = states.into_iter().filter_map(|state| {
        let position = state.stopped?.position;
        Some((state.name, position))
    });
    let stopped: Vec<_> = stopped.collect();
    assert_eq!(stopped, [("users".to_owned(), 1)]);
    let unknown = user(&log.reads, stranger).await;
    assert!(matches!(unknown, Err(DatabaseError::Unknown(_))));

    let alice = log.register("alice").await;
    let lock = UserCommand::LockUser { deactivate: false };
    log.execute(alice, lock).await.unwrap();
    assert_eq!(log.head().await, 3);
    let alice = user(&log.reads, alice).await.unwrap().unwrap();
    assert!(alice.locked_at.is_some());
}
