//! Session activity: gathered in memory and written now and then, so that a request costs no write
//! (contract oauth2.md 19.4).

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
};

use muniment_domain::UserId;
use muniment_store::{
    activity::{self, SessionKind, Use},
    sql::{Database, DatabaseError},
    time::DAY,
};
use tokio::sync::Notify;
use uuid::Uuid;

/// Sessions that may wait before they are written without waiting for the time.
const FULL: usize = 1000;
/// Sessions that may wait while the database is away; further ones are not recorded.
const MOST: usize = 20_000;
/// How long an address is kept after the session's last use, in microseconds: 30 days.
const KEEP_ADDRESSES: i64 = 30 * DAY;

/// What has yet to be written.
#[derive(Debug)]
pub struct Activity {
    database: Database,
    waiting: Mutex<HashMap<(SessionKind, Uuid), Use>>,
    full: Notify,
    /// One writes at a time.
    writing: tokio::sync::Mutex<()>,
}

impl Activity {
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self {
            database,
            waiting: Mutex::default(),
            full: Notify::new(),
            writing: tokio::sync::Mutex::default(),
        }
    }

    /// A session was used, at `now` in microseconds since 1970, from an address if it is to be kept.
    pub fn record(
        &self,
        kind: SessionKind,
        session_id: Uuid,
        user_id: Option<UserId>,
        now: i64,
        ip: Option<IpAddr>,
    ) {
        let mut waiting = self.waiting();
        let seen = Use {
            kind,
            session_id,
            user_id,
            at: now,
            ip,
        };
        add(&mut waiting, seen);
        if waiting.len() >= FULL {
            self.full.notify_one();
        }
    }

    /// Resolves when so many wait that they should be written.
    pub async fn is_full(&self) {
        self.full.notified().await;
    }

    /// Writes what waits. What could not be written waits on.
    pub async fn flush(&self) -> Result<(), DatabaseError> {
        let _alone = self.writing.lock().await;
        let taken: Vec<Use> = std::mem::take(&mut *self.waiting()).into_values().collect();
        let written = activity::record(&self.database, &taken).await;
        if written.is_err() {
            let mut waiting = self.waiting();
            let newer = std::mem::take(&mut *waiting);
            for seen in taken.into_iter().chain(newer.into_values()) {
                add(&mut waiting, seen);
            }
        }
        written
    }

    /// Forgets all about the sessions of one person, for good: once the log says that the person is
    /// erased, nothing of them is written any more.
    pub async fn forget(&self, user: UserId) -> Result<(), DatabaseError> {
        self.waiting().retain(|_, seen| seen.user_id != Some(user));
        let _alone = self.writing.lock().await;
        activity::forget_user(&self.database, user).await
    }

    /// Forgets the addresses of sessions that have not been used for 30 days, `limit` at most; how
    /// many.
    pub async fn clean_up(&self, now: i64, limit: u32) -> Result<u64, DatabaseError> {
        activity::clean_up(&self.database, now.saturating_sub(KEEP_ADDRESSES), limit).await
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<(SessionKind, Uuid), Use>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The latest time and the first address are kept.
fn add(waiting: &mut HashMap<(SessionKind, Uuid), Use>, seen: Use) {
    let key = (seen.kind, seen.session_id);
    if let Some(known) = waiting.get_mut(&key) {
        known.at = known.at.max(seen.at);
        known.ip = known.ip.or(seen.ip);
        known.user_id = known.user_id.or(seen.user_id);
    } else if waiting.len() < MOST {
        waiting.insert(key, seen);
    }
}

#[cfg(test)]
mod tests {
    use muniment_store::{
        activity::{LastUse, of},
        sql::DatabaseOptions,
    };

    use super::*;

    async fn open() -> (tempfile::TempDir, DatabaseOptions, Activity) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("muniment.db");
        let options = DatabaseOptions::new(format!("sqlite://{}", file.display()));
        let database = options.open().await.unwrap();
        (folder, options, Activity::new(database))
    }

    fn session(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    #[expect(clippy::unnecessary_wraps, reason = "every caller wants it wrapped")]
    fn user(n: u128) -> Option<UserId> {
        Some(UserId::from_uuid(Uuid::from_u128(n)))
    }

    fn ip(text: &str) -> Option<IpAddr> {
        text.parse().ok()
    }

    async fn last(activity: &Activity, n: u128) -> Option<LastUse> {
        let found = of(&activity.database, &[session(n)]).await.unwrap();
        found.get(&session(n)).copied()
    }

    #[tokio::test]
    async fn within_one_window_the_last_time_and_the_first_address_count() {
        let (_folder, _, activity) = open().await;
        for (at, from) in [(5, None), (7, ip("192.0.2.1")), (6, ip("192.0.2.2"))] {
            activity.record(SessionKind::Oauth2, session(1), user(1), at, from);
        }
        assert_eq!(last(&activity, 1).await, None, "not yet");
        activity.flush().await.unwrap();
        let expected = LastUse {
            at: 7,
            ip: ip("192.0.2.1"),
        };
        assert_eq!(last(&activity, 1).await, Some(expected));
    }

    #[tokio::test]
    async fn what_could_not_be_written_is_written_later() {
        let (_folder, options, activity) = open().await;
        activity.record(SessionKind::Browser, session(1), user(1), 5, None);
        activity.database.close().await;
        activity.flush().await.unwrap_err();
        activity.record(SessionKind::Browser, session(1), user(1), 9, ip("::1"));
        assert_eq!(activity.waiting().len(), 1);
        let database = options.open().await.unwrap();
        let again = Activity {
            database,
            ..activity
        };
        again.flush().await.unwrap();
        assert_eq!(last(&again, 1).await.unwrap().at, 9);
        assert!(again.waiting().is_empty());
    }

    #[tokio::test]
    async fn many_sessions_ask_to_be_written_and_too_many_are_not_kept() {
        let (_folder, _, activity) = open().await;
        for n in 0..MOST + 10 {
            activity.record(SessionKind::Compat, session(n as u128), None, 1, None);
        }
        activity.is_full().await;
        assert_eq!(activity.waiting().len(), MOST);
        activity.record(SessionKind::Compat, session(0), None, 2, None);
        activity.flush().await.unwrap();
        assert_eq!(last(&activity, 0).await.unwrap().at, 2);
        assert_eq!(last(&activity, MOST as u128 - 1).await.unwrap().at, 1);
    }

    #[tokio::test]
    async fn a_person_is_forgotten_in_memory_and_on_disk() {
        let (_folder, _, activity) = open().await;
        for n in [1, 2] {
            activity.record(SessionKind::Oauth2, session(n), user(n), 1, ip("192.0.2.1"));
        }
        activity.flush().await.unwrap();
        activity.record(SessionKind::Oauth2, session(1), user(1), 2, None);
        activity.record(SessionKind::Oauth2, session(2), user(2), 2, None);
        activity
            .forget(UserId::from_uuid(Uuid::from_u128(1)))
            .await
            .unwrap();
        activity.flush().await.unwrap();
        assert_eq!(last(&activity, 1).await, None);
        assert_eq!(last(&activity, 2).await.unwrap().at, 2);
    }

    #[tokio::test]
    async fn addresses_are_forgotten_after_thirty_days() {
        let (_folder, _, activity) = open().await;
        activity.record(SessionKind::Oauth2, session(1), None, DAY, ip("192.0.2.1"));
        activity.record(
            SessionKind::Oauth2,
            session(2),
            None,
            2 * DAY,
            ip("192.0.2.1"),
        );
        activity.flush().await.unwrap();
        assert_eq!(activity.clean_up(32 * DAY, 10).await.unwrap(), 1);
        let forgotten = LastUse { at: DAY, ip: None };
        assert_eq!(last(&activity, 1).await, Some(forgotten));
        assert!(last(&activity, 2).await.unwrap().ip.is_some());
        assert_eq!(activity.clean_up(32 * DAY, 10).await.unwrap(), 0);
    }
}
