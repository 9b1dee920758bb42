//! `clients[]`: static OAuth 2.0 clients.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ulid::Ulid;
use url::Url;

use crate::config::{
    key_path::KeyPath,
    report::Report,
    secret::{Secret, settle},
    section::Section,
};

/// The list of static clients.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Clients(pub Vec<Client>);

/// A static client (contract/oauth2.md section 23, `clients[]`).
#[expect(clippy::struct_field_names, reason = "the contract's names")]
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Client {
    pub client_id: Ulid,
    pub client_auth_method: ClientAuthMethod,
    #[serde(default)]
    pub client_name: Option<String>,
    #[serde(default)]
    pub client_uri: Option<Url>,
    /// There for the `client_secret_…` methods, and only for these.
    #[serde(default)]
    pub client_secret: Option<Secret<String>>,
    #[serde(default)]
    client_secret_file: Option<PathBuf>,
    /// A JWK set; there for `private_key_jwt` unless `jwks_uri` is.
    #[serde(default)]
    pub jwks: Option<Value>,
    #[serde(default)]
    pub jwks_uri: Option<Url>,
    #[serde(default)]
    pub redirect_uris: Vec<Url>,
}

/// How a client proves itself (contract/oauth2.md section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuthMethod {
    None,
    ClientSecretBasic,
    ClientSecretPost,
    ClientSecretJwt,
    PrivateKeyJwt,
}

impl ClientAuthMethod {
    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::ClientSecretJwt => "client_secret_jwt",
            Self::PrivateKeyJwt => "private_key_jwt",
        }
    }
}

impl Section for Clients {
    const LIST: bool = true;

    fn check(&mut self, at: &KeyPath, report: &mut Report<'_>) {
        let mut ids: Vec<Ulid> = Vec::new();
        for (index, client) in self.0.iter_mut().enumerate() {
            let at = at.index(index);
            client.check(&at, report);
            if ids.contains(&client.client_id) {
                report.problem(
                    &at.key("client_id"),
                    format!("{} is configured twice; remove one", client.client_id),
                );
            }
            ids.push(client.client_id);
        }
    }
}

impl Client {
    fn check(&mut self, at: &KeyPath, report: &mut Report<'_>) {
        let secret = self.client_secret.is_some() || self.client_secret_file.is_some();
        let file = self.client_secret_file.as_deref();
        settle(&mut self.client_secret, file, "client_secret", at, report);
        let (needs_secret, needs_keys) = match self.client_auth_method {
            ClientAuthMethod::None => (false, false),
            ClientAuthMethod::PrivateKeyJwt => (false, true),
            ClientAuthMethod::ClientSecretBasic
            | ClientAuthMethod::ClientSecretPost
            | ClientAuthMethod::ClientSecretJwt => (true, false),
        };
        let method = self.client_auth_method.name();
        if needs_secret && !secret {
            report.problem(
                &at.key("client_secret"),
                format!("missing; {method} needs `client_secret` or `client_secret_file`"),
            );
        }
        let secret_key = if self.client_secret_file.is_some() {
            "client_secret_file"
        } else {
            "client_secret"
        };
        for (key, given, wanted) in [
            (secret_key, secret, needs_secret),
            ("jwks", self.jwks.is_some(), needs_keys),
            ("jwks_uri", self.jwks_uri.is_some(), needs_keys),
        ] {
            if given && !wanted {
                report.problem(
                    &at.key(key),
                    format!(
                        "not allowed with {method}; remove it or choose another client_auth_method"
                    ),
                );
            }
        }
        if needs_keys && self.jwks.is_some() == self.jwks_uri.is_some() {
            report.problem(
                &at.key("jwks"),
                format!("{method} needs exactly one of `jwks` and `jwks_uri`"),
            );
        }
        self.check_keys(&at.key("jwks"), report);
        self.check_uris(at, report);
    }

    fn check_keys(&self, at: &KeyPath, report: &mut Report<'_>) {
        let Some(jwks) = &self.jwks else {
            return;
        };
        let Some(keys) = jwks.get("keys").and_then(Value::as_array) else {
            report.problem(at, "expected a JWK set: a mapping with the list `keys`");
            return;
        };
        for (index, key) in keys.iter().enumerate() {
            let at = at.key("keys").index(index);
            if key.get("kty").and_then(Value::as_str).is_none() {
                report.problem(&at, "expected a JWK with `kty`");
            }
            if key.get("d").is_some() || key.get("k").is_some() {
                report.problem(&at, "holds a private key; give the public one only");
            }
        }
    }

    fn check_uris(&self, at: &KeyPath, report: &mut Report<'_>) {
        for (key, uri) in [
            ("client_uri", &self.client_uri),
            ("jwks_uri", &self.jwks_uri),
        ] {
            if uri
                .as_ref()
                .is_some_and(|uri| !matches!(uri.scheme(), "http" | "https"))
            {
                report.problem(&at.key(key), "must start with https:// or http://");
            }
        }
        for (index, uri) in self.redirect_uris.iter().enumerate() {
            if uri.fragment().is_some() {
                report.problem(
                    &at.key("redirect_uris").index(index),
                    "must have no fragment (#…); remove it",
                );
            }
        }
    }
}
