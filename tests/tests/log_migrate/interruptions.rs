//! A move that ends in the middle, wherever that is, goes on.

use muniment_store::{
    log::Position,
    migrate::{Progress, refuse_unfinished},
};
use muniment_tests::{TestDatabase, TestLog, each_backend, give_up_after, rich_history};

use crate::support::{End, assert_sound, many_events, migrate, migration, other};

each_backend!(
    a_move_may_be_given_up_anywhere,
    what_is_copied_is_not_copied_again,
);

/// A page of a move, as in `store/src/migrate/copy.rs`.
const PAGE: Position = 1000;

async fn a_log_of_several_pages(database: &TestDatabase) -> Position {
    let log = TestLog::open(database).await;
    let cast = rich_history(&log, database).await;
    many_events(&log, cast.alice, 2200).await;
    let head = log.head().await;
    log.close().await;
    head
}

async fn a_move_may_be_given_up_anywhere(database: TestDatabase) {
    let head = a_log_of_several_pages(&database).await;
    let target = other(&database).await;
    let (from, to) = (End::open(&database).await, End::open(&target).await);
    let mut times = 0;
    let proof = loop {
        match give_up_after(1 + 53 * times, migrate(&from, &to)).await {
            Some(proof) => break proof.unwrap(),
            None => times += 1,
        }
        assert!(times < 1000, "a move without end");
    };
    assert!(times > 5, "given up only {times} times");
    assert_eq!(proof.events, head);
    refuse_unfinished(&to.database).await.unwrap();
    assert_sound(&to).await;
}

async fn what_is_copied_is_not_copied_again(database: TestDatabase) {
    let head = a_log_of_several_pages(&database).await;
    let target = other(&database).await;
    let (from, to) = (End::open(&database).await, End::open(&target).await);
    let (sender, receiver) = std::sync::mpsc::channel();
    let mut given_up = false;
    // Drops the move as soon as the first page is there.
    for polls in 1.. {
        let sender = sender.clone();
        let moving = migration(&from, &to);
        let moving = moving.run(move |progress: Progress| {
            sender.send(progress).unwrap();
        });
        given_up |= give_up_after(polls * 3, moving).await.is_none();
        if receiver
            .try_iter()
            .any(|progress| progress.position >= PAGE)
        {
            break;
        }
    }
    assert!(given_up);
    let copied: Vec<Position> = {
        let moving = migration(&from, &to);
        moving
            .run(move |progress: Progress| {
                if progress.what == "copying" {
                    sender.send(progress).unwrap();
                }
            })
            .await
            .unwrap();
        receiver
            .try_iter()
            .map(|progress| progress.position)
            .collect()
    };
    assert!(copied[0] > PAGE, "{copied:?}");
    assert_eq!(*copied.last().unwrap(), head);
}
