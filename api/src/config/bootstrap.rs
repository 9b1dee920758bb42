//! The first start: a data folder, keys and a configuration, made once and never overwritten.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use rand::RngCore;
use ulid::Ulid;
use zeroize::Zeroizing;

use super::{
    report::{ConfigError, Finding},
    secret::Secret,
    sections::{database_uri::sqlite_uri, secrets::key_of_hex},
    source::local_file,
};

/// The configuration file of the data folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bootstrapped {
    pub path: PathBuf,
    /// Whether this call made it.
    pub created: bool,
}

/// Makes `data_dir` and a `config.yaml` in it with fresh secrets, both for the owner only. A file
/// that is there stays as it is, also when another process makes it meanwhile.
pub fn bootstrap(
    data_dir: &Path,
    now: DateTime<Utc>,
    entropy: &mut dyn RngCore,
) -> Result<Bootstrapped, ConfigError> {
    let path = local_file(data_dir);
    make_folder(data_dir)?;
    if path
        .try_exists()
        .map_err(|error| cannot("look at", &path, &error))?
    {
        return Ok(Bootstrapped {
            path,
            created: false,
        });
    }
    let text = fresh_config(data_dir, now, entropy)?;
    let created = write_once(&path, text.as_bytes(), entropy)?;
    Ok(Bootstrapped { path, created })
}

/// The key in the data folder's `encryption.key`, made at first use: what encrypts data at rest
/// when `secrets.encryption` is not set.
pub fn local_encryption_key(
    data_dir: &Path,
    entropy: &mut dyn RngCore,
) -> Result<Secret<[u8; 32]>, ConfigError> {
    let path = data_dir.join("encryption.key");
    make_folder(data_dir)?;
    if !path
        .try_exists()
        .map_err(|error| cannot("look at", &path, &error))?
    {
        let line = Zeroizing::new(format!("{}\n", fresh_hex(entropy).as_str()));
        write_once(&path, line.as_bytes(), entropy)?;
    }
    let text = fs::read_to_string(&path)
        .map(Zeroizing::new)
        .map_err(|error| cannot("read", &path, &error))?;
    key_of_hex(text.trim_end()).ok_or_else(|| {
        Finding::in_file(
            &path,
            "expected exactly 64 hexadecimal digits (32 bytes); restore the file from a backup",
        )
        .into()
    })
}

fn fresh_config(
    data_dir: &Path,
    now: DateTime<Utc>,
    entropy: &mut dyn RngCore,
) -> Result<Zeroizing<String>, ConfigError> {
    let database = std::path::absolute(data_dir.join("muniment.db"))
        .map_err(|error| cannot("resolve", data_dir, &error))?;
    let uri = sqlite_uri(&database).ok_or_else(|| {
        Finding::in_file(
            data_dir,
            "the data folder's path is not UTF-8; set MUNIMENT_DATA_DIR to another",
        )
    })?;
    // A JSON string is a YAML string, whatever the path holds.
    let uri = serde_json::Value::String(uri);
    let encryption = fresh_hex(entropy);
    let mut random = [0; 16];
    entropy.fill_bytes(&mut random);
    let milliseconds = u64::try_from(now.timestamp_millis()).unwrap_or_default();
    let client = Ulid::from_parts(milliseconds, u128::from_be_bytes(random));
    let mut bytes = Zeroizing::new([0; 32]);
    entropy.fill_bytes(bytes.as_mut());
    let secret = Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes.as_ref()));
    Ok(Zeroizing::new(format!(
        "\
# Muniment's configuration, made at the first start. It holds secrets: keep it private.
# `muniment config check` says whether it can be used, `muniment config dump` shows it in full.

database:
  # For PostgreSQL: postgres://user:password@host/name
  uri: {uri}

secrets:
  # Encrypts data at rest. What it has encrypted cannot be read without it: back it up.
  encryption: \"{encryption}\"

email:
  # Mail is printed to the log. Other transports: smtp, sendmail, blackhole.
  transport: log

clients:
  # For administration from this machine.
  - client_id: {client}
    client_name: Local administration
    client_auth_method: client_secret_basic
    client_secret: \"{secret}\"

policy:
  data:
    # Clients that may have the scope urn:mas:admin for themselves.
    admin_clients:
      - {client}
",
        encryption = encryption.as_str(),
        secret = secret.as_str(),
    )))
}

fn fresh_hex(entropy: &mut dyn RngCore) -> Zeroizing<String> {
    let mut bytes = Zeroizing::new([0; 32]);
    entropy.fill_bytes(bytes.as_mut());
    Zeroizing::new(hex::encode(bytes.as_ref()))
}

fn make_folder(folder: &Path) -> Result<(), ConfigError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| cannot("make the folder", folder, &error))
}

/// Writes the file as a whole or not at all; false when there is one already.
fn write_once(path: &Path, content: &[u8], entropy: &mut dyn RngCore) -> Result<bool, ConfigError> {
    let temporary = path.with_extension(format!("{:016x}.tmp", entropy.next_u64()));
    let written = write_synced(&temporary, content).and_then(|()| publish(&temporary, path));
    let removed = fs::remove_file(&temporary);
    let created = written.map_err(|error| cannot("write", path, &error))?;
    match removed {
        // After a rename there is nothing left to remove.
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(cannot("remove", &temporary, &error))
        }
        Ok(()) | Err(_) => Ok(created),
    }
}

fn write_synced(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// A link, unlike a rename, never replaces what another process has put there.
fn publish(temporary: &Path, path: &Path) -> io::Result<bool> {
    match fs::hard_link(temporary, path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
        // Not every file system has links.
        Err(_) if !path.try_exists()? => fs::rename(temporary, path)?,
        Err(_) => return Ok(false),
    }
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(true)
}

fn cannot(what: &str, path: &Path, error: &io::Error) -> ConfigError {
    Finding::in_file(
        path,
        format!("cannot {what} it: {error}; MUNIMENT_DATA_DIR chooses another data folder"),
    )
    .into()
}
