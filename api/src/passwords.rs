//! Passwords: strength, hashing and verification, off the async threads and few at a time, so that
//! a storm of them leaves the rest of the program its processors.

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version,
    password_hash::{PasswordHash, SaltString},
};
use muniment_store::{Entropy, StoredPassword};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::accounts::AccountError;

/// zxcvbn's time grows steeply with the length; what lies beyond cannot make a password weaker.
const ESTIMATED_CHARS: usize = 100;

/// How passwords are treated (contract oauth2.md 18).
#[derive(Debug, Clone)]
pub struct PasswordSettings {
    pub enabled: bool,
    /// Least zxcvbn score, 0 to 4.
    pub minimum_complexity: u8,
    /// Version number under which new hashes are stored.
    pub scheme_version: u16,
}

/// Checks, hashes and verifies passwords.
#[derive(Debug)]
pub struct Passwords {
    settings: PasswordSettings,
    entropy: Arc<dyn Entropy>,
    at_once: Arc<Semaphore>,
}

impl Passwords {
    #[must_use]
    pub fn new(settings: PasswordSettings, entropy: Arc<dyn Entropy>) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            settings,
            entropy,
            at_once: Arc::new(Semaphore::new(processors.div_ceil(2))),
        }
    }

    #[must_use]
    pub const fn enabled(&self) -> bool {
        self.settings.enabled
    }

    /// Whether zxcvbn's score reaches the configured minimum.
    pub async fn is_strong_enough(&self, password: &str) -> Result<bool, AccountError> {
        let minimum = self.settings.minimum_complexity;
        let password: Zeroizing<String> =
            Zeroizing::new(password.chars().take(ESTIMATED_CHARS).collect());
        self.off_thread(move || Ok(u8::from(zxcvbn::zxcvbn(&password, &[]).score()) >= minimum))
            .await
    }

    /// The scheme's version and the argon2id hash as a PHC string.
    pub async fn hash(&self, password: &str) -> Result<(u16, String), AccountError> {
        let mut salt = [0u8; 16];
        self.entropy.fill(&mut salt);
        let password = Zeroizing::new(password.to_owned());
        let hash = self
            .off_thread(move || {
                let salt = SaltString::encode_b64(&salt).map_err(failed)?;
                argon2id()
                    .hash_password(password.as_bytes(), &salt)
                    .map(|hash| hash.to_string())
                    .map_err(failed)
            })
            .await?;
        Ok((self.settings.scheme_version, hash))
    }

    /// Compares in constant time.
    pub async fn verify(
        &self,
        password: &str,
        stored: &StoredPassword,
    ) -> Result<bool, AccountError> {
        let password = Zeroizing::new(password.to_owned());
        let hash = stored.hash.clone();
        self.off_thread(move || {
            let hash = PasswordHash::new(&hash).map_err(failed)?;
            match argon2id().verify_password(password.as_bytes(), &hash) {
                Ok(()) => Ok(true),
                Err(argon2::password_hash::Error::Password) => Ok(false),
                Err(error) => Err(failed(error)),
            }
        })
        .await
    }

    async fn off_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, AccountError> + Send + 'static,
    ) -> Result<T, AccountError> {
        let _turn = self.at_once.acquire().await.map_err(failed)?;
        tokio::task::spawn_blocking(work).await.map_err(failed)?
    }
}

fn argon2id() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT)
}

fn failed(error: impl std::fmt::Display) -> AccountError {
    AccountError::Internal(format!("password hashing failed: {error}"))
}
