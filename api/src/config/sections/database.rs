//! `database`: where rows and, by default, events are kept.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use serde::{Deserialize, Serialize, Serializer};
use url::{Url, form_urlencoded};

use super::database_uri::{is_postgres, mask_password, sqlite_uri};
use crate::config::{
    key_path::KeyPath,
    report::Report,
    secret::{Secret, settle},
    section::Section,
};

/// The connection and its pool (contract/oauth2.md section 23, `database`).
#[expect(clippy::struct_field_names, reason = "the contract's names")]
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Database {
    #[serde(serialize_with = "masked")]
    uri: Option<Secret<String>>,
    host: Option<String>,
    port: Option<u16>,
    socket: Option<PathBuf>,
    username: Option<String>,
    password: Option<Secret<String>>,
    password_file: Option<PathBuf>,
    database: Option<String>,
    ssl_mode: Option<SslMode>,
    ssl_ca_file: Option<PathBuf>,
    ssl_certificate_file: Option<PathBuf>,
    ssl_key_file: Option<PathBuf>,
    /// Connections kept open. Default 0.
    pub min_connections: u32,
    /// Most connections. Default 10.
    pub max_connections: u32,
    connect_timeout: u64,
    idle_timeout: u64,
    max_lifetime: u64,
}

/// How the connection's TLS is used, in libpq's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SslMode {
    Disable,
    Allow,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

impl SslMode {
    const fn name(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Allow => "allow",
            Self::Prefer => "prefer",
            Self::Require => "require",
            Self::VerifyCa => "verify-ca",
            Self::VerifyFull => "verify-full",
        }
    }
}

impl Default for Database {
    fn default() -> Self {
        Self {
            uri: None,
            host: None,
            port: None,
            socket: None,
            username: None,
            password: None,
            password_file: None,
            database: None,
            ssl_mode: None,
            ssl_ca_file: None,
            ssl_certificate_file: None,
            ssl_key_file: None,
            min_connections: 0,
            max_connections: 10,
            connect_timeout: 30,
            idle_timeout: 600,
            max_lifetime: 1800,
        }
    }
}

impl Database {
    /// The whole connection as one URI: `sqlite://PATH` or `postgres://…`, with the split keys
    /// and the TLS keys as query parameters.
    #[must_use]
    pub fn connection_uri(&self) -> Secret<String> {
        let base = self.uri.as_ref().map_or("postgres://", |uri| uri.expose());
        if !is_postgres(base) {
            return Secret::new(base.to_owned());
        }
        let mut query = form_urlencoded::Serializer::new(String::new());
        let path = |path: &PathBuf| path.to_str().map(ToOwned::to_owned);
        let pairs = [
            ("host", self.host.clone()),
            ("host", self.socket.as_ref().and_then(path)),
            ("port", self.port.map(|port| port.to_string())),
            ("user", self.username.clone()),
            (
                "password",
                self.password.as_ref().map(|secret| secret.expose().clone()),
            ),
            ("dbname", self.database.clone()),
            ("sslmode", self.ssl_mode.map(|mode| mode.name().to_owned())),
            ("sslrootcert", self.ssl_ca_file.as_ref().and_then(path)),
            ("sslcert", self.ssl_certificate_file.as_ref().and_then(path)),
            ("sslkey", self.ssl_key_file.as_ref().and_then(path)),
        ];
        for (key, value) in pairs {
            if let Some(value) = value {
                query.append_pair(key, &value);
            }
        }
        let query = query.finish();
        if query.is_empty() {
            return Secret::new(base.to_owned());
        }
        let joint = match base {
            "postgres://" => "/?",
            _ if base.contains('?') => "&",
            _ => "?",
        };
        Secret::new(format!("{base}{joint}{query}"))
    }

    /// How long to wait for a connection. Default 30 s.
    #[must_use]
    pub const fn connect_timeout(&self) -> Duration {
        Duration::from_secs(self.connect_timeout)
    }

    /// How long an unused connection stays open. Default 600 s; 0 means for ever.
    #[must_use]
    pub fn idle_timeout(&self) -> Option<Duration> {
        limit(self.idle_timeout)
    }

    /// How long any connection stays open. Default 1800 s; 0 means for ever.
    #[must_use]
    pub fn max_lifetime(&self) -> Option<Duration> {
        limit(self.max_lifetime)
    }

    /// An embedded database in the data folder when nothing says where.
    pub(in crate::config) fn default_to(&mut self, data_dir: &Path, report: &mut Report<'_>) {
        if self.uri.is_some() || !self.split_keys().is_empty() {
            return;
        }
        match sqlite_uri(&data_dir.join("muniment.db")) {
            Some(uri) => self.uri = Some(Secret::new(uri)),
            None => report.problem(
                &KeyPath::of("database").key("uri"),
                "missing, and the data folder's path is not UTF-8; set MUNIMENT_DATA_DIR or this key",
            ),
        }
    }

    fn split_keys(&self) -> Vec<&'static str> {
        let given = [
            ("host", self.host.is_some()),
            ("port", self.port.is_some()),
            ("socket", self.socket.is_some()),
            ("username", self.username.is_some()),
            ("password", self.password.is_some()),
            ("password_file", self.password_file.is_some()),
            ("database", self.database.is_some()),
        ];
        given
            .iter()
            .filter(|(_, set)| *set)
            .map(|(key, _)| *key)
            .collect()
    }

    fn check_uri(&self, uri: &str, at: &KeyPath, report: &mut Report<'_>) {
        for key in self.split_keys() {
            report.problem(
                &at.key(key),
                "give either `uri` or the separate keys, not both",
            );
        }
        let at = at.key("uri");
        if let Some(path) = uri.strip_prefix("sqlite:") {
            if path.trim_start_matches("//").split('?').next() == Some("") {
                report.problem(
                    &at,
                    "names no file; write sqlite://PATH, for example \
                                     sqlite:///var/lib/muniment/muniment.db",
                );
            }
            if self.ssl_mode.is_some() || self.ssl_ca_file.is_some() {
                report.warn(&at, "SQLite has no use for the ssl_… keys");
            }
        } else if !is_postgres(uri) {
            report.problem(
                &at,
                "expected sqlite://PATH, postgres://… or postgresql://…",
            );
        } else if let Err(error) = Url::parse(uri) {
            report.problem(
                &at,
                format!("not a valid URI: {error}; percent-encode special characters"),
            );
        }
    }
}

impl Section for Database {
    fn check(&mut self, at: &KeyPath, report: &mut Report<'_>) {
        settle(
            &mut self.password,
            self.password_file.as_deref(),
            "password",
            at,
            report,
        );
        if let Some(uri) = self.uri.clone() {
            self.check_uri(uri.expose(), at, report);
        }
        if self.host.is_some() && self.socket.is_some() {
            report.problem(
                &at.key("socket"),
                "give either `host` or `socket`, not both",
            );
        }
        if self.port == Some(0) {
            report.problem(&at.key("port"), "must be from 1 to 65535");
        }
        if self.max_connections == 0 {
            report.problem(&at.key("max_connections"), "must be at least 1");
        } else if self.min_connections > self.max_connections {
            report.problem(
                &at.key("min_connections"),
                format!("must be at most max_connections ({})", self.max_connections),
            );
        }
        if self.connect_timeout == 0 {
            report.problem(&at.key("connect_timeout"), "must be at least 1 (seconds)");
        }
    }
}

fn limit(seconds: u64) -> Option<Duration> {
    (seconds > 0).then(|| Duration::from_secs(seconds))
}

#[expect(clippy::ref_option, reason = "serde's signature")]
fn masked<S: Serializer>(uri: &Option<Secret<String>>, serializer: S) -> Result<S::Ok, S::Error> {
    let text = uri.as_ref().map(|uri| mask_password(uri.expose()));
    text.serialize(serializer)
}
