//! Given YAML, the expected value or the expected text.

mod bootstrapping;
mod checks;
mod loading;
mod refusals;
mod showing;

use std::path::Path;

use super::{Config, Loaded};

fn load(yaml: &str) -> Loaded {
    Config::from_yaml(yaml, Path::new("data")).unwrap()
}

/// The problems, without the file's name, one a line.
fn problems(yaml: &str) -> Vec<String> {
    let error = Config::from_yaml(yaml, Path::new("data")).unwrap_err();
    let texts = error.to_string();
    texts
        .lines()
        .map(|line| {
            line.strip_prefix("config.yaml: ")
                .unwrap_or(line)
                .to_owned()
        })
        .collect()
}

fn problem(yaml: &str) -> String {
    let mut problems = problems(yaml);
    assert_eq!(problems.len(), 1, "{problems:#?}");
    problems.remove(0)
}

/// The warnings, apart from the one about a local key that most of these texts cause.
fn warnings(yaml: &str) -> Vec<String> {
    load(yaml)
        .warnings
        .iter()
        .filter(|warning| warning.key != "secrets.encryption")
        .map(|warning| format!("{}: {}", warning.key, warning.message))
        .collect()
}

/// The sample of the conformance suite.
const SAMPLE: &str = r#"
http:
  public_base: http://127.0.0.1:8180/
  issuer: http://127.0.0.1:8180/
  listeners:
    - name: web
      binds:
        - address: 127.0.0.1:8180
      resources:
        - name: discovery
        - name: human
        - name: oauth
        - name: compat
        - name: graphql
          playground: true
          undocumented_oauth2_access: true
        - name: adminapi
        - name: health
        - name: assets
database:
  uri: "postgres://muniment:hunter2@127.0.0.1/muniment"
matrix:
  kind: none
  homeserver: localhost
email:
  from: '"Auth" <noreply@example.com>'
  reply_to: '"Auth" <noreply@example.com>'
  transport: smtp
  mode: plain
  hostname: 127.0.0.1
  port: 2526
passwords:
  enabled: true
  minimum_complexity: 3
account:
  password_registration_enabled: true
  password_registration_email_required: false
  password_recovery_enabled: true
  login_with_email_allowed: true
oauth:
  device_code_grant_enabled: true
clients:
  - client_id: 01JZZZZZZZZZZZZZZZZZZZADMN
    client_auth_method: client_secret_basic
    client_secret: secret
policy:
  data:
    admin_clients: [01JZZZZZZZZZZZZZZZZZZZADMN]
    client_registration:
      allow_insecure_uris: true
      allow_host_mismatch: true
rate_limiting:
  account_recovery:
    per_ip: {burst: 100000, per_second: 1000}
    per_address: {burst: 100000, per_second: 1000}
  login:
    per_ip: {burst: 100000, per_second: 1000}
    per_account: {burst: 100000, per_second: 1000}
  registration: {burst: 100000, per_second: 1000}
  email_authentication:
    per_ip: {burst: 100000, per_second: 1000}
    per_address: {burst: 100000, per_second: 1000}
    emails_per_session: {burst: 100000, per_second: 1000}
    attempt_per_session: {burst: 100000, per_second: 1000}
"#;
