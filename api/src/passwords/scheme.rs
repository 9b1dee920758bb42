//! The ways of hashing (contract oauth2.md 18.1).

use std::borrow::Cow;

use argon2::{
    Argon2, Params, Version,
    password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, Salt, SaltString},
};
use pbkdf2::Pbkdf2;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

const PBKDF2_ROUNDS: u32 = 600_000;
const PBKDF2_LENGTH: usize = 32;
const BCRYPT_COST: u32 = 12;

/// Bytes of a salt, for every way of hashing.
pub const SALT: usize = 16;

/// One way of hashing, under its version.
#[derive(Clone)]
pub struct Scheme {
    /// Stored beside each hash.
    pub version: u16,
    pub algorithm: Algorithm,
    /// Mixed into every hash: without it, stolen hashes are of no use.
    pub pepper: Option<Zeroizing<Vec<u8>>>,
    /// NFKC before hashing.
    pub unicode_normalization: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    Argon2id,
    Bcrypt {
        /// Default 12.
        cost: Option<u32>,
    },
    Pbkdf2,
}

/// A hash cannot be made, or not be read; for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("password hashing failed: {0}")]
pub struct SchemeError(String);

fn failed(error: impl std::fmt::Display) -> SchemeError {
    SchemeError(error.to_string())
}

impl Scheme {
    /// argon2id as it is when nothing is configured.
    #[must_use]
    pub const fn argon2id(version: u16) -> Self {
        Self {
            version,
            algorithm: Algorithm::Argon2id,
            pepper: None,
            unicode_normalization: false,
        }
    }

    /// A PHC string, or what bcrypt has instead.
    pub(super) fn hash(&self, password: &str, salt: [u8; SALT]) -> Result<String, SchemeError> {
        let password = self.prepared(password);
        match self.algorithm {
            Algorithm::Argon2id => {
                let salt = SaltString::encode_b64(&salt).map_err(failed)?;
                let hash = self.argon2()?.hash_password(&password, &salt);
                hash.map(|hash| hash.to_string()).map_err(failed)
            }
            Algorithm::Bcrypt { cost } => {
                let cost = cost.unwrap_or(BCRYPT_COST);
                // What lies beyond 72 bytes is not looked at, as everywhere with bcrypt.
                bcrypt::hash_with_salt(&*password, cost, salt)
                    .map(|parts| parts.format_for_version(bcrypt::Version::TwoB))
                    .map_err(failed)
            }
            Algorithm::Pbkdf2 => {
                let salt = SaltString::encode_b64(&salt).map_err(failed)?;
                let params = pbkdf2::Params {
                    rounds: PBKDF2_ROUNDS,
                    output_length: PBKDF2_LENGTH,
                };
                let salt: Salt<'_> = salt.as_salt();
                let hash = Pbkdf2.hash_password_customized(&password, None, None, params, salt);
                hash.map(|hash| hash.to_string()).map_err(failed)
            }
        }
    }

    /// Compares in constant time.
    pub(super) fn verify(&self, password: &str, stored: &str) -> Result<bool, SchemeError> {
        let password = self.prepared(password);
        let verified = match self.algorithm {
            Algorithm::Bcrypt { .. } => return bcrypt::verify(&*password, stored).map_err(failed),
            Algorithm::Argon2id => {
                let stored = PasswordHash::new(stored).map_err(failed)?;
                self.argon2()?.verify_password(&password, &stored)
            }
            Algorithm::Pbkdf2 => {
                let stored = PasswordHash::new(stored).map_err(failed)?;
                Pbkdf2.verify_password(&password, &stored)
            }
        };
        match verified {
            Ok(()) => Ok(true),
            Err(argon2::password_hash::Error::Password) => Ok(false),
            Err(error) => Err(failed(error)),
        }
    }

    fn argon2(&self) -> Result<Argon2<'_>, SchemeError> {
        let (algorithm, version) = (argon2::Algorithm::Argon2id, Version::V0x13);
        match &self.pepper {
            Some(pepper) => {
                Argon2::new_with_secret(pepper, algorithm, version, Params::DEFAULT).map_err(failed)
            }
            None => Ok(Argon2::new(algorithm, version, Params::DEFAULT)),
        }
    }

    /// The bytes that are hashed.
    fn prepared(&self, password: &str) -> Zeroizing<Vec<u8>> {
        let text = if self.unicode_normalization {
            Cow::Owned(password.nfkc().collect::<String>())
        } else {
            Cow::Borrowed(password)
        };
        let mut bytes = Zeroizing::new(match text {
            Cow::Owned(text) => text.into_bytes(),
            Cow::Borrowed(text) => text.as_bytes().to_vec(),
        });
        // argon2 has a place of its own for it.
        if let Some(pepper) = &self.pepper
            && self.algorithm != Algorithm::Argon2id
        {
            let mut peppered = Zeroizing::new(Vec::with_capacity(bytes.len() + pepper.len()));
            peppered.extend_from_slice(&bytes);
            peppered.extend_from_slice(pepper);
            bytes = peppered;
        }
        bytes
    }
}

impl std::fmt::Debug for Scheme {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scheme")
            .field("version", &self.version)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scheme(algorithm: Algorithm) -> Scheme {
        Scheme {
            algorithm,
            ..Scheme::argon2id(1)
        }
    }

    const ALL: [Algorithm; 3] = [
        Algorithm::Argon2id,
        Algorithm::Bcrypt { cost: Some(4) },
        Algorithm::Pbkdf2,
    ];

    #[test]
    fn hashes_have_the_parameters_that_others_expect() {
        for (algorithm, start) in [
            (Algorithm::Argon2id, "$argon2id$v=19$m=19456,t=2,p=1$"),
            (Algorithm::Bcrypt { cost: Some(4) }, "$2b$04$"),
            (Algorithm::Pbkdf2, "$pbkdf2-sha256$i=600000,l=32$"),
        ] {
            let hash = scheme(algorithm).hash("hunter2", [1; SALT]).unwrap();
            assert!(hash.starts_with(start), "{hash}");
        }
    }

    #[test]
    fn the_right_password_is_told_from_a_wrong_one() {
        for algorithm in ALL {
            let scheme = scheme(algorithm);
            let hash = scheme.hash("hunter2", [1; SALT]).unwrap();
            assert_eq!(scheme.verify("hunter2", &hash), Ok(true), "{algorithm:?}");
            assert_eq!(scheme.verify("hunter3", &hash), Ok(false), "{algorithm:?}");
            assert!(scheme.verify("hunter2", "nonsense").is_err());
        }
    }

    #[test]
    fn without_the_pepper_a_hash_is_of_no_use() {
        for algorithm in ALL {
            let peppered = Scheme {
                pepper: Some(Zeroizing::new(b"pepper".to_vec())),
                ..scheme(algorithm)
            };
            let hash = peppered.hash("hunter2", [1; SALT]).unwrap();
            assert_eq!(peppered.verify("hunter2", &hash), Ok(true));
            assert_eq!(scheme(algorithm).verify("hunter2", &hash), Ok(false));
        }
    }

    #[test]
    fn the_pepper_follows_the_password_except_with_argon2() {
        let bcrypt = scheme(Algorithm::Bcrypt { cost: Some(4) });
        let hash = bcrypt.hash("hunter2pepper", [1; SALT]).unwrap();
        let peppered = Scheme {
            pepper: Some(Zeroizing::new(b"pepper".to_vec())),
            ..bcrypt
        };
        assert_eq!(peppered.verify("hunter2", &hash), Ok(true));
    }

    #[test]
    fn normalisation_makes_one_password_of_two_spellings() {
        let plain = scheme(Algorithm::Bcrypt { cost: Some(4) });
        let normalising = Scheme {
            unicode_normalization: true,
            ..plain.clone()
        };
        // Å as one sign, and as A with a ring.
        let hash = normalising.hash("\u{c5}", [1; SALT]).unwrap();
        assert_eq!(normalising.verify("A\u{30a}", &hash), Ok(true));
        let hash = plain.hash("\u{c5}", [1; SALT]).unwrap();
        assert_eq!(plain.verify("A\u{30a}", &hash), Ok(false));
    }

    #[test]
    fn known_bcrypt_hashes_are_verified() {
        let scheme = scheme(Algorithm::Bcrypt { cost: None });
        // Test vectors of OpenBSD and PHP, as crypt(3) confirms them.
        for (password, hash) in [
            (
                "",
                "$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.",
            ),
            (
                "a",
                "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe",
            ),
            (
                "abc",
                "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i",
            ),
            (
                "U*U",
                "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
            ),
            (
                "rasmuslerdorf",
                "$2y$07$BCryptRequires22Chrcte/VlQH0piJtjXl.0t1XkA8pw9dMXTpOq",
            ),
        ] {
            assert_eq!(scheme.verify(password, hash), Ok(true), "{password}");
            assert_eq!(scheme.verify("another", hash), Ok(false), "{password}");
        }
    }

    /// The vector of RFC 7914 section 11 for PBKDF2-HMAC-SHA-256 ("passwd", "salt", 1 round), its
    /// first 32 bytes, and one of 4096 rounds that is in common use.
    #[test]
    fn known_pbkdf2_hashes_are_verified() {
        let scheme = scheme(Algorithm::Pbkdf2);
        for (password, hash) in [
            (
                "passwd",
                "$pbkdf2-sha256$i=1,l=32$c2FsdA$VawEblbjCJ/sFpHCJUS2BflBhSFt3gRl5oudV8INrLw",
            ),
            (
                "password",
                "$pbkdf2-sha256$i=4096,l=32$c2FsdA$xeR41ZKIyEGqUw22hFxMjZYok6ABzk4RpJY4c6qYE0o",
            ),
        ] {
            assert_eq!(scheme.verify(password, hash), Ok(true), "{password}");
            assert_eq!(scheme.verify("another", hash), Ok(false));
        }
    }
}
