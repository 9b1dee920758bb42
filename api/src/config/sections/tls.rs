//! `http.listeners[].tls`: the certificate of a listener.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::config::{
    key_path::KeyPath,
    report::Report,
    secret::{Secret, settle},
};

/// Certificate chain and key, both PEM, each inline or in a file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Tls {
    certificate: Option<String>,
    certificate_file: Option<PathBuf>,
    key: Option<Secret<String>>,
    key_file: Option<PathBuf>,
    /// Opens an encrypted key.
    pub password: Option<Secret<String>>,
    password_file: Option<PathBuf>,
}

impl Tls {
    /// The certificate chain, PEM.
    #[must_use]
    pub fn certificate(&self) -> &str {
        self.certificate.as_deref().unwrap_or_default()
    }

    /// The private key, PEM.
    #[must_use]
    pub fn key(&self) -> &str {
        self.key.as_ref().map_or("", |key| key.expose())
    }

    pub(super) fn check(&mut self, at: &KeyPath, report: &mut Report<'_>) {
        let mut certificate = self.certificate.take().map(Secret::new);
        let file = self.certificate_file.as_deref();
        settle(&mut certificate, file, "certificate", at, report);
        self.certificate = certificate.map(|pem| pem.expose().clone());
        settle(&mut self.key, self.key_file.as_deref(), "key", at, report);
        settle(
            &mut self.password,
            self.password_file.as_deref(),
            "password",
            at,
            report,
        );
        let pairs = [
            (
                "certificate",
                self.certificate.is_some() || self.certificate_file.is_some(),
            ),
            ("key", self.key.is_some() || self.key_file.is_some()),
        ];
        for (key, given) in pairs {
            if !given {
                report.problem(
                    &at.key(key),
                    format!("missing; give `{key}` or `{key}_file`"),
                );
            }
        }
    }
}
