use std::path::Path;

use super::{SAMPLE, load};
use crate::config::Config;

const SECRETS: &str = "
database: {uri: 'postgres://user:hunter2@h/d?sslpassword=hunter2'}
secrets: {encryption: abababababababababababababababababababababababababababababababab, keys: [{key: hunter2, password: hunter2}]}
matrix: {kind: synapse, secret: hunter2}
email: {transport: smtp, mode: tls, hostname: h, username: u, password: hunter2}
passwords: {schemes: [{version: 1, algorithm: argon2id, secret: hunter2}]}
captcha: {service: hcaptcha, site_key: site, secret_key: hunter2}
clients: [{client_id: 01HV3JZ6Y0000000000000000A, client_auth_method: client_secret_jwt, client_secret: hunter2}]
upstream_oauth2: {providers: [{id: 01HV3JZ6Y0000000000000000A, issuer: 'https://a.example', client_id: x, client_secret: hunter2, token_endpoint_auth_method: client_secret_basic, scope: openid}, {id: 01HV3JZ6Y0000000000000000B, issuer: 'https://b.example', client_id: x, token_endpoint_auth_method: sign_in_with_apple, sign_in_with_apple: {private_key: hunter2, team_id: t, key_id: k}, scope: openid}]}
telemetry: {sentry: {dsn: 'https://hunter2@sentry'}}
";

#[test]
fn a_dump_shows_no_secret() {
    let config = load(SECRETS).config;
    let dump = config.dump();
    assert!(
        !dump.contains("hunter2") && !dump.contains("abab"),
        "{dump}"
    );
    assert!(
        dump.contains("postgres://user:***@h/d?sslpassword=***"),
        "{dump}"
    );
    assert!(dump.contains("site_key: site"), "{dump}");
    let debug = format!("{config:?}");
    assert!(
        !debug.contains("hunter2") && !debug.contains("abab"),
        "{debug}"
    );
}

#[test]
fn the_split_password_is_not_shown_either() {
    let config = load("database: {host: h, password: hunter2}").config;
    assert!(!config.dump().contains("hunter2"));
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn a_secret_from_a_file_is_shown_as_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    std::fs::write(&file, "hunter2").unwrap();
    let yaml = format!(
        "matrix: {{kind: synapse, secret_file: '{}'}}",
        file.display()
    );
    let dump = load(&yaml).config.dump();
    assert!(
        dump.contains(&format!("secret_file: {}", file.display())),
        "{dump}"
    );
    assert!(!dump.contains("secret: "), "{dump}");
}

#[test]
fn a_dump_loads_again() {
    for yaml in ["", SAMPLE] {
        let first = load(yaml).config.dump();
        let second = Config::from_yaml(&first, Path::new("data"))
            .unwrap()
            .config
            .dump();
        assert_eq!(first, second);
    }
}

#[test]
fn keys_that_are_understood_but_idle_are_listed() {
    let idle = load(SAMPLE).config.without_effect().to_vec();
    assert_eq!(idle, [""; 0]);
    let yaml = "telemetry: {metrics: {}}\ntemplates: {path: x}\npolicy: {data: {other: 1}}\n\
        experimental: {inactive_session_expiration: {ttl: 600}}";
    assert_eq!(
        load(yaml).config.without_effect(),
        ["policy.data.other", "telemetry", "templates"]
    );
    assert_eq!(load("unknown: 1").config.without_effect(), [""; 0]);
    assert_eq!(
        load("matrix: {kind: synapse, secret: a}")
            .config
            .without_effect(),
        [""; 0]
    );
}
