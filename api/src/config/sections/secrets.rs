//! `secrets`: the key for data at rest, and the keys that sign tokens.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::config::{
    key_path::KeyPath,
    report::{ConfigError, Finding, Report},
    secret::{Secret, settle, settle_bytes},
    section::Section,
};

/// Keys (contract/oauth2.md section 23, `secrets`).
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Secrets {
    encryption: Option<Secret<String>>,
    encryption_file: Option<PathBuf>,
    /// What `encryption` was before: may still unwrap keys, until `muniment keys rotate` has run.
    previous_encryption: Vec<PreviousEncryption>,
    /// Keys that sign tokens.
    pub keys: Vec<SigningKey>,
    /// A folder of further keys, one a file.
    pub keys_dir: Option<PathBuf>,
    #[serde(skip)]
    encryption_key: Option<Secret<[u8; 32]>>,
}

/// A former `encryption`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PreviousEncryption {
    key: Option<Secret<String>>,
    key_file: Option<PathBuf>,
    #[serde(skip)]
    encryption_key: Option<Secret<[u8; 32]>>,
}

/// One key that signs tokens, PEM or DER.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SigningKey {
    /// Default: the RFC 7638 thumbprint.
    pub kid: Option<String>,
    /// Opens an encrypted key.
    pub password: Option<Secret<String>>,
    password_file: Option<PathBuf>,
    key: Option<Secret<String>>,
    key_file: Option<PathBuf>,
    #[serde(skip)]
    material: Option<Secret<Vec<u8>>>,
}

/// A file of `keys_dir`.
pub struct KeyFile {
    pub path: PathBuf,
    pub content: Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("KeyFile").field(&self.path).finish()
    }
}

impl SigningKey {
    /// The key as given, PEM or DER.
    #[must_use]
    pub fn material(&self) -> &[u8] {
        self.material.as_ref().map_or(&[], |bytes| bytes.expose())
    }
}

impl Secrets {
    /// `encryption`, or `None` when it is not configured and the data folder's key applies
    /// ([`local_encryption_key`](crate::config::local_encryption_key)).
    #[must_use]
    pub const fn encryption_key(&self) -> Option<&Secret<[u8; 32]>> {
        self.encryption_key.as_ref()
    }

    /// Former values of `encryption`.
    pub fn previous_encryption_keys(&self) -> impl Iterator<Item = &Secret<[u8; 32]>> {
        self.previous_encryption
            .iter()
            .filter_map(|previous| previous.encryption_key.as_ref())
    }

    /// The files of `keys_dir`, in the order of their names; hidden ones are no keys.
    pub fn files_of_keys_dir(&self) -> Result<Vec<KeyFile>, ConfigError> {
        let Some(folder) = &self.keys_dir else {
            return Ok(Vec::new());
        };
        let unreadable = |path: &Path, error: std::io::Error| {
            ConfigError::from(Finding::in_file(path, format!("cannot read it: {error}")))
        };
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(|error| unreadable(folder, error))? {
            let path = entry.map_err(|error| unreadable(folder, error))?.path();
            let hidden = path
                .file_name()
                .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
            // Follows links, as mounted secrets are.
            if !hidden && path.is_file() {
                paths.push(path);
            }
        }
        paths.sort();
        paths
            .into_iter()
            .map(|path| match std::fs::read(&path) {
                Ok(content) => Ok(KeyFile {
                    path,
                    content: Zeroizing::new(content),
                }),
                Err(error) => Err(unreadable(&path, error)),
            })
            .collect()
    }

    pub(in crate::config) fn warn_when_local(&self, data_dir: &Path, report: &mut Report<'_>) {
        if self.encryption.is_none() && self.encryption_file.is_none() {
            report.warn(
                &KeyPath::of("secrets").key("encryption"),
                format!(
                    "not set: the key in {} is used; for several processes, or where that folder \
                     does not last, set 32 bytes in hex (openssl rand -hex 32)",
                    data_dir.join("encryption.key").display()
                ),
            );
        }
    }

    fn check_keys(&mut self, at: &KeyPath, report: &mut Report<'_>) {
        let mut kids: Vec<String> = Vec::new();
        for (index, key) in self.keys.iter_mut().enumerate() {
            let at = at.key("keys").index(index);
            key.check(&at, report);
            if let Some(kid) = &key.kid {
                if kids.contains(kid) {
                    report.problem(&at.key("kid"), format!("`{kid}` names another key too"));
                }
                kids.push(kid.clone());
            }
        }
        if let Some(folder) = &self.keys_dir
            && let Err(error) = std::fs::read_dir(folder)
        {
            report.problem(
                &at.key("keys_dir"),
                format!("cannot read the folder {}: {error}", folder.display()),
            );
        }
    }
}

impl SigningKey {
    fn check(&mut self, at: &KeyPath, report: &mut Report<'_>) {
        settle(
            &mut self.password,
            self.password_file.as_deref(),
            "password",
            at,
            report,
        );
        let file = self.key_file.as_deref();
        let bytes = settle_bytes(self.key.is_some(), file, "key", at, report);
        let inline = self
            .key
            .as_ref()
            .map(|key| key.expose().clone().into_bytes());
        if inline.is_none() && file.is_none() {
            report.problem(&at.key("key"), "missing; give `key` or `key_file`");
        }
        self.material = bytes
            .map(|bytes| bytes.to_vec())
            .or(inline)
            .map(Secret::new);
    }
}

impl PreviousEncryption {
    fn check(&mut self, at: &KeyPath, report: &mut Report<'_>) {
        let file = self.key_file.as_deref();
        settle(&mut self.key, file, "key", at, report);
        match &self.key {
            Some(text) => {
                let key = if file.is_some() { "key_file" } else { "key" };
                self.encryption_key = encryption_key(text, &at.key(key), report);
            }
            None if file.is_none() => {
                report.problem(&at.key("key"), "missing; give `key` or `key_file`");
            }
            None => {}
        }
    }
}

fn encryption_key(
    text: &Secret<String>,
    at: &KeyPath,
    report: &mut Report<'_>,
) -> Option<Secret<[u8; 32]>> {
    let key = key_of_hex(text.expose());
    if key.is_none() {
        report.problem(
            at,
            format!(
                "expected exactly 64 hexadecimal digits (32 bytes), found {} characters; make a key \
                 with `openssl rand -hex 32`",
                text.expose().chars().count()
            ),
        );
    }
    key
}

impl Section for Secrets {
    fn check(&mut self, at: &KeyPath, report: &mut Report<'_>) {
        settle(
            &mut self.encryption,
            self.encryption_file.as_deref(),
            "encryption",
            at,
            report,
        );
        if let Some(text) = &self.encryption {
            let key = match self.encryption_file {
                Some(_) => "encryption_file",
                None => "encryption",
            };
            self.encryption_key = encryption_key(text, &at.key(key), report);
        }
        for (index, previous) in self.previous_encryption.iter_mut().enumerate() {
            previous.check(&at.key("previous_encryption").index(index), report);
        }
        self.check_keys(at, report);
    }
}

/// 32 bytes from exactly 64 hexadecimal digits.
pub(in crate::config) fn key_of_hex(text: &str) -> Option<Secret<[u8; 32]>> {
    let mut bytes = Zeroizing::new([0; 32]);
    hex::decode_to_slice(text, bytes.as_mut()).ok()?;
    Some(Secret::new(*bytes))
}
