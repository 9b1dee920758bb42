//! Who is told when something happens to an account, while a server runs: those who follow it wait
//! here, and then read the log themselves. The log is read once for all of them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use muniment_domain::UserId;
use muniment_store::{
    index::subjects_after,
    log::{EventLog, LogError, Position},
};
use prometheus_client::metrics::gauge::Gauge;
use tokio::sync::{broadcast, watch};
use uuid::Uuid;

use crate::app::App;

/// How many of one person's followers there may be at a time: tabs and devices.
const OF_ONE_PERSON: usize = 16;
/// Notices that a follower may lag behind before it is told to look for itself.
const LAG: usize = 1_024;
/// Events read at once.
const PAGE: u32 = 1_000;

/// Everybody who follows an account.
#[derive(Debug)]
pub struct Live {
    notices: broadcast::Sender<Uuid>,
    stopped: watch::Sender<bool>,
    followers: Arc<Mutex<HashMap<UserId, usize>>>,
    open: Gauge,
    limit: usize,
}

/// There are too many followers, of one person or in all.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("too many subscriptions are open; close others, or try again later")]
pub struct TooMany;

/// One who follows an account, until it is dropped.
#[derive(Debug)]
pub struct Following {
    user: UserId,
    notices: broadcast::Receiver<Uuid>,
    stopped: watch::Receiver<bool>,
    followers: Arc<Mutex<HashMap<UserId, usize>>>,
    open: Gauge,
}

/// Why a follower is woken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Woken {
    /// Something may have happened to the account.
    News,
    /// The server stops.
    Stopping,
}

impl Live {
    /// For so many followers at a time.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            notices: broadcast::channel(LAG).0,
            stopped: watch::channel(false).0,
            followers: Arc::default(),
            open: Gauge::default(),
            limit,
        }
    }

    /// How many follow an account.
    pub fn open(&self) -> Gauge {
        self.open.clone()
    }

    /// Follows an account from now on.
    pub fn follow(&self, user: UserId) -> Result<Following, TooMany> {
        let mut followers = lock(&self.followers);
        if followers.values().sum::<usize>() >= self.limit {
            return Err(TooMany);
        }
        let own = followers.entry(user).or_default();
        if *own >= OF_ONE_PERSON {
            return Err(TooMany);
        }
        *own += 1;
        self.open.inc();
        Ok(Following {
            user,
            notices: self.notices.subscribe(),
            stopped: self.stopped.subscribe(),
            followers: self.followers.clone(),
            open: self.open.clone(),
        })
    }

    /// Lets all followers go.
    pub fn stop(&self) {
        self.stopped.send_replace(true);
    }

    /// Whether followers were let go, as the server stops.
    pub fn is_stopped(&self) -> bool {
        *self.stopped.borrow()
    }

    /// Tells followers of events above a position; answers where the log stands then.
    async fn tell(&self, app: &App, mut after: Position, head: Position) -> Result<(), LogError> {
        while after < head && self.notices.receiver_count() > 0 {
            let page = subjects_after(&app.database, after, PAGE).await?;
            let Some((last, _)) = page.last() else { break };
            after = *last;
            for subject in page.into_iter().filter_map(|(_, subject)| subject) {
                // Without a receiver there is nobody to tell.
                drop(self.notices.send(subject));
            }
        }
        Ok(())
    }
}

impl Following {
    /// Waits until something may have happened to the account.
    pub async fn news(&mut self) -> Woken {
        loop {
            tokio::select! {
                // It is dropped with the program alone.
                _ = self.stopped.wait_for(|stopped| *stopped) => return Woken::Stopping,
                notice = self.notices.recv() => match notice {
                    Ok(subject) if subject == self.user.as_uuid() => return Woken::News,
                    Ok(_) => {}
                    // What was missed may have been about the account.
                    Err(broadcast::error::RecvError::Lagged(_)) => return Woken::News,
                    Err(broadcast::error::RecvError::Closed) => return Woken::Stopping,
                },
            }
        }
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let mut followers = lock(&self.followers);
        if let Some(own) = followers.get_mut(&self.user) {
            *own -= 1;
            if *own == 0 {
                followers.remove(&self.user);
            }
        }
        self.open.dec();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Follows the log for all followers, until the task ends.
pub async fn follow_log(app: &App) {
    let mut tail = app.log.tail();
    let mut seen = *tail.borrow_and_update();
    while tail.changed().await.is_ok() {
        let head = *tail.borrow_and_update();
        match app.live.tell(app, seen, head).await {
            Ok(()) => seen = head,
            Err(error) => {
                tracing::warn!(%error, "subscriptions could not be told of new events yet");
                tail.mark_changed();
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(n: u128) -> UserId {
        UserId::from_uuid(Uuid::from_u128(n))
    }

    #[tokio::test]
    async fn followers_hear_of_their_own_account_alone() {
        let live = Live::new(10);
        let mut alice = live.follow(user(1)).unwrap();
        live.notices.send(user(2).as_uuid()).unwrap();
        live.notices.send(user(1).as_uuid()).unwrap();
        assert_eq!(alice.news().await, Woken::News);
        live.stop();
        assert_eq!(alice.news().await, Woken::Stopping);
    }

    #[tokio::test]
    async fn who_has_missed_notices_is_told_to_look() {
        let live = Live::new(10);
        let mut alice = live.follow(user(1)).unwrap();
        for _ in 0..=LAG {
            live.notices.send(user(2).as_uuid()).unwrap();
        }
        assert_eq!(alice.news().await, Woken::News);
    }

    #[test]
    fn followers_are_limited_of_one_person_and_in_all() {
        let live = Live::new(OF_ONE_PERSON + 1);
        let mut all: Vec<Following> = (0..OF_ONE_PERSON)
            .map(|_| live.follow(user(1)).unwrap())
            .collect();
        assert!(live.follow(user(1)).is_err());
        let bob = live.follow(user(2)).unwrap();
        assert!(live.follow(user(3)).is_err());
        assert_eq!(live.open().get(), 17);
        drop(bob);
        all.pop();
        assert!(live.follow(user(1)).is_ok());
        drop(all);
        assert_eq!(live.open().get(), 0);
        assert!(lock(&live.followers).is_empty());
    }
}
