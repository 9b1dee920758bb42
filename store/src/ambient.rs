//! Time and randomness, passed in by whoever starts the program, and the ids made of them.

use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

/// The time of day.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// Microseconds since 1970.
    fn now(&self) -> i64;
}

/// Unpredictable bytes.
pub trait Entropy: Send + Sync + std::fmt::Debug {
    fn fill(&self, bytes: &mut [u8]);
}

/// Makes ids that sort by the time at which they were made.
#[derive(Debug)]
pub struct Ids {
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    last: Mutex<u128>,
}

/// The random part of a ULID.
const RANDOM_BITS: u32 = 80;

impl Ids {
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self {
            clock,
            entropy,
            last: Mutex::new(0),
        }
    }

    fn millis(&self) -> u64 {
        u64::try_from(self.clock.now() / 1000).unwrap_or(0)
    }

    /// A ULID for something new. Ids made by one process sort in the order they were made, also
    /// within one millisecond, as lists promise creation order.
    pub fn ulid(&self) -> Uuid {
        let mut random = [0u8; 16];
        self.entropy.fill(&mut random[6..]);
        let fresh = (u128::from(self.millis()) << RANDOM_BITS) | u128::from_be_bytes(random);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = if fresh >> RANDOM_BITS > *last >> RANDOM_BITS {
            fresh
        } else {
            // Same millisecond, or the clock went back: a random step keeps it hard to guess.
            let step = u32::from_be_bytes([random[12], random[13], random[14], random[15]]);
            last.saturating_add(u128::from(step) + 1)
        };
        Uuid::from_u128(*last)
    }

    /// A version 7 UUID (RFC 9562 section 5.7) for an event.
    pub fn event_id(&self) -> Uuid {
        let mut random = [0u8; 10];
        self.entropy.fill(&mut random);
        uuid::Builder::from_unix_timestamp_millis(self.millis(), &random).into_uuid()
    }
}

#[cfg(test)]
pub(crate) mod fixed {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::{Clock, Entropy};

    #[derive(Debug)]
    pub struct At(pub i64);

    impl Clock for At {
        fn now(&self) -> i64 {
            self.0
        }
    }

    /// Repeatable bytes, different at each call.
    #[derive(Debug, Default)]
    pub struct Counter(AtomicU64);

    impl Entropy for Counter {
        fn fill(&self, bytes: &mut [u8]) {
            let n = self.0.fetch_add(1, Ordering::Relaxed).to_le_bytes();
            for (i, byte) in bytes.iter_mut().enumerate() {
                *byte = n[i % n.len()];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ulids_of_one_millisecond_sort_in_the_order_they_were_made() {
        let ids = Ids::new(
            Arc::new(fixed::At(1_642_344_000_000_000)),
            Arc::new(fixed::Counter::default()),
        );
        let made: Vec<Uuid> = (0..100).map(|_| ids.ulid()).collect();
        assert!(made.is_sorted_by(|a, b| a < b));
        assert_eq!(made[0].as_u128() >> RANDOM_BITS, 1_642_344_000_000);
    }

    #[test]
    fn event_ids_are_version_7() {
        let ids = Ids::new(
            Arc::new(fixed::At(1_642_344_000_000_000)),
            Arc::new(fixed::Counter::default()),
        );
        assert_eq!(ids.event_id().get_version_num(), 7);
    }
}
