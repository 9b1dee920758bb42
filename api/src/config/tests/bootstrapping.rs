use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use chrono::DateTime;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

use crate::config::{
    Bootstrapped, ClientAuthMethod, Config, Environment, Transport, bootstrap, local_encryption_key,
};

fn first_start(data_dir: &Path, seed: u64) -> Bootstrapped {
    let mut entropy = ChaCha20Rng::seed_from_u64(seed);
    bootstrap(data_dir, DateTime::UNIX_EPOCH, &mut entropy).unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn the_first_start_makes_a_private_configuration_that_loads() {
    let parent = tempfile::tempdir().unwrap();
    let data_dir = parent.path().join("odd ' \" #? name").join("data");
    let made = first_start(&data_dir, 1);
    assert!(made.created);
    assert_eq!(mode(&data_dir), 0o700);
    assert_eq!(mode(&made.path), 0o600);
    let environment = Environment {
        config: None,
        data_dir: data_dir.clone(),
    };
    let loaded = Config::load_in(&[], &environment).unwrap();
    assert_eq!(loaded.files, [made.path]);
    assert_eq!(loaded.warnings, []);
    let config = loaded.config;
    let uri = config.database.connection_uri();
    let expected = format!("{}/muniment.db", data_dir.display());
    let expected = expected.replace('#', "%23").replace('?', "%3F");
    assert_eq!(uri.expose(), &format!("sqlite://{expected}"));
    assert!(config.secrets.encryption_key().is_some());
    assert_eq!(config.email.transport, Transport::Log);
    let client = &config.clients[0];
    assert_eq!(
        client.client_auth_method,
        ClientAuthMethod::ClientSecretBasic
    );
    assert_eq!(client.client_name.as_deref(), Some("Local administration"));
    assert_eq!(client.client_secret.as_ref().unwrap().expose().len(), 43);
    assert!(config.policy.admin_clients().contains(&client.client_id));
}

#[test]
fn a_second_start_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let first = first_start(folder.path(), 1);
    let text = fs::read_to_string(&first.path).unwrap();
    let second = first_start(folder.path(), 2);
    assert!(first.created && !second.created);
    assert_eq!(fs::read_to_string(&first.path).unwrap(), text);
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(names.len(), 1, "{names:?}");
}

#[test]
fn of_many_first_starts_one_makes_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let made = std::thread::scope(|scope| {
        let path = folder.path();
        let starts: Vec<_> = (0..8)
            .map(|seed| scope.spawn(move || first_start(path, seed).created))
            .collect();
        let made = starts.into_iter().map(|start| start.join().unwrap());
        made.filter(|made| *made).count()
    });
    assert_eq!(made, 1);
}

#[test]
fn an_unusable_data_folder_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let mut entropy = ChaCha20Rng::seed_from_u64(1);
    let error = bootstrap(&file, DateTime::UNIX_EPOCH, &mut entropy)
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with(&format!("{}: cannot make the folder", file.display())),
        "{error}"
    );
    assert!(error.contains("MUNIMENT_DATA_DIR"), "{error}");
}

#[test]
fn the_local_key_is_made_once() {
    let folder = tempfile::tempdir().unwrap();
    let key = |seed| local_encryption_key(folder.path(), &mut ChaCha20Rng::seed_from_u64(seed));
    let first = key(1).unwrap();
    assert_eq!(first, key(2).unwrap());
    let file = folder.path().join("encryption.key");
    assert_eq!(mode(&file), 0o600);
    fs::write(&file, "short").unwrap();
    assert!(
        key(3)
            .unwrap_err()
            .to_string()
            .contains("64 hexadecimal digits")
    );
}
