//! `matrix`: the homeserver.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::config::{
    key_path::KeyPath,
    report::Report,
    secret::{Secret, settle},
    section::Section,
};

/// The homeserver that accounts belong to (contract/oauth2.md section 23, `matrix`).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Matrix {
    /// How to speak to it. Default `none`, unlike the reference.
    pub kind: MatrixKind,
    /// The server name, the part after the colon of a Matrix id. Default `localhost:8008`.
    pub homeserver: String,
    /// Shared with the homeserver; also the bearer token of its introspection requests.
    pub secret: Option<Secret<String>>,
    secret_file: Option<PathBuf>,
    /// The base of the homeserver's API. Default `http://localhost:8008/`.
    pub endpoint: Option<Url>,
}

/// Which homeserver to speak to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatrixKind {
    /// Ours: no homeserver. A display name is the username, every well-formed name is free.
    #[default]
    None,
    Synapse,
    /// Reads only; for a migration's rehearsal.
    SynapseReadOnly,
    SynapseLegacy,
    SynapseModern,
}

/// Why `synapse_legacy` is refused.
pub const NO_LEGACY: &str = "synapse_legacy speaks to versions of Synapse that have no API for account \
    services, which is not supported; update Synapse and write `synapse`";

impl Default for Matrix {
    fn default() -> Self {
        Self {
            kind: MatrixKind::None,
            homeserver: "localhost:8008".to_owned(),
            secret: None,
            secret_file: None,
            endpoint: Url::parse("http://localhost:8008/").ok(),
        }
    }
}

impl Section for Matrix {
    fn check(&mut self, at: &KeyPath, report: &mut Report<'_>) {
        let given = self.secret.is_some() || self.secret_file.is_some();
        settle(
            &mut self.secret,
            self.secret_file.as_deref(),
            "secret",
            at,
            report,
        );
        if self.kind == MatrixKind::SynapseLegacy {
            report.problem(&at.key("kind"), NO_LEGACY);
        }
        if self.kind == MatrixKind::None && given {
            report.warn(
                &at.key("kind"),
                "is `none`, so that no homeserver is spoken to; write `kind: synapse` if there is one",
            );
        }
        if self.kind != MatrixKind::None && !given {
            report.problem(
                &at.key("secret"),
                "missing; give `secret` or `secret_file` as the homeserver has it, or `kind: none`",
            );
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || "-.:[]".contains(c);
        if self.homeserver.is_empty() || !self.homeserver.chars().all(plain) {
            report.problem(
                &at.key("homeserver"),
                format!(
                    "found the text `{}`, expected a server name such as example.com, without scheme",
                    self.homeserver
                ),
            );
        }
        if let Some(endpoint) = &self.endpoint
            && !matches!(endpoint.scheme(), "http" | "https")
        {
            report.problem(&at.key("endpoint"), "must start with http:// or https://");
        }
    }
}
