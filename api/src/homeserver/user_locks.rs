//! One thing at a time for each user's devices.
//!
//! Whoever makes a device on the homeserver and then a session for it holds the user's lock
//! meanwhile, and so does whoever works out the list of devices and tells it to the homeserver.
//! Otherwise a device could be deleted between its making and its session's (contract oauth2.md
//! 21.3). The lock is this process's own: between processes the window stays, and is as long as a
//! session takes to be written.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use muniment_domain::UserId;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

/// Entries after which those that nobody holds are cleared away.
const CROWDED: usize = 1024;

#[derive(Debug, Default)]
pub struct UserLocks {
    locks: Mutex<HashMap<UserId, Weak<AsyncMutex<()>>>>,
}

impl UserLocks {
    /// Waits until nobody else holds the user's lock; held until dropped.
    pub async fn lock(&self, user: UserId) -> OwnedMutexGuard<()> {
        self.of(user).lock_owned().await
    }

    fn of(&self, user: UserId) -> Arc<AsyncMutex<()>> {
        let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lock) = locks.get(&user).and_then(Weak::upgrade) {
            return lock;
        }
        if locks.len() >= CROWDED {
            locks.retain(|_, lock| lock.strong_count() > 0);
        }
        let lock = Arc::default();
        locks.insert(user, Arc::downgrade(&lock));
        lock
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn user(n: u128) -> UserId {
        UserId::from_uuid(uuid::Uuid::from_u128(n))
    }

    #[tokio::test]
    async fn one_users_lock_is_held_once_and_others_go_on() {
        let locks = UserLocks::default();
        let held = locks.lock(user(1)).await;
        drop(locks.lock(user(2)).await);
        let second = locks.lock(user(1)).now_or_never();
        assert!(second.is_none(), "held already");
        drop(held);
        drop(locks.lock(user(1)).await);
    }

    #[tokio::test]
    async fn locks_that_nobody_holds_do_not_pile_up() {
        let locks = UserLocks::default();
        let held = locks.lock(user(0)).await;
        for n in 1..5000 {
            drop(locks.lock(user(n)).await);
        }
        assert!(locks.locks.lock().unwrap().len() <= CROWDED);
        assert!(locks.locks.lock().unwrap().contains_key(&user(0)));
        drop(held);
    }
}
