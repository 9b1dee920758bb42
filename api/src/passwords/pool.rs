//! Heavy work off the async threads: few at a time, so that a storm leaves the rest of the program
//! its processors, and few waiting, so that a storm is answered rather than queued.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::Semaphore;

use crate::accounts::AccountError;

/// How many may wait for each that is at work: a few seconds' worth of them.
const WAITING_PER_SLOT: usize = 64;

#[derive(Debug)]
pub struct Pool {
    slots: Arc<Semaphore>,
    /// At work or waiting.
    present: Arc<AtomicUsize>,
    size: usize,
    capacity: usize,
}

/// How busy a pool is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// How many may be at work at once.
    pub slots: usize,
    pub at_work: usize,
    pub waiting: usize,
}

/// Someone in the queue; leaves it when dropped.
struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Pool {
    /// Leaves half of the processors to others.
    #[must_use]
    pub fn for_this_machine() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self::new((processors / 2).max(1))
    }

    #[must_use]
    pub fn new(slots: usize) -> Self {
        Self {
            slots: Arc::new(Semaphore::new(slots)),
            present: Arc::default(),
            size: slots,
            capacity: slots * (1 + WAITING_PER_SLOT),
        }
    }

    /// Runs `work` when its turn comes. Work that has begun keeps its slot to the end, also when
    /// nobody waits for it any more.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, AccountError> {
        let place = self.enter()?;
        let slot = self.slots.clone().acquire_owned().await.map_err(failed)?;
        let working = tokio::task::spawn_blocking(move || {
            let done = work();
            drop((slot, place));
            done
        });
        working.await.map_err(failed)
    }

    #[must_use]
    pub fn load(&self) -> Load {
        let at_work = self.size.saturating_sub(self.slots.available_permits());
        Load {
            slots: self.size,
            at_work,
            waiting: self.present.load(Ordering::Acquire).saturating_sub(at_work),
        }
    }

    fn enter(&self) -> Result<Place, AccountError> {
        if self.present.fetch_add(1, Ordering::AcqRel) >= self.capacity {
            self.present.fetch_sub(1, Ordering::AcqRel);
            return Err(AccountError::Busy);
        }
        Ok(Place(self.present.clone()))
    }
}

fn failed(error: impl std::fmt::Display) -> AccountError {
    AccountError::Internal(format!("password work was cut short: {error}"))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use futures_util::future;

    use super::*;

    #[tokio::test]
    async fn a_full_queue_refuses_and_an_emptied_one_takes_again() {
        let pool = Arc::new(Pool::new(1));
        let (release, released) = mpsc::channel::<()>();
        let (started, has_started) = tokio::sync::oneshot::channel();
        let first = tokio::spawn({
            let pool = pool.clone();
            async move {
                pool.run(move || {
                    started.send(()).unwrap();
                    released.recv().unwrap();
                })
                .await
            }
        });
        has_started.await.unwrap();
        let mut waiting: Vec<_> = (0..WAITING_PER_SLOT)
            .map(|_| Box::pin(pool.run(|| ())))
            .collect();
        for one in &mut waiting {
            assert!(futures_util::poll!(one).is_pending());
        }
        assert!(matches!(pool.run(|| ()).await, Err(AccountError::Busy)));
        let full = Load {
            slots: 1,
            at_work: 1,
            waiting: WAITING_PER_SLOT,
        };
        assert_eq!(pool.load(), full);
        // One who gives up makes room for another.
        waiting.pop();
        let mut another = Box::pin(pool.run(|| ()));
        assert!(futures_util::poll!(&mut another).is_pending());
        release.send(()).unwrap();
        first.await.unwrap().unwrap();
        for done in future::join_all(waiting).await {
            done.unwrap();
        }
        another.await.unwrap();
        pool.run(|| ()).await.unwrap();
        assert_eq!(pool.present.load(Ordering::Acquire), 0);
    }
}
