//! `upstream_oauth2`: other services that people may sign in with.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};
use ulid::Ulid;
use url::Url;

use super::claims_imports::ClaimsImports;
use crate::config::{
    key_path::KeyPath,
    report::Report,
    secret::{Secret, settle},
    section::Section,
};

/// The section (contract/oauth2.md section 23, `upstream_oauth2`).
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct UpstreamOauth2 {
    /// In the order in which people see them.
    pub providers: Vec<UpstreamProvider>,
}

/// A service that people may sign in with.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own in the contract"
)]
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UpstreamProvider {
    pub id: Ulid,
    #[serde(default = "yes")]
    pub enabled: bool,
    /// What Synapse called it, for imports.
    #[serde(default)]
    pub synapse_idp_id: Option<String>,
    /// Exactly as the provider writes it.
    #[serde(default)]
    pub issuer: Option<String>,
    #[serde(default)]
    pub human_name: Option<String>,
    #[serde(default)]
    pub brand_name: Option<String>,
    pub client_id: String,
    #[serde(default)]
    pub client_secret: Option<Secret<String>>,
    #[serde(default)]
    client_secret_file: Option<PathBuf>,
    pub token_endpoint_auth_method: TokenAuthMethod,
    #[serde(default)]
    pub sign_in_with_apple: Option<SignInWithApple>,
    /// For the methods with a signed assertion.
    #[serde(default)]
    pub token_endpoint_auth_signing_alg: Option<String>,
    #[serde(default = "rs256")]
    pub id_token_signed_response_alg: String,
    /// Separated by spaces.
    pub scope: String,
    #[serde(default)]
    pub discovery_mode: DiscoveryMode,
    #[serde(default)]
    pub pkce_method: PkceMethod,
    #[serde(default)]
    pub fetch_userinfo: bool,
    /// When absent, the userinfo is plain JSON.
    #[serde(default)]
    pub userinfo_signed_response_alg: Option<String>,
    #[serde(default)]
    pub authorization_endpoint: Option<Url>,
    #[serde(default)]
    pub token_endpoint: Option<Url>,
    #[serde(default)]
    pub userinfo_endpoint: Option<Url>,
    #[serde(default)]
    pub jwks_uri: Option<Url>,
    #[serde(default)]
    pub response_mode: Option<ResponseMode>,
    /// Templates.
    #[serde(default)]
    pub additional_authorization_parameters: BTreeMap<String, String>,
    /// Superseded by a parameter `login_hint` of the above.
    #[serde(default)]
    pub forward_login_hint: bool,
    #[serde(default)]
    pub on_backchannel_logout: OnBackchannelLogout,
    #[serde(default)]
    pub registration_token_required: bool,
    #[serde(default)]
    pub claims_imports: ClaimsImports,
}

/// How we prove ourselves at the provider's token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenAuthMethod {
    None,
    ClientSecretBasic,
    ClientSecretPost,
    ClientSecretJwt,
    PrivateKeyJwt,
    SignInWithApple,
}

impl TokenAuthMethod {
    const fn needs_secret(self) -> bool {
        matches!(
            self,
            Self::ClientSecretBasic | Self::ClientSecretPost | Self::ClientSecretJwt
        )
    }

    /// What assertions are signed with when nothing is configured.
    pub const fn default_algorithm(self) -> &'static str {
        match self {
            Self::ClientSecretJwt => "HS256",
            _ => "RS256",
        }
    }
}

/// What the secret for Apple is made of.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SignInWithApple {
    /// PEM.
    pub private_key: Option<Secret<String>>,
    private_key_file: Option<PathBuf>,
    pub team_id: String,
    pub key_id: String,
}

/// Where the provider's endpoints come from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiscoveryMode {
    /// From its metadata, which must be its own, by https alone.
    #[default]
    Oidc,
    /// The same, unchecked, and by http too.
    Insecure,
    /// From this configuration alone.
    Disabled,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PkceMethod {
    /// If the provider's metadata says that it knows S256.
    #[default]
    Auto,
    /// S256.
    Always,
    Never,
}

/// How the provider's answer comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    Query,
    FormPost,
}

impl ResponseMode {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::FormPost => "form_post",
        }
    }
}

/// What ends when the provider says that somebody signed out there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnBackchannelLogout {
    #[default]
    DoNothing,
    LogoutBrowserOnly,
    LogoutAll,
}

const fn yes() -> bool {
    true
}

fn rs256() -> String {
    "RS256".to_owned()
}

impl Section for UpstreamOauth2 {
    fn check(&mut self, at: &KeyPath, report: &mut Report<'_>) {
        let mut ids: Vec<Ulid> = Vec::new();
        for (index, provider) in self.providers.iter_mut().enumerate() {
            let at = at.key("providers").index(index);
            provider.check(&at, report);
            if ids.contains(&provider.id) {
                report.problem(
                    &at.key("id"),
                    format!("{} is configured twice; remove one", provider.id),
                );
            }
            ids.push(provider.id);
        }
    }
}

impl UpstreamProvider {
    fn check(&mut self, at: &KeyPath, report: &mut Report<'_>) {
        self.check_credentials(at, report);
        self.check_endpoints(at, report);
        if self.client_id.is_empty() {
            report.problem(&at.key("client_id"), "must not be empty");
        }
        if self.forward_login_hint {
            report.warn(
                &at.key("forward_login_hint"),
                "superseded; write `additional_authorization_parameters: {login_hint: \
                 '{{ params.login_hint }}'}`",
            );
        }
    }

    fn check_credentials(&mut self, at: &KeyPath, report: &mut Report<'_>) {
        let given = self.client_secret.is_some() || self.client_secret_file.is_some();
        let file = self.client_secret_file.as_deref();
        settle(&mut self.client_secret, file, "client_secret", at, report);
        let method = self.token_endpoint_auth_method;
        if method.needs_secret() != given {
            report.problem(
                &at.key("client_secret"),
                if given {
                    "not allowed with this token_endpoint_auth_method; remove it"
                } else {
                    "missing; this token_endpoint_auth_method needs `client_secret` or \
                     `client_secret_file`"
                },
            );
        }
        let apple_at = at.key("sign_in_with_apple");
        let wanted = method == TokenAuthMethod::SignInWithApple;
        match &mut self.sign_in_with_apple {
            None if wanted => report.problem(
                &apple_at,
                "missing; give `private_key` or `private_key_file`, `team_id` and `key_id`",
            ),
            Some(_) if !wanted => report.problem(
                &apple_at,
                "only goes with `token_endpoint_auth_method: sign_in_with_apple`",
            ),
            Some(apple) => {
                let file = apple.private_key_file.as_deref();
                settle(
                    &mut apple.private_key,
                    file,
                    "private_key",
                    &apple_at,
                    report,
                );
                for (key, missing) in [
                    ("private_key", apple.private_key.is_none()),
                    ("team_id", apple.team_id.is_empty()),
                    ("key_id", apple.key_id.is_empty()),
                ] {
                    if missing {
                        report.problem(&apple_at.key(key), "missing, and there is no default");
                    }
                }
            }
            None => {}
        }
    }

    /// Whether the scope asks for an ID token.
    #[must_use]
    pub fn is_openid(&self) -> bool {
        self.scope.split(' ').any(|scope| scope == "openid")
    }

    fn check_endpoints(&self, at: &KeyPath, report: &mut Report<'_>) {
        let disabled = self.discovery_mode == DiscoveryMode::Disabled;
        match &self.issuer {
            None if !disabled => report.problem(
                &at.key("issuer"),
                "missing; only `discovery_mode: disabled` goes without",
            ),
            None if self.is_openid() => {
                report.problem(&at.key("issuer"), "missing; ID tokens are checked for it");
            }
            None => {}
            Some(issuer) => {
                let known = Url::parse(issuer)
                    .is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.has_host());
                if !known {
                    report.problem(
                        &at.key("issuer"),
                        "expected an address that starts with https:// or http://",
                    );
                }
            }
        }
        for (key, endpoint, needed) in [
            (
                "authorization_endpoint",
                &self.authorization_endpoint,
                disabled,
            ),
            ("token_endpoint", &self.token_endpoint, disabled),
            (
                "userinfo_endpoint",
                &self.userinfo_endpoint,
                disabled && self.fetch_userinfo,
            ),
            ("jwks_uri", &self.jwks_uri, disabled && self.is_openid()),
        ] {
            match endpoint {
                None if needed => report.problem(
                    &at.key(key),
                    "missing; with `discovery_mode: disabled` nothing else tells it",
                ),
                Some(url) if !matches!(url.scheme(), "https" | "http") => {
                    report.problem(&at.key(key), "must start with https:// or http://");
                }
                _ => {}
            }
        }
        if !self.is_openid() && !self.fetch_userinfo {
            report.problem(
                &at.key("scope"),
                "without `openid` and without `fetch_userinfo` nobody tells who signs in",
            );
        }
    }
}
