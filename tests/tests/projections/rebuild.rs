//! Rebuilding: the same rows again, whatever happened to the old ones, whatever goes on meanwhile.

use std::{
    collections::BTreeMap,
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

use muniment_projections::{
    Progress,
    queries::{UserFilter, list_users},
};
use muniment_tests::{TestDatabase, TestLog, each_backend, give_up_after, within};

use crate::support::{
    assert_up_to_date, checkpoints, first, many_events, names, rebuild, row, rows, some_accounts,
};

each_backend!(
    a_rebuild_gives_the_same_rows,
    a_rebuild_of_an_empty_log_gives_no_rows,
    a_rebuild_repairs_tampered_rows,
    a_rebuild_may_be_repeated,
    progress_is_reported_for_every_projection_up_to_the_head,
    an_interrupted_rebuild_resumes,
    a_rebuild_may_be_given_up_anywhere,
    writes_during_a_rebuild_are_not_lost,
    readers_see_all_rows_throughout_a_rebuild,
    a_failed_rebuild_leaves_the_live_rows,
);

async fn a_rebuild_gives_the_same_rows(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    some_accounts(&log).await;
    for (table, expected) in [("users", 4), ("user_emails", 3), ("oauth2_sessions", 4)] {
        assert_eq!(log.count(table).await, expected, "{table}");
    }
    let before = rows(&log).await;
    rebuild(&log).await;
    assert_eq!(rows(&log).await, before);
    assert_up_to_date(&log).await;
}

async fn a_rebuild_of_an_empty_log_gives_no_rows(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    rebuild(&log).await;
    assert!(rows(&log).await.is_empty());
    assert_up_to_date(&log).await;
    log.register("alice").await;
    assert_eq!(rows(&log).await.len(), 1);
}

async fn a_rebuild_repairs_tampered_rows(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    some_accounts(&log).await;
    let before = rows(&log).await;
    for statement in [
        "UPDATE users SET username = 'mallory', locked_at = 1 WHERE username = 'alice'",
        "DELETE FROM users WHERE username = 'bob'",
        "UPDATE user_emails SET user_id = id, email_folded = 'x'",
        "DELETE FROM oauth2_sessions",
    ] {
        assert!(log.tamper(statement).await > 0, "{statement}");
    }
    assert_ne!(rows(&log).await, before);
    rebuild(&log).await;
    assert_eq!(rows(&log).await, before);
}

async fn a_rebuild_may_be_repeated(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    some_accounts(&log).await;
    for round in 0..3 {
        log.register(&format!("late-{round}")).await;
        let before = rows(&log).await;
        rebuild(&log).await;
        assert_eq!(rows(&log).await, before);
    }
}

/// A page of a rebuild, as in `projections/src/follower.rs`.
const PAGE: u64 = 1000;

async fn progress_is_reported_for_every_projection_up_to_the_head(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let alice = log.register("alice").await;
    many_events(&log, alice, 1, 1500).await;
    let mut reported: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    log.projections
        .rebuild(&log.database, |progress: Progress| {
            assert_eq!(progress.head, 1501);
            let name = progress.projection.to_owned();
            reported.entry(name).or_default().push(progress.position);
        })
        .await
        .unwrap();
    let expected = names(&log).await.into_iter();
    let expected: BTreeMap<_, _> = expected.map(|name| (name, vec![PAGE, 1501])).collect();
    assert_eq!(reported, expected);
}

/// Polls a rebuild until it has reported progress once, and drops it there.
async fn interrupted_rebuild(log: &TestLog) -> Progress {
    let mut reported = None;
    {
        let (sender, receiver) = std::sync::mpsc::channel();
        let mut rebuilding = pin!(log.projections.rebuild(
            &log.database,
            move |progress: Progress| {
                sender.send(progress).unwrap();
            }
        ));
        let first_report = poll_fn(|context| {
            assert!(rebuilding.as_mut().poll(context).is_pending());
            reported = receiver.try_recv().ok();
            if reported.is_some() {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        });
        within("progress", first_report).await;
    }
    reported.unwrap()
}

async fn an_interrupted_rebuild_resumes(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let alice = log.register("alice").await;
    many_events(&log, alice, 1, 2500).await;
    let before = rows(&log).await;

    let interrupted_at = interrupted_rebuild(&log).await;
    assert_eq!(interrupted_at.projection, "users");
    assert_eq!(interrupted_at.position, PAGE);
    let under_way = ("users__rebuild".to_owned(), 1, 1000);
    assert!(checkpoints(&log).await.contains(&under_way));
    assert_eq!(rows(&log).await, before);

    // Meanwhile life goes on.
    log.register("bob").await;
    let before = rows(&log).await;
    let mut of_users = Vec::new();
    log.projections
        .rebuild(&log.database, |progress: Progress| {
            if progress.projection == "users" {
                of_users.push(progress.position);
            }
        })
        .await
        .unwrap();
    assert_eq!(of_users, [2000, 2502]);
    assert_eq!(rows(&log).await, before);
    assert_up_to_date(&log).await;
}

async fn a_rebuild_may_be_given_up_anywhere(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    some_accounts(&log).await;
    let before = rows(&log).await;
    log.tamper("UPDATE users SET username = 'mallory'").await;
    let mut times = 0;
    while give_up_after(1 + 9 * times, rebuild(&log)).await.is_none() {
        log.register(&format!("user-{times}")).await;
        times += 1;
        assert!(times < 300, "a rebuild without end");
    }
    let after = rows(&log).await;
    assert_eq!(after.len(), before.len() + times);
    for row in &before {
        assert!(after.contains(row), "{row}");
    }
    assert_up_to_date(&log).await;
}

async fn writes_during_a_rebuild_are_not_lost(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let alice = log.register("alice").await;
    many_events(&log, alice, 1, 1200).await;
    let mut usernames = vec!["alice".to_owned()];
    let runtime = tokio::runtime::Handle::current();
    // A write before each page, and one between the last page and the swap.
    log.projections
        .rebuild(&log.database, |_: Progress| {
            let name = format!("user-{}", usernames.len());
            let register = async {
                let user = log.register(&name).await;
                let address = format!("{name}@example.com");
                log.add_email(user, &address).await.unwrap();
            };
            tokio::task::block_in_place(|| runtime.block_on(within("writing", register)));
            usernames.push(name);
        })
        .await
        .unwrap();
    let written = 2 * names(&log).await.len();
    assert_eq!(usernames.len(), 1 + written);

    let listed = list_users(&log.database, &UserFilter::default(), first(100)).await;
    let listed: Vec<_> = listed.unwrap().items;
    let listed: Vec<_> = listed.into_iter().map(|user| user.username).collect();
    assert_eq!(listed, usernames);
    let addresses = log.count("user_emails").await;
    assert_eq!(usize::try_from(addresses).unwrap(), written);
    assert_up_to_date(&log).await;
    let before = rows(&log).await;
    rebuild(&log).await;
    assert_eq!(rows(&log).await, before);
}

async fn readers_see_all_rows_throughout_a_rebuild(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    some_accounts(&log).await;
    let before = rows(&log).await;
    let mut rebuilding = pin!(rebuild(&log));
    let mut looks = 0;
    loop {
        tokio::select! {
            () = &mut rebuilding => break,
            seen = rows(&log) => {
                assert_eq!(seen, before);
                looks += 1;
            }
        }
    }
    assert!(looks > 0);
    assert_eq!(rows(&log).await, before);
}

async fn a_failed_rebuild_leaves_the_live_rows(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let users = some_accounts(&log).await;
    let before = rows(&log).await;
    let head = log.head().await;
    log.tamper(&format!(
        "UPDATE events SET payload = '{{\"UserNeverHeardOf\": {{}}}}' WHERE position = {head}"
    ))
    .await;
    let error = log.projections.rebuild(&log.database, |_| {}).await;
    let text = error.unwrap_err().to_string();
    assert!(
        text.starts_with(&format!("the event at position {head} cannot be read")),
        "{text}"
    );
    assert_eq!(rows(&log).await, before);
    assert_eq!(row(&log, users[0]).await.username, "alice");
}
