//! All keys of this server: which sign, and which are shown.

use muniment_store::{
    Clock, KeyError, Sealer,
    signing_keys::{self, SigningKeyRow},
    sql::Database,
    time::MINUTE,
};
use serde::Serialize;

use super::{
    Algorithm, JwkSet, KeyKind, jws,
    key::{PrivateKey, SigningError},
};

/// A key of the configuration.
#[derive(Debug)]
pub struct ConfiguredKey {
    /// Default: the thumbprint.
    pub kid: Option<String>,
    pub key: PrivateKey,
    /// Where it was configured, for people.
    pub place: String,
}

/// Where a key comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    Configured {
        place: String,
    },
    Stored {
        /// Microseconds since 1970.
        created_at: i64,
    },
}

/// A key and its name.
#[derive(Debug)]
pub struct SigningKey {
    pub kid: String,
    pub key: PrivateKey,
    pub origin: Origin,
}

/// The keys, in the order in which they are preferred.
#[derive(Debug)]
pub struct SigningKeys {
    keys: Vec<SigningKey>,
    public: JwkSet,
}

/// How long a new key is published before it signs, in microseconds: other processes look for it once
/// a minute.
pub(super) const PUBLISHED_FIRST: i64 = 2 * MINUTE;

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    #[error("no key can sign with {}", .0.name())]
    NoKey(Algorithm),
    #[error("the claims cannot be written: {0}")]
    Claims(#[from] serde_json::Error),
    #[error(transparent)]
    Failed(#[from] SigningError),
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum SigningKeysError {
    #[error("signing keys: {0}")]
    Store(#[from] KeyError),
    #[error("a signing key could not be generated")]
    Generate(#[from] SigningError),
    #[error("the stored signing key {kid} cannot be read: {reason}")]
    Damaged { kid: String, reason: &'static str },
}

/// A new key, ready to be stored.
pub fn generate(kind: KeyKind, now: i64) -> Result<SigningKeyRow, SigningError> {
    let der = PrivateKey::generate(kind)?;
    let key = PrivateKey::from_der(&der).map_err(|_| SigningError)?;
    Ok(SigningKeyRow {
        kid: key.thumbprint(),
        kind: kind.name().to_owned(),
        key: der,
        created_at: now,
    })
}

impl SigningKeys {
    /// The keys of the configuration, the preferred first; when it names none, those that are
    /// stored, and at the first start new ones, one of each kind. Processes that start together end
    /// with the same.
    pub async fn open(
        configured: Vec<ConfiguredKey>,
        database: &Database,
        sealer: &Sealer,
        clock: &dyn Clock,
    ) -> Result<Self, SigningKeysError> {
        if !configured.is_empty() {
            return Ok(Self::configured(configured));
        }
        let now = clock.now();
        let keys = Self::stored(database, sealer, now).await?;
        if !keys.all().is_empty() {
            return Ok(keys);
        }
        let made = tokio::task::spawn_blocking(move || {
            KeyKind::ALL
                .into_iter()
                .map(|kind| generate(kind, now))
                .collect::<Result<Vec<_>, _>>()
        });
        let made = made.await.map_err(|_| SigningError)??;
        signing_keys::add_first(database, sealer, &made).await?;
        Self::stored(database, sealer, now).await
    }

    /// Those that are stored. The newest of a kind signs, once every process has had the time to
    /// publish it.
    pub async fn stored(
        database: &Database,
        sealer: &Sealer,
        now: i64,
    ) -> Result<Self, SigningKeysError> {
        let rows = signing_keys::all(database, sealer).await?;
        let (young, old): (Vec<_>, Vec<_>) = rows
            .into_iter()
            .partition(|row| row.created_at > now.saturating_sub(PUBLISHED_FIRST));
        let keys: Result<_, _> = old
            .into_iter()
            .chain(young)
            .map(|row| match PrivateKey::from_der(&row.key) {
                Ok(key) => Ok(SigningKey {
                    kid: row.kid,
                    key,
                    origin: Origin::Stored {
                        created_at: row.created_at,
                    },
                }),
                Err(reason) => Err(SigningKeysError::Damaged {
                    kid: row.kid,
                    reason,
                }),
            })
            .collect();
        Ok(Self::of(keys?))
    }

    /// Of the configuration alone.
    #[must_use]
    pub fn configured(keys: Vec<ConfiguredKey>) -> Self {
        Self::of(
            keys.into_iter()
                .map(|configured| SigningKey {
                    kid: configured
                        .kid
                        .unwrap_or_else(|| configured.key.thumbprint()),
                    key: configured.key,
                    origin: Origin::Configured {
                        place: configured.place,
                    },
                })
                .collect(),
        )
    }

    fn of(keys: Vec<SigningKey>) -> Self {
        let public = JwkSet {
            keys: keys.iter().map(|key| key.key.public(&key.kid)).collect(),
        };
        Self { keys, public }
    }

    /// Every key; of those of one kind, the first signs.
    #[must_use]
    pub fn all(&self) -> &[SigningKey] {
        &self.keys
    }

    pub(super) fn kids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| key.kid.as_str())
    }

    pub(super) fn are_configured(&self) -> bool {
        let configured = |key: &SigningKey| matches!(key.origin, Origin::Configured { .. });
        self.keys.iter().any(configured)
    }

    /// What clients verify with (contract oauth2.md 3.2).
    #[must_use]
    pub const fn public(&self) -> &JwkSet {
        &self.public
    }

    /// What can be signed with, sorted, each once.
    #[must_use]
    pub fn algorithms(&self) -> Vec<Algorithm> {
        let mut algorithms: Vec<Algorithm> = self
            .keys
            .iter()
            .flat_map(|key| key.key.kind().algorithms())
            .copied()
            .collect();
        algorithms.sort_unstable();
        algorithms.dedup();
        algorithms
    }

    /// A JWS in compact form, with `alg`, `kid` and, when given, `typ` in its header.
    pub fn sign(
        &self,
        algorithm: Algorithm,
        claims: &impl Serialize,
        typ: Option<&str>,
    ) -> Result<String, SignError> {
        let signer = self
            .keys
            .iter()
            .find(|key| key.key.kind().algorithms().contains(&algorithm))
            .ok_or(SignError::NoKey(algorithm))?;
        let claims = serde_json::to_vec(claims)?;
        jws::compact(algorithm, Some(&signer.kid), typ, &claims, |message| {
            Ok(signer.key.sign(algorithm, message)?)
        })
    }
}
