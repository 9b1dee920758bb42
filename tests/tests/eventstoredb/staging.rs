//! Secrets wait beside the log until their events are in it; those of an append that never comes are
//! removed.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use muniment_store::{
    current_password,
    log::{Applied, FollowError, Follower, Position},
    sql::Transaction,
};
use muniment_tests::Follow;

use crate::support::Scene;

/// Refuses everything while it is told to.
#[derive(Default)]
struct Refusing(AtomicBool);

#[async_trait]
impl Follower for Refusing {
    async fn follow(
        &self,
        _transaction: &mut Transaction,
        head: Position,
        _events: &[Applied<'_>],
    ) -> Result<(), FollowError> {
        if self.0.load(Ordering::SeqCst) {
            return Err(FollowError::Apply {
                projection: "refusing",
                position: head + 1,
                reason: "told to".to_owned(),
            });
        }
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_kept_for_an_append_that_never_came_is_removed_once_its_place_is_taken() {
    let mut scene = Scene::of_nodes(1).await;
    let refusing = Arc::new(Refusing::default());
    let log = scene.open_following(Follow::With(refusing.clone())).await;
    let alice = log.register("alice").await;

    refusing.0.store(true, Ordering::SeqCst);
    log.set_password(alice, "never").await.unwrap_err();
    assert_eq!(log.count("staged_appends").await, 1, "kept beforehand");
    assert_eq!(scene.recorded().len(), 1);

    // As long as nothing stands in its place, it might still come.
    refusing.0.store(false, Ordering::SeqCst);
    log.close().await;
    let log = scene.open_following(Follow::Nothing).await;
    assert_eq!(log.count("staged_appends").await, 1);

    log.register("bob").await;
    assert_eq!(log.count("staged_appends").await, 0);
    let stored = current_password(&log.database, alice).await.unwrap();
    assert!(stored.is_none());
    scene.assert_in_step(&log).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_effective_is_no_longer_kept() {
    let mut scene = Scene::of_nodes(1).await;
    let log = scene.open().await;
    let alice = log.register("alice").await;
    log.set_password(alice, "first").await.unwrap();
    log.set_password(alice, "second").await.unwrap();
    assert_eq!(log.count("staged_appends").await, 0);
    assert_eq!(log.count("user_passwords").await, 2);
    scene.assert_in_step(&log).await;
}
