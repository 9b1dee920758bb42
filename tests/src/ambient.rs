//! Time and randomness under a test's control.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use muniment_store::{Clock, Entropy};
use rand::{RngCore, SeedableRng, TryRngCore, rngs::OsRng};
use rand_chacha::ChaCha20Rng;

/// A clock that stands still until it is moved, in either direction.
#[derive(Debug)]
pub struct TestClock(AtomicI64);

/// What a server's clock shows, in microseconds since 1970.
#[expect(
    clippy::disallowed_methods,
    reason = "the server is another process, which reads this clock too"
)]
#[must_use]
pub fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let micros = since.expect("it is later than 1970").as_micros();
    i64::try_from(micros).expect("and not by much")
}

impl TestClock {
    /// 2022-01-16T14:40:00Z.
    pub const START: i64 = 1_642_344_000_000_000;

    #[must_use]
    pub fn at(micros: i64) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(micros)))
    }

    pub fn set(&self, micros: i64) {
        self.0.store(micros, Ordering::SeqCst);
    }

    /// Moves by so many microseconds, backwards when negative.
    pub fn step(&self, micros: i64) {
        self.0.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// Randomness that repeats from run to run, or none that anybody can foresee.
pub struct TestEntropy(Mutex<ChaCha20Rng>);

impl TestEntropy {
    #[must_use]
    pub fn seeded(seed: u64) -> Arc<Self> {
        Arc::new(Self(Mutex::new(ChaCha20Rng::seed_from_u64(seed))))
    }

    /// Seeded with 1, 2, 3 …: no two in one process draw the same.
    #[must_use]
    pub fn next() -> Arc<Self> {
        static SEED: AtomicU64 = AtomicU64::new(1);
        Self::seeded(SEED.fetch_add(1, Ordering::SeqCst))
    }

    /// Seeded by the operating system, for what must be unique among processes.
    #[must_use]
    pub fn real() -> Arc<Self> {
        let mut seed = [0u8; 32];
        OsRng
            .try_fill_bytes(&mut seed)
            .expect("the operating system has randomness");
        Arc::new(Self(Mutex::new(ChaCha20Rng::from_seed(seed))))
    }
}

impl Entropy for TestEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .fill_bytes(bytes);
    }
}

impl fmt::Debug for TestEntropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TestEntropy")
    }
}
