//! Passwords: strength, hashing and verification (contract oauth2.md 18), off the async threads and
//! few at a time.

mod pool;
mod scheme;
mod settings;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use muniment_store::{Entropy, StoredPassword};
use zeroize::Zeroizing;

use crate::accounts::AccountError;
pub use pool::Load;
use pool::Pool;
use scheme::{SALT, SchemeError};

pub use scheme::{Algorithm, Scheme};
pub use settings::PasswordSettings;

/// zxcvbn's time grows steeply with the length; what lies beyond cannot make a password weaker.
const ESTIMATED_CHARS: usize = 100;

/// What a password turned out to be.
#[derive(Clone, PartialEq, Eq)]
pub enum Verdict {
    Wrong,
    Right,
    /// Right, but hashed in a way that is not the current one: this is its new hash, to be stored.
    RightOutdated {
        scheme_version: u16,
        hash: String,
    },
}

impl std::fmt::Debug for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Wrong => "Wrong",
            Self::Right => "Right",
            Self::RightOutdated { .. } => "RightOutdated(***)",
        })
    }
}

/// Checks, hashes and verifies passwords. Every method may answer [`AccountError::Busy`].
#[derive(Debug)]
pub struct Passwords {
    enabled: bool,
    minimum_complexity: u8,
    /// The one that hashes new passwords first.
    schemes: Vec<Arc<Scheme>>,
    entropy: Arc<dyn Entropy>,
    pool: Pool,
}

impl Passwords {
    #[must_use]
    pub fn new(settings: PasswordSettings, entropy: Arc<dyn Entropy>) -> Self {
        let mut schemes: Vec<Arc<Scheme>> = settings.schemes.into_iter().map(Arc::new).collect();
        schemes.sort_by_key(|scheme| std::cmp::Reverse(scheme.version));
        Self {
            enabled: settings.enabled,
            minimum_complexity: settings.minimum_complexity,
            schemes,
            entropy,
            pool: Pool::for_this_machine(),
        }
    }

    /// How busy it is with hashing.
    #[must_use]
    pub fn load(&self) -> Load {
        self.pool.load()
    }

    #[must_use]
    pub const fn enabled(&self) -> bool {
        self.enabled
    }

    /// Whether zxcvbn's score reaches the configured minimum.
    pub async fn is_strong_enough(&self, password: &str) -> Result<bool, AccountError> {
        let minimum = self.minimum_complexity;
        let password: Zeroizing<String> =
            Zeroizing::new(password.chars().take(ESTIMATED_CHARS).collect());
        self.pool
            .run(move || u8::from(zxcvbn::zxcvbn(&password, &[]).score()) >= minimum)
            .await
    }

    /// The current scheme's version and the hash under it.
    pub async fn hash(&self, password: &str) -> Result<(u16, String), AccountError> {
        let scheme = self
            .schemes
            .first()
            .ok_or_else(|| AccountError::Internal("no password scheme is configured".to_owned()))?
            .clone();
        let version = scheme.version;
        let mut salt = [0u8; SALT];
        self.entropy.fill(&mut salt);
        let password = Zeroizing::new(password.to_owned());
        let hash = self
            .pool
            .run(move || scheme.hash(&password, salt))
            .await??;
        Ok((version, hash))
    }

    /// Whether it is the password. Costs the same whether it is or not.
    pub async fn verify(
        &self,
        password: &str,
        stored: &StoredPassword,
    ) -> Result<bool, AccountError> {
        let scheme = self
            .schemes
            .iter()
            .find(|scheme| scheme.version == stored.scheme_version)
            .ok_or_else(|| {
                AccountError::Internal(format!(
                    "a password is stored under scheme {}, which passwords.schemes does not have",
                    stored.scheme_version
                ))
            })?
            .clone();
        let password = Zeroizing::new(password.to_owned());
        let hash = stored.hash.clone();
        Ok(self
            .pool
            .run(move || scheme.verify(&password, &hash))
            .await??)
    }

    /// As [`Passwords::verify`]; a password that is hashed in an outdated way is hashed anew
    /// meanwhile, right or wrong, so that the time tells nothing.
    pub async fn verify_and_upgrade(
        &self,
        password: &str,
        stored: &StoredPassword,
    ) -> Result<Verdict, AccountError> {
        let is_current = self
            .schemes
            .first()
            .is_some_and(|scheme| scheme.version == stored.scheme_version);
        if is_current {
            let right = self.verify(password, stored).await?;
            return Ok(if right {
                Verdict::Right
            } else {
                Verdict::Wrong
            });
        }
        let (right, (scheme_version, hash)) =
            tokio::try_join!(self.verify(password, stored), self.hash(password))?;
        Ok(if right {
            Verdict::RightOutdated {
                scheme_version,
                hash,
            }
        } else {
            Verdict::Wrong
        })
    }

    /// Costs what verifying a password under the current scheme costs: for a user who does not
    /// exist or has no password, so that the time does not tell.
    pub async fn verify_nobody(&self, password: &str) -> Result<(), AccountError> {
        self.hash(password).await.map(drop)
    }
}

impl From<SchemeError> for AccountError {
    fn from(error: SchemeError) -> Self {
        Self::Internal(error.to_string())
    }
}
