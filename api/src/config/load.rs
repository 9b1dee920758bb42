//! The whole configuration: every section read, checked, and checked against each other.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{
    documents::Documents,
    effect,
    key_path::KeyPath,
    report::{ConfigError, Finding, Report},
    section::read,
    sections::{
        Account, Audit, Branding, Captcha, Client, Clients, Database, Email, EventStore,
        Experimental, Graphql, Http, Matrix, OAuth, Passwords, Policy, RateLimiting, RawHttp,
        RawSection, Secrets, UpstreamOauth2,
    },
    source::Environment,
};

/// The effective configuration (contract/oauth2.md section 23).
#[derive(Debug, Clone, Serialize)]
pub struct Config {
    /// Listeners and public addresses.
    pub http: Http,
    /// Where rows and, by default, events are kept.
    pub database: Database,
    /// The homeserver.
    pub matrix: Matrix,
    /// Keys for encryption and signatures.
    pub secrets: Secrets,
    /// Password hashing and strength.
    pub passwords: Passwords,
    /// What users may do to their own accounts.
    pub account: Account,
    /// Choices of the OAuth 2.0 surface.
    pub oauth: OAuth,
    /// Ours: what a GraphQL operation may ask for.
    pub graphql: Graphql,
    /// Lifetimes and limits.
    pub experimental: Experimental,
    /// Data for authorisation rules.
    pub policy: Policy,
    /// Static clients.
    pub clients: Vec<Client>,
    /// The challenge on the registration form.
    pub captcha: Captcha,
    /// Token buckets.
    pub rate_limiting: RateLimiting,
    /// Outgoing mail.
    pub email: Email,
    /// Names and links shown to users.
    pub branding: Branding,
    /// Kept as written, for a later release.
    pub templates: RawSection,
    /// Kept as written, for a later release.
    pub telemetry: RawSection,
    /// Other services that people may sign in with.
    pub upstream_oauth2: UpstreamOauth2,
    /// Ours: where events are kept.
    pub event_store: EventStore,
    /// Ours: how the history is sealed.
    pub audit: Audit,
    /// The folder for what no key places elsewhere (`MUNIMENT_DATA_DIR`).
    #[serde(skip)]
    pub data_dir: PathBuf,
    #[serde(skip)]
    idle: Vec<String>,
}

/// A configuration together with what there is to say about it.
#[derive(Debug, Clone)]
pub struct Loaded {
    pub config: Config,
    /// Unknown keys, keys without effect in their company, keys better written otherwise.
    pub warnings: Vec<Finding>,
    /// The files read, in order; empty for built-in defaults.
    pub files: Vec<PathBuf>,
}

impl Config {
    /// Loads the given files; without any, those that the process's environment names, the one
    /// in the data folder, or the built-in defaults ([`Environment::files`]).
    pub fn load(paths: &[PathBuf]) -> Result<Loaded, ConfigError> {
        Self::load_in(paths, &Environment::of_process())
    }

    /// As [`Config::load`], with the environment passed in.
    pub fn load_in(paths: &[PathBuf], environment: &Environment) -> Result<Loaded, ConfigError> {
        let documents = Documents::read(&environment.files(paths))?;
        build(&documents, &environment.data_dir)
    }

    /// One document from memory.
    pub fn from_yaml(text: &str, data_dir: &Path) -> Result<Loaded, ConfigError> {
        let documents = Documents::of_text(Path::new("config.yaml"), text)?;
        build(&documents, data_dir)
    }

    /// The given keys that this build understands and does not use yet.
    #[must_use]
    pub fn without_effect(&self) -> &[String] {
        &self.idle
    }

    /// Whether users may change their password (contract/graphql.md section 13).
    #[must_use]
    pub const fn password_change_allowed(&self) -> bool {
        self.passwords.enabled && self.account.password_change_allowed
    }

    /// Whether accounts can be made with a password (contract/graphql.md section 13).
    #[must_use]
    pub const fn password_registration_enabled(&self) -> bool {
        self.passwords.enabled && self.account.password_registration_enabled
    }

    /// Whether a lost password can be replaced by mail (contract/graphql.md section 13).
    #[must_use]
    pub const fn password_recovery_enabled(&self) -> bool {
        self.passwords.enabled && self.account.password_recovery_enabled
    }
}

fn build(documents: &Documents, data_dir: &Path) -> Result<Loaded, ConfigError> {
    let mut report = Report::new(documents);
    let mut sections = documents.merged();
    let idle = effect::without_effect(&sections);

    let raw_http: RawHttp = read("http", &mut sections, &mut report);
    let http = raw_http.resolve(&KeyPath::of("http"), &mut report);
    let mut database: Database = read("database", &mut sections, &mut report);
    database.default_to(data_dir, &mut report);
    let matrix: Matrix = read("matrix", &mut sections, &mut report);
    let secrets: Secrets = read("secrets", &mut sections, &mut report);
    let passwords: Passwords = read("passwords", &mut sections, &mut report);
    let account: Account = read("account", &mut sections, &mut report);
    let oauth: OAuth = read("oauth", &mut sections, &mut report);
    let graphql: Graphql = read("graphql", &mut sections, &mut report);
    let experimental: Experimental = read("experimental", &mut sections, &mut report);
    let policy: Policy = read("policy", &mut sections, &mut report);
    let clients: Clients = read("clients", &mut sections, &mut report);
    let captcha: Captcha = read("captcha", &mut sections, &mut report);
    let rate_limiting: RateLimiting = read("rate_limiting", &mut sections, &mut report);
    let email: Email = read("email", &mut sections, &mut report);
    let branding: Branding = read("branding", &mut sections, &mut report);
    let templates: RawSection = read("templates", &mut sections, &mut report);
    let telemetry: RawSection = read("telemetry", &mut sections, &mut report);
    let upstream_oauth2: UpstreamOauth2 = read("upstream_oauth2", &mut sections, &mut report);
    let event_store: EventStore = read("event_store", &mut sections, &mut report);
    let audit: Audit = read("audit", &mut sections, &mut report);

    for name in sections.keys() {
        report.warn(&KeyPath::of(name), "unknown section, ignored");
    }
    across(&passwords, &account, &mut report);
    secrets.warn_when_local(data_dir, &mut report);

    let warnings = report.finish()?;
    let Some(http) = http else {
        // Unreachable while `resolve` reports whatever makes it give up.
        return Err(Finding {
            file: None,
            position: None,
            key: "http".to_owned(),
            message: "cannot be resolved".to_owned(),
        }
        .into());
    };
    let idle = idle
        .iter()
        .map(ToString::to_string)
        .filter(|key| !warnings.iter().any(|warning| warning.key == *key))
        .collect();
    Ok(Loaded {
        config: Config {
            http,
            database,
            matrix,
            secrets,
            passwords,
            account,
            oauth,
            graphql,
            experimental,
            policy,
            clients: clients.0,
            captcha,
            rate_limiting,
            email,
            branding,
            templates,
            telemetry,
            upstream_oauth2,
            event_store,
            audit,
            data_dir: data_dir.to_owned(),
            idle,
        },
        warnings,
        files: documents.paths(),
    })
}

fn across(passwords: &Passwords, account: &Account, report: &mut Report<'_>) {
    if passwords.enabled {
        return;
    }
    let at = KeyPath::of("account");
    for (key, on) in [
        (
            "password_registration_enabled",
            account.password_registration_enabled,
        ),
        (
            "password_recovery_enabled",
            account.password_recovery_enabled,
        ),
    ] {
        if on {
            report.warn(
                &at.key(key),
                "has no effect while passwords.enabled is false",
            );
        }
    }
}
