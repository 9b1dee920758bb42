//! The real clock and the real randomness: the one place that may read them.

use std::sync::{Mutex, PoisonError};

use muniment_store::{Clock, Entropy};
use rand::{RngCore, SeedableRng, TryRngCore, rngs::OsRng};
use rand_chacha::ChaCha20Rng;

#[derive(Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the clock"
    )]
    fn now(&self) -> i64 {
        chrono::Utc::now().timestamp_micros()
    }
}

/// A cryptographic generator, seeded once by the operating system.
pub struct SystemEntropy(Mutex<ChaCha20Rng>);

impl SystemEntropy {
    pub fn new() -> Result<Self, rand::rand_core::OsError> {
        let mut seed = [0u8; 32];
        OsRng.try_fill_bytes(&mut seed)?;
        Ok(Self(Mutex::new(ChaCha20Rng::from_seed(seed))))
    }
}

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .fill_bytes(bytes);
    }
}

impl std::fmt::Debug for SystemEntropy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SystemEntropy")
    }
}
