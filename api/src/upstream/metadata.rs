//! Where a provider's endpoints are: as configured, or as its metadata says.

use serde::Deserialize;
use url::Url;

use super::{Provider, UpstreamError, get_json};
use crate::{
    config::{DiscoveryMode, PkceMethod},
    outward::Outward,
};

/// `OpenID` Connect Discovery section 3, as far as we go by it.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Metadata {
    issuer: Option<String>,
    authorization_endpoint: Option<Url>,
    token_endpoint: Option<Url>,
    userinfo_endpoint: Option<Url>,
    jwks_uri: Option<Url>,
    code_challenge_methods_supported: Vec<String>,
}

#[derive(Debug)]
pub struct Endpoints {
    pub authorization: Url,
    pub token: Url,
    pub userinfo: Option<Url>,
    pub jwks_uri: Option<Url>,
    /// Whether a code challenge goes along.
    pub pkce: bool,
}

pub async fn find(outward: &Outward, provider: &Provider) -> Result<Endpoints, UpstreamError> {
    let settings = &provider.settings;
    let metadata = match (settings.discovery_mode, &settings.issuer) {
        (DiscoveryMode::Disabled, _) | (_, None) => Metadata::default(),
        (DiscoveryMode::Oidc | DiscoveryMode::Insecure, Some(issuer)) => {
            discover(outward, settings.discovery_mode, issuer).await?
        }
    };
    endpoints(provider, metadata)
}

async fn discover(
    outward: &Outward,
    mode: DiscoveryMode,
    issuer: &str,
) -> Result<Metadata, UpstreamError> {
    let url = issuer.trim_end_matches('/');
    let url = Url::parse(&format!("{url}/.well-known/openid-configuration"))
        .map_err(|_| UpstreamError::Insecure("issuer"))?;
    if mode == DiscoveryMode::Oidc && url.scheme() != "https" {
        return Err(UpstreamError::Insecure("issuer"));
    }
    let document = get_json(outward, url).await?;
    let metadata: Metadata =
        serde_json::from_value(document).map_err(|_| UpstreamError::NotJson)?;
    if mode == DiscoveryMode::Oidc && metadata.issuer.as_deref() != Some(issuer) {
        return Err(UpstreamError::ForeignMetadata);
    }
    Ok(metadata)
}

/// What is configured goes before what is found.
fn endpoints(provider: &Provider, metadata: Metadata) -> Result<Endpoints, UpstreamError> {
    let settings = &provider.settings;
    let strict = settings.discovery_mode == DiscoveryMode::Oidc;
    let pick = |name, configured: &Option<Url>, found: Option<Url>| {
        let url = configured.clone().or(found);
        let allowed = |url: &Url| {
            url.has_host() && (url.scheme() == "https" || (!strict && url.scheme() == "http"))
        };
        match url {
            Some(url) if !allowed(&url) => Err(UpstreamError::Insecure(name)),
            url => Ok(url),
        }
    };
    let needed = |name, url: Option<Url>| url.ok_or(UpstreamError::MissingEndpoint(name));
    let supports_s256 = metadata
        .code_challenge_methods_supported
        .iter()
        .any(|method| method == "S256");
    let authorization = pick(
        "authorization_endpoint",
        &settings.authorization_endpoint,
        metadata.authorization_endpoint,
    )?;
    let token = pick(
        "token_endpoint",
        &settings.token_endpoint,
        metadata.token_endpoint,
    )?;
    Ok(Endpoints {
        authorization: needed("authorization_endpoint", authorization)?,
        token: needed("token_endpoint", token)?,
        userinfo: pick(
            "userinfo_endpoint",
            &settings.userinfo_endpoint,
            metadata.userinfo_endpoint,
        )?,
        jwks_uri: pick("jwks_uri", &settings.jwks_uri, metadata.jwks_uri)?,
        pkce: match settings.pkce_method {
            PkceMethod::Always => true,
            PkceMethod::Never => false,
            PkceMethod::Auto => supports_s256,
        },
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::upstream::tests::provider;

    fn found(more: &str, metadata: serde_json::Value) -> Result<Endpoints, UpstreamError> {
        endpoints(&provider(more), serde_json::from_value(metadata).unwrap())
    }

    #[test]
    fn what_is_configured_goes_before_what_is_found() {
        let endpoints = found(
            "token_endpoint: https://configured.example/token",
            json!({"authorization_endpoint": "https://a.example/", "token_endpoint":
                "https://t.example/", "jwks_uri": "https://k.example/",
                "code_challenge_methods_supported": ["plain", "S256"]}),
        );
        let endpoints = endpoints.unwrap();
        assert_eq!(endpoints.token.as_str(), "https://configured.example/token");
        assert_eq!(endpoints.authorization.as_str(), "https://a.example/");
        assert!(endpoints.pkce);
    }

    #[test]
    fn only_https_will_do_unless_it_is_allowed() {
        let http = json!({"authorization_endpoint": "http://a.example/", "token_endpoint":
            "https://t.example/"});
        let refused = found("", http.clone()).unwrap_err();
        assert_eq!(refused, UpstreamError::Insecure("authorization_endpoint"));
        let endpoints = found("discovery_mode: insecure", http).unwrap();
        assert!(!endpoints.pkce);
        let other = json!({"authorization_endpoint": "javascript:alert(1)", "token_endpoint":
            "https://t.example/"});
        assert!(found("discovery_mode: insecure", other).is_err());
    }

    #[test]
    fn what_is_missing_is_named() {
        let refused = found("", json!({"authorization_endpoint": "https://a.example/"}));
        let expected = UpstreamError::MissingEndpoint("token_endpoint");
        assert_eq!(refused.unwrap_err(), expected);
    }
}
