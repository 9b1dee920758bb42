//! The way there: the address that the browser is sent to.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use minijinja::{Value, value::Serde};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use url::Url;

use super::{Provider, Upstream, UpstreamError, templates};
use crate::app::App;

/// Bytes of a parameter of the configuration.
const LONGEST: usize = 2048;

/// What is known of the sign-in that is under way here, for templates.
#[derive(Debug, Default)]
pub struct Asked {
    /// The parameters that a client came with; an object.
    pub params: serde_json::Value,
    /// Whether this browser has just signed out.
    pub logged_out: bool,
}

/// What the provider's answer is measured against.
#[derive(Serialize, Deserialize)]
pub struct Secrets {
    #[serde(default)]
    pub nonce: Option<String>,
    #[serde(default)]
    pub verifier: Option<String>,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(***)")
    }
}

/// A sign-in that begins.
#[derive(Debug)]
pub struct Begun {
    pub url: Url,
    pub state: String,
    pub secrets: Secrets,
}

impl Upstream {
    pub async fn begin(
        &self,
        app: &App,
        provider: &Provider,
        asked: &Asked,
    ) -> Result<Begun, UpstreamError> {
        let endpoints = self.endpoints(provider).await?;
        let settings = &provider.settings;
        let state = draw(app);
        let secrets = Secrets {
            nonce: settings.is_openid().then(|| draw(app)),
            verifier: endpoints.pkce.then(|| draw(app)),
        };
        let mut own: Vec<(&str, String)> = vec![
            ("response_type", "code".to_owned()),
            ("client_id", settings.client_id.clone()),
            ("redirect_uri", provider.redirect_uri.to_string()),
            ("scope", settings.scope.clone()),
            ("state", state.clone()),
        ];
        own.extend(secrets.nonce.clone().map(|nonce| ("nonce", nonce)));
        if let Some(verifier) = &secrets.verifier {
            let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier));
            own.push(("code_challenge", challenge));
            own.push(("code_challenge_method", "S256".to_owned()));
        }
        if let Some(mode) = settings.response_mode {
            own.push(("response_mode", mode.name().to_owned()));
        }
        let mut url = endpoints.authorization.clone();
        let more = additional(provider, asked);
        url.query_pairs_mut().extend_pairs(&own).extend_pairs(
            more.iter()
                // Nobody configures the protocol away.
                .filter(|(name, _)| own.iter().all(|(known, _)| known != name)),
        );
        Ok(Begun {
            url,
            state,
            secrets,
        })
    }
}

fn additional(provider: &Provider, asked: &Asked) -> Vec<(String, String)> {
    const LOGIN_HINT: &str = "login_hint";
    let settings = &provider.settings;
    let configured = &settings.additional_authorization_parameters;
    let context = Value::from(Serde(serde_json::json!({
        "params": asked.params,
        "logged_out": asked.logged_out,
    })));
    let forwarded = settings.forward_login_hint && !configured.contains_key(LOGIN_HINT);
    let forwarded = forwarded.then_some((LOGIN_HINT, "{{ params.login_hint }}"));
    configured
        .iter()
        .map(|(name, template)| (name.as_str(), template.as_str()))
        .chain(forwarded)
        .filter_map(|(name, template)| {
            let value = templates::render(template, &context, LONGEST)?;
            Some((name.to_owned(), value))
        })
        .collect()
}

/// 256 bits, as 43 characters.
fn draw(app: &App) -> String {
    let mut bytes = [0; 32];
    app.entropy.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::upstream::tests::provider;

    #[test]
    fn parameters_are_templates_and_empty_ones_stay_away() {
        let provider = provider(
            "forward_login_hint: true\nadditional_authorization_parameters:\n  \
             prompt: \"{% if logged_out %}login{% endif %}\"\n  lang: \"{{ params.ui_locales }}\"",
        );
        let mut asked = Asked {
            params: json!({"login_hint": "alice", "ui_locales": "de"}),
            logged_out: false,
        };
        let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            let owned = pairs
                .iter()
                .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()));
            owned.collect()
        };
        let expected = pairs(&[("lang", "de"), ("login_hint", "alice")]);
        assert_eq!(additional(&provider, &asked), expected);
        asked.logged_out = true;
        asked.params = json!({});
        assert_eq!(additional(&provider, &asked), pairs(&[("prompt", "login")]));
    }
}
