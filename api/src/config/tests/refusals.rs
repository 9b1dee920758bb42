use std::path::Path;

use super::{problem, problems, warnings};
use crate::config::{Config, Environment};

#[test]
fn unknown_keys_warn_with_their_path() {
    let yaml = "
http: {listeners: [{binds: [{address: '[::1]:80', tsl: 1}], resources: [{name: oauth, x: 1}], pre: a}]}
experimental: {session_limit: {soft_limit: 1, hard_limit: 2, extra: 3}}
nonsense: {}
";
    assert_eq!(
        warnings(yaml),
        [
            "http.listeners[0].binds[0].tsl: unknown key, ignored",
            "http.listeners[0].pre: unknown key, ignored",
            "http.listeners[0].resources[0].x: unknown key, ignored",
            "experimental.session_limit.extra: unknown key, ignored",
            "nonsense: unknown section, ignored",
        ]
    );
}

#[test]
fn a_wrong_type_names_the_key_what_was_found_and_what_is_accepted() {
    for (yaml, text) in [
        (
            "passwords: {enabled: yes}",
            "passwords.enabled: found the text `yes`, expected true or false",
        ),
        (
            "database: {port: 70000}",
            "database.port: found `70000`, expected a whole number from 0 to 65535",
        ),
        ("clients: {}", "clients: found a mapping, expected a list"),
        (
            "account: []",
            "account: found a list, expected a mapping of keys",
        ),
        (
            "http: {public_base: auth.example.com}",
            "http.public_base: found the text `auth.example.com`, expected an absolute URL such as \
             https://auth.example.com/ (relative URL without a base)",
        ),
        (
            "matrix: {kind: dendrite}",
            "matrix.kind: found the text `dendrite`, expected one of `none`, `synapse`, \
             `synapse_read_only`, `synapse_legacy`, `synapse_modern`",
        ),
        (
            "passwords: {schemes: [{version: 1, algorithm: phpass}]}",
            "passwords.schemes[0].algorithm: found the text `phpass`, expected one of `argon2id`, \
             `bcrypt`, `pbkdf2`",
        ),
        (
            "clients: [{client_id: me, client_auth_method: none}]",
            "clients[0].client_id: found the text `me`, expected a ULID: 26 letters and digits, \
             without I, L, O, U",
        ),
        (
            "clients: [{client_auth_method: none}]",
            "clients[0].client_id: missing, and there is no default",
        ),
        (
            "http: {trusted_proxies: [here]}",
            "http.trusted_proxies[0]: found the text `here`, expected a network such as 10.0.0.0/8 \
             or an address",
        ),
        (
            "email: {from: nobody}",
            "email.from: found the text `nobody`, expected user@host or '\"Name\" <user@host>'",
        ),
        (
            "rate_limiting: {registration: {burst: 0, per_second: 1}}",
            "rate_limiting.registration.burst: found `0`, expected a whole number from 1 to \
             4294967295",
        ),
    ] {
        assert_eq!(problem(yaml), text, "{yaml}");
    }
}

#[test]
fn several_wrong_values_are_all_shown() {
    let yaml = "
account: {email_change_allowed: 1, login_with_email_allowed: 2}
passwords: {enabled: 3, minimum_complexity: 5}
experimental: {inactive_session_expiration: {}, session_limit: 4}
oauth: []
rate_limiting: {registration: {burst: 1, per_second: -1}, login: {per_ip: {burst: 1, per_second: 0}}}
";
    assert_eq!(
        problems(yaml),
        [
            "passwords.enabled: found `3`, expected true or false",
            "passwords.minimum_complexity: found `5`, expected a score from 0 to 4",
            "account.email_change_allowed: found `1`, expected true or false",
            "account.login_with_email_allowed: found `2`, expected true or false",
            "oauth: found a list, expected a mapping of keys",
            "experimental.inactive_session_expiration.ttl: missing, and there is no default",
            "experimental.session_limit: found `4`, expected a mapping of keys",
            "rate_limiting.login.per_ip.per_second: found `0`, expected a number above 0, such as \
             0.05 for 3 a minute",
            "rate_limiting.registration.per_second: found `-1`, expected a number above 0, such as \
             0.05 for 3 a minute",
        ]
    );
}

#[test]
fn a_refused_value_is_not_called_missing_as_well() {
    assert_eq!(
        problem("email: {transport: smtp, hostname: h, mode: ssl}"),
        "email.mode: found the text `ssl`, expected one of `plain`, `starttls`, `tls`"
    );
    assert_eq!(
        problem("matrix: {kind: synapse, secret: 5}"),
        "matrix.secret: found a number, expected a text (put quotes around it)"
    );
}

#[test]
fn a_refused_secret_is_not_shown() {
    for yaml in [
        "secrets: 12345678",
        "secrets: {encryption: 12345678}",
        "secrets: {encryption: abc12345678}",
        "matrix: {kind: synapse, secret: 12345678}",
        "clients: [{client_id: 01HV3JZ6Y0000000000000000A, client_auth_method: client_secret_basic, client_secret: 12345678}]",
        "database: {uri: 'mysql://u:12345678@h/d'}",
        "database: {uri: 'postgres://u:12345678@h:x/d'}",
        "email: {password: [12345678]}",
    ] {
        for text in problems(yaml) {
            assert!(!text.contains("12345678"), "{text}");
        }
    }
}

#[test]
fn a_missing_file_and_broken_yaml_name_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken.yaml");
    std::fs::write(&broken, "http:\n  issuer: a\n  issuer: b\n").unwrap();
    let environment = Environment {
        config: None,
        data_dir: Path::new("data").to_owned(),
    };
    let missing = folder.path().join("missing.yaml");
    let error = Config::load_in(&[missing.clone(), broken.clone()], &environment).unwrap_err();
    let text = error.to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert!(
        lines[0].starts_with(&format!("{}: no such file", missing.display())),
        "{text}"
    );
    assert!(
        lines[1].starts_with(&format!("{}:3:3: not valid YAML", broken.display())),
        "{text}"
    );
}

#[test]
fn what_has_no_effect_in_its_company_warns() {
    for (yaml, key) in [
        ("policy: {wasm_module: /a.wasm}", "policy.wasm_module"),
        ("matrix: {secret: a}", "matrix.kind"),
        (
            "passwords: {enabled: false}\naccount: {password_recovery_enabled: true}",
            "account.password_recovery_enabled",
        ),
        (
            "account: {registration_token_required: true}",
            "account.registration_token_required",
        ),
        ("email: {hostname: a}", "email.hostname"),
        ("captcha: {site_key: a}", "captcha.site_key"),
    ] {
        let all = warnings(yaml);
        assert_eq!(all.len(), 1, "{all:?}");
        assert!(all[0].starts_with(&format!("{key}: ")), "{all:?}");
    }
}
