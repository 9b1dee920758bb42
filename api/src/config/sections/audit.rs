//! Ours: `audit`, how the history is sealed.

use std::path::PathBuf;

use muniment_store::tree::Signer;
use serde::{Deserialize, Serialize};

use crate::config::{
    key_path::KeyPath,
    report::Report,
    secret::{Secret, settle},
    section::Section,
};

/// A day, in seconds.
const LONGEST_INTERVAL: u64 = 86_400;

/// Ours: how the history is sealed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Audit {
    /// Whose log it is, in every checkpoint and for ever. Default: the issuer's host, and `/muniment`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// Seconds from an event to the checkpoint that seals it. Default 10.
    pub checkpoint_interval: u64,
    /// Ed25519, PKCS#8 in PEM. Default: a key that is made at the first start.
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_key: Option<Secret<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_key_file: Option<PathBuf>,
    #[serde(skip)]
    signing_key_der: Option<Secret<Vec<u8>>>,
}

impl Default for Audit {
    fn default() -> Self {
        Self {
            origin: None,
            checkpoint_interval: 10,
            signing_key: None,
            signing_key_file: None,
            signing_key_der: None,
        }
    }
}

impl Audit {
    /// PKCS#8, DER.
    #[must_use]
    pub const fn signing_key(&self) -> Option<&Secret<Vec<u8>>> {
        self.signing_key_der.as_ref()
    }
}

impl Section for Audit {
    fn check(&mut self, at: &KeyPath, report: &mut Report<'_>) {
        if !(1..=LONGEST_INTERVAL).contains(&self.checkpoint_interval) {
            report.problem(
                &at.key("checkpoint_interval"),
                format!("must be from 1 to {LONGEST_INTERVAL} (seconds)"),
            );
        }
        if let Some(origin) = &self.origin
            && let Err(error) = Signer::check_origin(origin)
        {
            report.problem(&at.key("origin"), error.to_string());
        }
        let file = self.signing_key_file.as_deref();
        settle(&mut self.signing_key, file, "signing_key", at, report);
        if let Some(text) = &self.signing_key {
            self.signing_key_der = key_of_pem(text.expose());
            if self.signing_key_der.is_none() {
                let key = if file.is_some() {
                    "signing_key_file"
                } else {
                    "signing_key"
                };
                report.problem(
                    &at.key(key),
                    "not an Ed25519 key in PEM; make one with `openssl genpkey -algorithm ed25519`",
                );
            }
        }
    }
}

fn key_of_pem(text: &str) -> Option<Secret<Vec<u8>>> {
    let pem = pem::parse(text).ok()?;
    let der = Secret::new(pem.into_contents());
    Signer::from_pkcs8("any", der.expose())?;
    Some(der)
}
