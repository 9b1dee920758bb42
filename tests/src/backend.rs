//! One body, one test for each backend.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
    time::Duration,
};

use crate::TestDatabase;

/// What the log is kept in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
    /// With an SQLite database beside it.
    #[cfg(feature = "eventstoredb")]
    EventStoreDb,
}

/// How long anything may take that a test waits for. Far above what is needed, so that reaching it
/// means that it never would have happened.
pub const LIMIT: Duration = Duration::from_secs(60);

/// Waits, but not forever. `what` completes the sentence "… did not happen in time".
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    let Ok(value) = tokio::time::timeout(LIMIT, future).await else {
        panic!("{what} did not happen within {} s", LIMIT.as_secs());
    };
    value
}

/// Polls a future so many times at most and then drops it, wherever it stands; `None` if it had not
/// ended by then.
pub async fn give_up_after<T>(polls: usize, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut left = polls;
    let polling = poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    });
    within("the next poll", polling).await
}

/// Runs a test's body on a database of its own; called by [`each_backend!`](crate::each_backend).
pub async fn run<F, R>(backend: Backend, body: F)
where
    F: FnOnce(TestDatabase) -> R,
    R: Future<Output = ()>,
{
    let database = TestDatabase::new(backend).await;
    if tokio::time::timeout(LIMIT * 3, body(database))
        .await
        .is_err()
    {
        panic!("the test did not end within {} s", (LIMIT * 3).as_secs());
    }
}

/// Makes of each `async fn name(database: TestDatabase)` the tests `name::sqlite` and
/// `name::postgres`.
///
/// They run on a multi-threaded runtime. After `current_thread:` they run on one thread, where what
/// is queued between two awaits reaches the log's writer as one batch. After `postgres:` only
/// `name::postgres` is made, for what has no counterpart on SQLite.
///
/// ```
/// # use muniment_tests::{TestDatabase, TestLog, each_backend};
/// each_backend!(a_new_log_is_empty);
///
/// async fn a_new_log_is_empty(database: TestDatabase) {
///     let log = TestLog::open(&database).await;
///     assert_eq!(log.head().await, 0);
/// }
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! each_backend {
    (current_thread: $($name:ident),+ $(,)?) => {
        $($crate::each_backend!(@ "current_thread" $name);)+
    };
    (postgres: $($name:ident),+ $(,)?) => {
        $(mod $name {
            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                $crate::run($crate::Backend::Postgres, super::$name).await;
            }
        })+
    };
    (@ $flavor:tt $name:ident) => {
        mod $name {
            #[tokio::test(flavor = $flavor)]
            async fn sqlite() {
                $crate::run($crate::Backend::Sqlite, super::$name).await;
            }

            #[tokio::test(flavor = $flavor)]
            async fn postgres() {
                $crate::run($crate::Backend::Postgres, super::$name).await;
            }
        }
    };
    ($($name:ident),+ $(,)?) => {
        $($crate::each_backend!(@ "multi_thread" $name);)+
    };
}

/// Like [`each_backend!`](crate::each_backend), for what is said of the log itself: with the feature
/// `eventstoredb`, also `name::eventstoredb`.
#[macro_export]
macro_rules! each_log {
    (current_thread: $($name:ident),+ $(,)?) => {
        $($crate::each_log!(@ "current_thread" $name);)+
    };
    (@ $flavor:tt $name:ident) => {
        mod $name {
            #[tokio::test(flavor = $flavor)]
            async fn sqlite() {
                $crate::run($crate::Backend::Sqlite, super::$name).await;
            }

            #[tokio::test(flavor = $flavor)]
            async fn postgres() {
                $crate::run($crate::Backend::Postgres, super::$name).await;
            }

            #[cfg(feature = "eventstoredb")]
            #[tokio::test(flavor = $flavor)]
            async fn eventstoredb() {
                $crate::run($crate::Backend::EventStoreDb, super::$name).await;
            }
        }
    };
    ($($name:ident),+ $(,)?) => {
        $($crate::each_log!(@ "multi_thread" $name);)+
    };
}
