//! Time and randomness for measurements: real, and cheap.

use std::sync::atomic::{AtomicU64, Ordering};

use muniment_store::{Clock, Entropy};

#[derive(Debug)]
pub struct WallClock;

impl Clock for WallClock {
    #[expect(clippy::disallowed_methods, reason = "a bench runs in real time")]
    fn now(&self) -> i64 {
        std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .ok()
            .and_then(|since| i64::try_from(since.as_micros()).ok())
            .unwrap_or(0)
    }
}

/// Different at each call, which is all that ids of a bench need.
#[derive(Debug, Default)]
pub struct Sequence(AtomicU64);

impl Entropy for Sequence {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let n = self.0.fetch_add(1, Ordering::Relaxed);
            // A multiplicative hash, so that neighbours differ in every byte.
            let mixed = (n ^ 0x5851_F42D_4C95_7F2D)
                .wrapping_mul(0x9E37_79B9_7F4A_7C15)
                .to_be_bytes();
            chunk.copy_from_slice(&mixed[..chunk.len()]);
        }
    }
}
