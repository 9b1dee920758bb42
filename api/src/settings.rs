//! From the configuration to the parts of the program.

use std::{collections::HashSet, sync::Arc, time::Duration};

use muniment_domain::{ClientId, ClientMetadata};
use muniment_store::{Clock, Entropy, MasterSecret, sql::DatabaseOptions};
use rand::RngCore;
use url::Url;
use zeroize::Zeroizing;

use crate::{
    app::Parts,
    audit,
    auth::{Client, Clients, clients::AuthMethod},
    captcha,
    config::{self, ClientAuthMethod, Config, ConfigError, Finding, local_encryption_key},
    homeserver,
    mail::Mailer,
    passwords::{self, PasswordSettings},
    policy,
    signing::{self, ConfiguredKey},
    site::{Captcha, CaptchaService, Disuse, SessionLimit, Site},
    upstream::Provider,
};

/// Takes from the configuration what the program is put together of.
pub fn parts(
    config: &Config,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
) -> Result<Parts, ConfigError> {
    let master = if let Some(key) = config.secrets.encryption_key() {
        MasterSecret::new(*key.expose())
    } else {
        let key = local_encryption_key(&config.data_dir, &mut EntropyRng(&*entropy))?;
        MasterSecret::new(*key.expose())
    };
    Ok(Parts {
        site: site(config),
        clients: clients(config),
        upstream: upstream(config)?,
        oauth: config.oauth.clone(),
        passwords: passwords(&config.passwords),
        policy: policy(config),
        rate_limiting: config.rate_limiting.clone(),
        captcha: captcha_secret(config),
        max_subscriptions: config.graphql.max_subscriptions,
        trusted_proxies: config.http.trusted_proxies.clone(),
        signing_keys: signing_keys(&config.secrets)?,
        audit: audit(config),
        session_cookie_lifetime: config.http.session_cookie_lifetime,
        database: database(&config.database),
        #[cfg(feature = "eventstoredb")]
        event_store: config.event_store.options(),
        mailer: mailer(config)?,
        homeserver: homeserver::from_config(&config.matrix)
            .map_err(|error| unusable("matrix", &error))?,
        master: master.with_previous(
            config
                .secrets
                .previous_encryption_keys()
                .map(|key| *key.expose()),
        ),
        clock,
        entropy,
    })
}

/// Gives [`Entropy`] the shape that the `rand` crate wants.
pub struct EntropyRng<'a>(pub &'a dyn Entropy);

impl RngCore for EntropyRng<'_> {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        u32::from_le_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        self.0.fill(bytes);
    }
}

fn audit(config: &Config) -> audit::Settings {
    let issuer = &config.http.issuer;
    let host = issuer.host_str().unwrap_or("localhost");
    let port = issuer
        .port()
        .map_or_else(String::new, |port| format!(":{port}"));
    audit::Settings {
        origin: config.audit.origin.clone(),
        default_origin: format!("{host}{port}/muniment"),
        signing_key: config
            .audit
            .signing_key()
            .map(|key| Zeroizing::new(key.expose().clone())),
        checkpoint_interval: Duration::from_secs(config.audit.checkpoint_interval),
    }
}

fn mailer(config: &Config) -> Result<Mailer, ConfigError> {
    let service = config.branding.service_name.as_ref();
    let service = service.unwrap_or(&config.matrix.homeserver);
    Mailer::new(&config.email, service).map_err(|error| unusable("email", &error))
}

/// What only turns out when it is put to use.
fn unusable(section: &str, error: &dyn std::error::Error) -> ConfigError {
    Finding {
        file: None,
        position: None,
        key: section.to_owned(),
        message: error.to_string(),
    }
    .into()
}

fn database(config: &config::Database) -> DatabaseOptions {
    DatabaseOptions {
        uri: config.connection_uri().expose().clone(),
        max_connections: config.max_connections,
        min_connections: config.min_connections,
        connect_timeout: config.connect_timeout(),
        idle_timeout: config.idle_timeout(),
        max_lifetime: config.max_lifetime(),
    }
}

fn passwords(config: &config::Passwords) -> PasswordSettings {
    PasswordSettings {
        enabled: config.enabled,
        minimum_complexity: config.minimum_complexity,
        schemes: config
            .schemes
            .iter()
            .map(|scheme| passwords::Scheme {
                version: scheme.version,
                algorithm: match scheme.algorithm {
                    config::Algorithm::Argon2id => passwords::Algorithm::Argon2id,
                    config::Algorithm::Bcrypt => passwords::Algorithm::Bcrypt { cost: scheme.cost },
                    config::Algorithm::Pbkdf2 => passwords::Algorithm::Pbkdf2,
                },
                pepper: scheme
                    .secret
                    .as_ref()
                    .map(|secret| Zeroizing::new(secret.expose().clone().into_bytes())),
                unicode_normalization: scheme.unicode_normalization,
            })
            .collect(),
    }
}

/// Those of `secrets.keys`, then those of `secrets.keys_dir`.
fn signing_keys(secrets: &config::Secrets) -> Result<Vec<ConfiguredKey>, ConfigError> {
    let mut keys: Vec<ConfiguredKey> = Vec::new();
    for (index, configured) in secrets.keys.iter().enumerate() {
        let place = format!("secrets.keys[{index}]");
        let password = configured.password.as_ref().map(|text| &**text.expose());
        match signing::load(configured.material(), password) {
            Ok(key) => keys.push(ConfiguredKey {
                kid: configured.kid.clone(),
                key,
                place,
            }),
            Err(reason) => return Err(Finding::of_key(place, reason).into()),
        }
    }
    for file in secrets.files_of_keys_dir()? {
        let place = file.path.display().to_string();
        match signing::load(&file.content, None) {
            Ok(key) => keys.push(ConfiguredKey {
                kid: None,
                key,
                place,
            }),
            Err(reason) => return Err(Finding::in_file(&file.path, reason).into()),
        }
    }
    let mut kids: HashSet<String> = HashSet::new();
    for key in &keys {
        let kid = key.kid.clone().unwrap_or_else(|| key.key.thumbprint());
        if !kids.insert(kid) {
            let reason = "the same key, or the same kid, is configured twice";
            return Err(Finding::of_key(key.place.clone(), reason).into());
        }
    }
    Ok(keys)
}

fn clients(config: &Config) -> Clients {
    let clients = config
        .clients
        .iter()
        .map(|client| {
            let method = match client.client_auth_method {
                ClientAuthMethod::None => AuthMethod::None,
                ClientAuthMethod::ClientSecretBasic => AuthMethod::SecretBasic,
                ClientAuthMethod::ClientSecretPost => AuthMethod::SecretPost,
                ClientAuthMethod::ClientSecretJwt => AuthMethod::SecretJwt,
                ClientAuthMethod::PrivateKeyJwt => AuthMethod::PrivateKeyJwt,
            };
            let secret = client.client_secret.as_ref();
            let secret = secret.map(|secret| Zeroizing::new(secret.expose().clone()));
            let metadata = ClientMetadata {
                redirect_uris: client.redirect_uris.iter().map(Url::to_string).collect(),
                client_name: client.client_name.clone(),
                client_uri: client.client_uri.as_ref().map(Url::to_string),
                jwks: client.jwks.clone(),
                jwks_uri: client.jwks_uri.as_ref().map(Url::to_string),
                ..ClientMetadata::default()
            };
            Client::configured(client_id(client.client_id), method, secret, metadata)
        })
        .collect();
    let admins = config
        .policy
        .admin_clients()
        .iter()
        .map(|id| client_id(*id))
        .collect();
    Clients::new(clients, admins)
}

/// In the configuration's order.
fn upstream(config: &Config) -> Result<Vec<Provider>, ConfigError> {
    let providers = config.upstream_oauth2.providers.iter().enumerate();
    providers
        .map(|(index, settings)| {
            let mut settings = settings.clone();
            settings.registration_token_required |= config.account.registration_token_required;
            Provider::new(settings, &config.http.public_base).map_err(|(key, reason)| {
                let key = format!("upstream_oauth2.providers[{index}].{key}");
                Finding::of_key(key, reason).into()
            })
        })
        .collect()
}

fn client_id(id: ulid::Ulid) -> ClientId {
    ClientId::from_uuid(uuid::Uuid::from_u128(id.into()))
}

fn site(config: &Config) -> Site {
    let account = &config.account;
    Site {
        public_base: config.http.public_base.clone(),
        issuer: config.http.issuer.clone(),
        server_name: config.matrix.homeserver.clone(),
        service_name: config.branding.service_name.clone(),
        policy_uri: config.branding.policy_uri.clone(),
        tos_uri: config.branding.tos_uri.clone(),
        imprint: config.branding.imprint.clone(),
        logo_uri: config.branding.logo_uri.clone(),
        accent: config.branding.accent_color,
        accent_dark: config.branding.accent_color_dark,
        email_change_allowed: account.email_change_allowed,
        displayname_change_allowed: account.displayname_change_allowed,
        password_login_enabled: config.passwords.enabled,
        password_change_allowed: config.password_change_allowed(),
        password_registration_enabled: config.password_registration_enabled(),
        password_registration_email_required: account.password_registration_email_required,
        password_registration_token_required: account.password_registration_token_required
            || account.registration_token_required,
        account_recovery_allowed: config.password_recovery_enabled(),
        account_deactivation_allowed: account.account_deactivation_allowed,
        login_with_email_allowed: account.login_with_email_allowed,
        minimum_password_complexity: config.passwords.minimum_complexity,
        captcha: captcha(&config.captcha),
        plan_management_iframe_uri: config.experimental.plan_management_iframe_uri.clone(),
        session_limit: session_limit(config),
        disuse: disuse(config),
        access_token_ttl: u32::try_from(config.experimental.access_token_ttl).unwrap_or(u32::MAX),
        compat_token_ttl: u32::try_from(config.experimental.compat_token_ttl).unwrap_or(u32::MAX),
    }
}

fn session_limit(config: &Config) -> Option<SessionLimit> {
    let limit = config.experimental.session_limit.as_ref()?;
    Some(SessionLimit {
        soft_limit: u64::from(limit.soft_limit),
        hard_limit: u64::from(limit.hard_limit),
        dangerous_hard_limit_eviction: limit.dangerous_hard_limit_eviction,
    })
}

fn disuse(config: &Config) -> Option<Disuse> {
    let expiration = config.experimental.inactive_session_expiration.as_ref()?;
    let seconds = i64::try_from(expiration.ttl).unwrap_or(i64::MAX);
    Some(Disuse {
        after: seconds.saturating_mul(1_000_000),
        browser: expiration.expire_user_sessions,
        oauth2: expiration.expire_oauth_sessions,
        compat: expiration.expire_compat_sessions,
    })
}

fn policy(config: &Config) -> policy::Settings {
    let limit = config.experimental.session_limit.as_ref();
    policy::Settings {
        server_name: config.matrix.homeserver.clone(),
        session_limit: session_limit(config),
        max_session_threshold: limit
            .and_then(|limit| limit.max_session_threshold)
            .map(u64::from),
        data: config.policy.data.clone(),
    }
}

fn captcha(config: &config::Captcha) -> Option<Captcha> {
    Some(Captcha {
        service: captcha_service(config.service?),
        site_key: config.site_key.clone().unwrap_or_default(),
    })
}

fn captcha_secret(config: &Config) -> Option<captcha::Settings> {
    let secret = config.captcha.secret_key.as_ref()?;
    Some(captcha::Settings {
        service: captcha_service(config.captcha.service?),
        secret_key: Zeroizing::new(secret.expose().clone()),
        hostname: config.http.public_base.host_str()?.to_owned(),
    })
}

const fn captcha_service(service: config::CaptchaService) -> CaptchaService {
    match service {
        config::CaptchaService::RecaptchaV2 => CaptchaService::RecaptchaV2,
        config::CaptchaService::CloudflareTurnstile => CaptchaService::CloudflareTurnstile,
        config::CaptchaService::HCaptcha => CaptchaService::HCaptcha,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn keys(yaml: &str) -> Result<Vec<ConfiguredKey>, String> {
        let loaded = Config::from_yaml(yaml, Path::new("/nowhere")).unwrap();
        signing_keys(&loaded.config.secrets).map_err(|error| error.to_string())
    }

    const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/signing/testdata");

    #[test]
    fn a_signing_key_that_cannot_be_used_is_named() {
        let good = format!("{{key_file: '{FOLDER}/rsa.pkcs8.pem'}}");
        for (key, reason) in [
            ("{key: nonsense}".to_owned(), "not a private key"),
            (
                format!("{{key_file: '{FOLDER}/p256.pkcs8.pem', password: a}}"),
                "the key is not encrypted",
            ),
            (
                format!("{{key_file: '{FOLDER}/p256.encrypted.pem'}}"),
                "the key is encrypted",
            ),
            (good.clone(), "configured twice"),
        ] {
            let refusal = keys(&format!("secrets: {{keys: [{good}, {key}]}}")).unwrap_err();
            assert!(refusal.starts_with("secrets.keys[1]: "), "{refusal}");
            assert!(refusal.contains(reason), "{refusal}");
        }
    }

    #[test]
    fn the_keys_of_a_folder_follow_those_that_are_listed() {
        let folder = tempfile::tempdir().unwrap();
        for (name, key) in [("b", "p384.sec1.pem"), ("a", "p256.sec1.pem")] {
            std::fs::copy(format!("{FOLDER}/{key}"), folder.path().join(name)).unwrap();
        }
        std::fs::write(folder.path().join(".hidden"), "no key").unwrap();
        let yaml = format!(
            "secrets: {{keys: [{{kid: mine, key_file: '{FOLDER}/rsa.encrypted.pem', \
             password: hunter2}}], keys_dir: '{}'}}",
            folder.path().display()
        );
        let found = keys(&yaml).unwrap();
        let kinds: Vec<&str> = found.iter().map(|key| key.key.kind().name()).collect();
        assert_eq!(kinds, ["rsa", "p256", "p384"]);
        assert_eq!(found[0].kid.as_deref(), Some("mine"));
        std::fs::write(folder.path().join("c"), "no key").unwrap();
        assert!(keys(&yaml).unwrap_err().contains("/c: not a private key"));
    }
}
