//! The real clock, the real randomness and the way out to others: the one place that may make them.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

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

/// What speaks HTTP to others. Follows no redirection, as that would carry secrets elsewhere, and uses
/// no proxy of the environment: whom we speak to is beside us. Those who call give each request a time
/// limit of its own.
pub fn http_client() -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(5))
        .timeout(Duration::from_secs(60))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .user_agent(concat!("muniment/", env!("CARGO_PKG_VERSION")))
        .build()
}
