//! Who is told when something happens, to an account or at all, while a server runs: those who follow it
//! wait here, and then read the log themselves. The log is read once for all of them.

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

/// How many times somebody may follow something at a time: tabs and devices, a program's processes.
const OF_ONE: usize = 16;
/// Notices that a follower may lag behind before it is told to look for itself.
const LAG: usize = 1_024;
/// Events read at once.
const PAGE: u32 = 1_000;

/// Everybody who follows something.
#[derive(Debug)]
pub struct Live {
    /// Whom each new event is about.
    notices: broadcast::Sender<Option<Uuid>>,
    stopped: watch::Sender<bool>,
    followers: Arc<Mutex<HashMap<Uuid, usize>>>,
    open: Gauge,
    limit: usize,
}

/// There are too many followers, of one person or in all.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("too many subscriptions are open; close others, or try again later")]
pub struct TooMany;

/// What is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    Account(UserId),
    Everything,
}

/// One who follows something, until it is dropped.
#[derive(Debug)]
pub struct Following {
    follower: Uuid,
    about: About,
    notices: broadcast::Receiver<Option<Uuid>>,
    stopped: watch::Receiver<bool>,
    followers: Arc<Mutex<HashMap<Uuid, usize>>>,
    open: Gauge,
}

/// Why a follower is woken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Woken {
    /// Something may have happened.
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

    /// How many there are.
    pub fn open(&self) -> Gauge {
        self.open.clone()
    }

    /// Somebody, known by the id of their account or client, follows something from now on.
    pub fn follow(&self, follower: Uuid, about: About) -> Result<Following, TooMany> {
        let mut followers = lock(&self.followers);
        if followers.values().sum::<usize>() >= self.limit {
            return Err(TooMany);
        }
        let own = followers.entry(follower).or_default();
        if *own >= OF_ONE {
            return Err(TooMany);
        }
        *own += 1;
        self.open.inc();
        Ok(Following {
            follower,
            about,
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
            for (_, subject) in page {
                // Without a receiver there is nobody to tell.
                drop(self.notices.send(subject));
            }
        }
        Ok(())
    }
}

impl About {
    fn covers(self, subject: Option<Uuid>) -> bool {
        match self {
            Self::Account(user) => subject == Some(user.as_uuid()),
            Self::Everything => true,
        }
    }
}

impl Following {
    /// Waits until something may have happened.
    pub async fn news(&mut self) -> Woken {
        loop {
            tokio::select! {
                // It is dropped with the program alone.
                _ = self.stopped.wait_for(|stopped| *stopped) => return Woken::Stopping,
                notice = self.notices.recv() => match notice {
                    Ok(subject) if self.about.covers(subject) => return Woken::News,
                    Ok(_) => {}
                    // What was missed may have been of interest.
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
        if let Some(own) = followers.get_mut(&self.follower) {
            *own -= 1;
            if *own == 0 {
                followers.remove(&self.follower);
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

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    /// Somebody follows their own account.
    fn follow(live: &Live, n: u128) -> Result<Following, TooMany> {
        live.follow(id(n), About::Account(UserId::from_uuid(id(n))))
    }

    #[tokio::test]
    async fn followers_hear_of_their_own_account_alone() {
        let live = Live::new(10);
        let mut alice = follow(&live, 1).unwrap();
        live.notices.send(Some(id(2))).unwrap();
        live.notices.send(Some(id(1))).unwrap();
        assert_eq!(alice.news().await, Woken::News);
        live.stop();
        assert_eq!(alice.news().await, Woken::Stopping);
    }

    #[tokio::test]
    async fn who_follows_everything_hears_of_what_is_about_nobody() {
        let live = Live::new(10);
        let mut auditor = live.follow(id(1), About::Everything).unwrap();
        live.notices.send(None).unwrap();
        assert_eq!(auditor.news().await, Woken::News);
    }

    #[tokio::test]
    async fn who_has_missed_notices_is_told_to_look() {
        let live = Live::new(10);
        let mut alice = follow(&live, 1).unwrap();
        for _ in 0..=LAG {
            live.notices.send(Some(id(2))).unwrap();
        }
        assert_eq!(alice.news().await, Woken::News);
    }

    #[test]
    fn followers_are_limited_of_one_person_and_in_all() {
        let live = Live::new(OF_ONE + 1);
        let mut all: Vec<Following> = (0..OF_ONE).map(|_| follow(&live, 1).unwrap()).collect();
        assert!(follow(&live, 1).is_err());
        let bob = follow(&live, 2).unwrap();
        assert!(follow(&live, 3).is_err());
        assert_eq!(live.open().get(), 17);
        drop(bob);
        all.pop();
        assert!(follow(&live, 1).is_ok());
        drop(all);
        assert_eq!(live.open().get(), 0);
        assert!(lock(&live.followers).is_empty());
    }
}
