use std::{
    hash::{BuildHasher, Hash, RandomState},
    num::NonZeroU32,
    time::Duration,
};

use governor::{
    Quota, RateLimiter, clock::Clock, middleware::NoOpMiddleware, state::keyed::DashMapStateStore,
};

use super::{Limited, SteadyClock};
use crate::config::RateLimit;

/// Keys that a bucket remembers on their own; as many as an attacker can make it remember.
const MOST_KEYS: usize = 100_000;
/// What all further keys share.
const OVERFLOW: u64 = 1024;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Slot<K> {
    Own(K),
    Shared(u64),
}

type Limiter<S> = RateLimiter<S, DashMapStateStore<S>, SteadyClock, NoOpMiddleware<Duration>>;

/// One token bucket for each key.
pub struct Bucket<K: Hash + Eq + Clone> {
    limiter: Limiter<Slot<K>>,
    clock: SteadyClock,
    hasher: RandomState,
    most_keys: usize,
}

impl<K: Hash + Eq + Clone> Bucket<K> {
    pub fn new(limit: RateLimit, clock: &SteadyClock) -> Self {
        Self {
            limiter: RateLimiter::dashmap_with_clock(quota(limit), clock.clone()),
            clock: clock.clone(),
            hasher: RandomState::new(),
            most_keys: MOST_KEYS,
        }
    }

    /// Takes a token, or says how long there is none.
    pub fn take(&self, key: K) -> Result<(), Limited> {
        let slot = if self.limiter.len() < self.most_keys {
            Slot::Own(key)
        } else {
            Slot::Shared(self.hasher.hash_one(key) % OVERFLOW)
        };
        self.limiter.check_key(&slot).map_err(|not_until| Limited {
            wait: not_until.wait_time_from(self.clock.now()),
        })
    }

    /// Forgets keys whose bucket is full again.
    pub fn sweep(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }
}

/// No longer than what the arithmetic below it can hold (it counts nanoseconds in 64 bits).
fn quota(limit: RateLimit) -> Quota {
    let longest = Duration::from_nanos(u64::MAX / 8 / u64::from(limit.burst.get()));
    let period = limit.period().clamp(Duration::from_nanos(1), longest);
    let quota = Quota::with_period(period);
    // The period is not zero.
    let quota = quota.unwrap_or_else(|| Quota::per_second(NonZeroU32::MIN));
    quota.allow_burst(limit.burst)
}

impl<K: Hash + Eq + Clone> std::fmt::Debug for Bucket<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Keys are personal data.
        f.debug_struct("Bucket").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{super::tests::TestClock, *};

    fn limit(burst: u32, per_second: f64) -> RateLimit {
        RateLimit {
            burst: burst.try_into().unwrap(),
            per_second,
        }
    }

    #[test]
    fn a_burst_then_a_token_at_a_time() {
        let time = Arc::new(TestClock::default());
        let bucket = Bucket::new(limit(3, 0.05), &SteadyClock::new(time.clone()));
        for _ in 0..3 {
            bucket.take("a").unwrap();
        }
        assert_eq!(bucket.take("a").unwrap_err().wait, Duration::from_secs(20));
        bucket.take("b").unwrap();
        time.advance(19);
        assert_eq!(bucket.take("a").unwrap_err().wait, Duration::from_secs(1));
        time.advance(1);
        bucket.take("a").unwrap();
        bucket.take("a").unwrap_err();
    }

    #[test]
    fn a_clock_that_is_set_back_neither_gives_nor_holds_back_tokens() {
        let time = Arc::new(TestClock::default());
        let bucket = Bucket::new(limit(1, 0.1), &SteadyClock::new(time.clone()));
        bucket.take("a").unwrap();
        time.advance(-3600);
        bucket.take("a").unwrap_err();
        time.advance(10);
        bucket.take("a").unwrap();
    }

    #[test]
    fn extreme_settings_do_not_break_the_arithmetic() {
        for (burst, per_second) in [
            (1, 1e-300),
            (u32::MAX, 1e-300),
            (u32::MAX, 1e-9),
            (1, 1e300),
            (u32::MAX, 1e300),
            (1, 1e-9),
        ] {
            let time = Arc::new(TestClock::default());
            let bucket = Bucket::new(limit(burst, per_second), &SteadyClock::new(time.clone()));
            bucket.take("a").unwrap();
            let _ = bucket.take("a");
            time.advance(3600 * 24 * 365);
            let _ = bucket.take("a");
        }
    }

    #[test]
    fn memory_is_bounded_and_given_back() {
        let time = Arc::new(TestClock::default());
        let mut bucket = Bucket::new(limit(1, 1.0), &SteadyClock::new(time.clone()));
        bucket.most_keys = 10;
        for key in 0..100_000 {
            let _ = bucket.take(key);
        }
        assert!(bucket.limiter.len() <= 10 + usize::try_from(OVERFLOW).unwrap());
        bucket.take(100_001).unwrap_err();
        time.advance(2);
        bucket.sweep();
        assert_eq!(bucket.limiter.len(), 0);
        bucket.take(100_001).unwrap();
    }
}
