//! `passwords`: hashing and strength (contract/oauth2.md section 18).

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::config::{
    key_path::KeyPath,
    report::Report,
    secret::{Secret, settle},
    section::Section,
};

/// Password login.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Passwords {
    /// Whether passwords exist at all. Default true.
    pub enabled: bool,
    /// The least zxcvbn score of a new password, 0 to 4. Default 3.
    pub minimum_complexity: u8,
    /// How passwords are hashed. The highest version hashes, the others only verify. Default:
    /// version 1, argon2id.
    pub schemes: Vec<Scheme>,
}

/// One way of hashing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Scheme {
    /// Stored beside each hash; unique.
    pub version: u16,
    pub algorithm: Algorithm,
    /// bcrypt only, 4 to 31. Default 12.
    #[serde(default)]
    pub cost: Option<u32>,
    /// Mixed into every hash (pepper).
    #[serde(default)]
    pub secret: Option<Secret<String>>,
    #[serde(default)]
    secret_file: Option<PathBuf>,
    /// NFKC before hashing, as hashes from Synapse need. Default false.
    #[serde(default)]
    pub unicode_normalization: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Algorithm {
    /// Argon2id v19, m=19456 KiB, t=2, p=1.
    Argon2id,
    /// bcrypt 2b.
    Bcrypt,
    /// PBKDF2-HMAC-SHA-256, 600000 rounds, 32 bytes.
    Pbkdf2,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            enabled: true,
            minimum_complexity: 3,
            schemes: vec![Scheme {
                version: 1,
                algorithm: Algorithm::Argon2id,
                cost: None,
                secret: None,
                secret_file: None,
                unicode_normalization: false,
            }],
        }
    }
}

impl Passwords {
    /// The scheme that hashes new passwords.
    #[must_use]
    pub fn current_scheme(&self) -> Option<&Scheme> {
        self.schemes.iter().max_by_key(|scheme| scheme.version)
    }
}

impl Section for Passwords {
    fn check(&mut self, at: &KeyPath, report: &mut Report<'_>) {
        if self.minimum_complexity > 4 {
            report.problem(
                &at.key("minimum_complexity"),
                format!(
                    "found `{}`, expected a score from 0 to 4",
                    self.minimum_complexity
                ),
            );
        }
        let at = at.key("schemes");
        if self.schemes.is_empty() {
            report.problem(&at, "must hold a scheme; remove the key for argon2id");
        }
        let mut versions: Vec<u16> = Vec::new();
        for (index, scheme) in self.schemes.iter_mut().enumerate() {
            let at = at.index(index);
            let file = scheme.secret_file.as_deref();
            settle(&mut scheme.secret, file, "secret", &at, report);
            if versions.contains(&scheme.version) {
                report.problem(
                    &at.key("version"),
                    format!(
                        "version {} is used twice; give each scheme its own",
                        scheme.version
                    ),
                );
            }
            versions.push(scheme.version);
            match (scheme.algorithm, scheme.cost) {
                (_, None) | (Algorithm::Bcrypt, Some(4..=31)) => {}
                (Algorithm::Bcrypt, Some(cost)) => report.problem(
                    &at.key("cost"),
                    format!("found `{cost}`, expected a number from 4 to 31"),
                ),
                (Algorithm::Argon2id | Algorithm::Pbkdf2, Some(_)) => {
                    report.warn(&at.key("cost"), "has no effect except with bcrypt");
                }
            }
        }
    }
}
