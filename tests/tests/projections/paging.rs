//! Pages of lists, from either end.

use muniment_domain::{EmailId, UserId};
use muniment_projections::queries::{
    Direction, EmailFilter, PageRequest, UserFilter, count_emails, count_users, list_emails,
    list_users,
};
use muniment_tests::{TestDatabase, TestLog, each_backend};
use uuid::Uuid;

use crate::support::first;

each_backend!(
    a_list_is_walked_forwards,
    a_list_is_walked_backwards,
    bounds_need_not_exist,
    both_bounds_hold_at_once,
    addresses_are_paged_within_their_filter,
    counts_are_the_lengths_of_lists,
);

async fn seven_users(log: &TestLog) -> Vec<UserId> {
    let mut users = Vec::new();
    for n in 1..=7 {
        users.push(log.register(&format!("user-{n}")).await);
    }
    users
}

/// The numbers in the names of a page's users, and whether there is more.
async fn page(log: &TestLog, request: PageRequest) -> (Vec<usize>, bool) {
    let filter = UserFilter::default();
    let page = list_users(&log.database, &filter, request).await.unwrap();
    let numbers = page
        .items
        .iter()
        .map(|user| user.username["user-".len()..].parse().unwrap())
        .collect();
    (numbers, page.has_more)
}

fn forward(after: Option<Uuid>, limit: u32) -> PageRequest {
    PageRequest {
        after,
        ..first(limit)
    }
}

fn backward(before: Option<Uuid>, limit: u32) -> PageRequest {
    PageRequest {
        before,
        direction: Direction::Backward,
        ..first(limit)
    }
}

async fn a_list_is_walked_forwards(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let users = seven_users(&log).await;
    let after = |n: usize| Some(users[n - 1].as_uuid());
    assert_eq!(page(&log, forward(None, 3)).await, (vec![1, 2, 3], true));
    assert_eq!(
        page(&log, forward(after(3), 3)).await,
        (vec![4, 5, 6], true)
    );
    assert_eq!(page(&log, forward(after(6), 3)).await, (vec![7], false));
    assert_eq!(page(&log, forward(after(7), 3)).await, (vec![], false));
    // A page that is just full is not followed by an empty one.
    assert_eq!(
        page(&log, forward(after(4), 3)).await,
        (vec![5, 6, 7], false)
    );
}

async fn a_list_is_walked_backwards(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let users = seven_users(&log).await;
    let before = |n: usize| Some(users[n - 1].as_uuid());
    assert_eq!(page(&log, backward(None, 3)).await, (vec![5, 6, 7], true));
    assert_eq!(
        page(&log, backward(before(5), 3)).await,
        (vec![2, 3, 4], true)
    );
    assert_eq!(page(&log, backward(before(2), 3)).await, (vec![1], false));
    assert_eq!(page(&log, backward(before(1), 3)).await, (vec![], false));
    assert_eq!(
        page(&log, backward(before(4), 3)).await,
        (vec![1, 2, 3], false)
    );
}

async fn bounds_need_not_exist(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let users = seven_users(&log).await;
    let just_after = |n: usize| Some(Uuid::from_u128(users[n - 1].as_uuid().as_u128() + 1));
    assert_eq!(
        page(&log, forward(just_after(5), 9)).await,
        (vec![6, 7], false)
    );
    assert_eq!(
        page(&log, backward(just_after(2), 9)).await,
        (vec![1, 2], false)
    );
    let all = vec![1, 2, 3, 4, 5, 6, 7];
    for request in [
        forward(Some(Uuid::nil()), 7),
        backward(Some(Uuid::max()), 7),
    ] {
        assert_eq!(page(&log, request).await, (all.clone(), false));
    }
}

async fn both_bounds_hold_at_once(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let users = seven_users(&log).await;
    let between = |direction, limit| PageRequest {
        after: Some(users[1].as_uuid()),
        before: Some(users[6].as_uuid()),
        direction,
        limit,
    };
    for (direction, limit, expected) in [
        (Direction::Forward, 9, (vec![3, 4, 5, 6], false)),
        (Direction::Backward, 9, (vec![3, 4, 5, 6], false)),
        (Direction::Forward, 2, (vec![3, 4], true)),
        (Direction::Backward, 2, (vec![5, 6], true)),
    ] {
        assert_eq!(page(&log, between(direction, limit)).await, expected);
    }
}

async fn addresses_are_paged_within_their_filter(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let (alice, bob) = (log.register("alice").await, log.register("bob").await);
    let mut of_alice: Vec<EmailId> = Vec::new();
    for n in 0..4 {
        let shared = format!("{n}@Example.com");
        of_alice.push(log.add_email(alice, &shared).await.unwrap());
        log.add_email(bob, &shared).await.unwrap();
    }
    let by_user = EmailFilter {
        user: Some(alice),
        email: None,
    };
    let ids = async |filter: &EmailFilter, request| {
        let page = list_emails(&log.database, filter, request).await.unwrap();
        let ids: Vec<_> = page.items.iter().map(|email| email.id).collect();
        (ids, page.has_more)
    };
    assert_eq!(
        ids(&by_user, first(2)).await,
        (of_alice[..2].to_vec(), true)
    );
    let rest = forward(Some(of_alice[1].as_uuid()), 2);
    assert_eq!(ids(&by_user, rest).await, (of_alice[2..].to_vec(), false));
    assert_eq!(
        ids(&by_user, backward(None, 3)).await,
        (of_alice[1..].to_vec(), true)
    );

    let by_address = EmailFilter {
        user: None,
        email: Some("2@EXAMPLE.com".to_owned()),
    };
    let (both, more) = ids(&by_address, first(9)).await;
    assert_eq!((both.len(), both[0], more), (2, of_alice[2], false));
    let by_both = EmailFilter {
        user: Some(alice),
        ..by_address
    };
    assert_eq!(ids(&by_both, first(9)).await, (vec![of_alice[2]], false));
}

async fn counts_are_the_lengths_of_lists(database: TestDatabase) {
    let log = TestLog::open(&database).await;
    let users = seven_users(&log).await;
    log.add_email(users[0], "a@example.com").await.unwrap();
    log.add_email(users[1], "a@example.com").await.unwrap();
    log.add_email(users[1], "b@example.com").await.unwrap();
    let users_counted = count_users(&log.database, &UserFilter::default()).await;
    assert_eq!(users_counted.unwrap(), 7);
    for (user, email) in [
        (None, None),
        (Some(users[1]), None),
        (None, Some("A@example.com".to_owned())),
        (Some(users[0]), Some("b@example.com".to_owned())),
    ] {
        let filter = EmailFilter { user, email };
        let listed = list_emails(&log.database, &filter, first(100)).await;
        let counted = count_emails(&log.database, &filter).await.unwrap();
        assert_eq!(counted, listed.unwrap().items.len() as u64, "{filter:?}");
    }
}
