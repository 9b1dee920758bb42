//! How this service proves itself at a provider's token endpoint.

use openidconnect::AuthType;
use serde::Serialize;
use url::Url;
use zeroize::Zeroizing;

use super::{UpstreamError, provider::algorithm};
use crate::{
    app::App,
    config::{self, TokenAuthMethod},
    signing::{self, Algorithm, ConfiguredKey, SigningKeys, jws},
};

/// Seconds that an assertion is good for.
const LIFETIME: i64 = 300;
const APPLE: &str = "https://appleid.apple.com";

/// What there is to prove it with.
#[derive(Debug)]
pub enum Credential {
    None,
    /// In the header or in the form.
    Secret(Secret, AuthType),
    /// An assertion signed with the secret.
    SharedAssertion(Secret, Algorithm),
    /// An assertion signed with one of our keys.
    Assertion(Algorithm),
    Apple {
        key: SigningKeys,
        team_id: String,
    },
}

/// Never shown.
pub struct Secret(Zeroizing<String>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(***)")
    }
}

/// A credential as it goes along with one request.
pub enum Proof {
    None,
    Secret(Zeroizing<String>, AuthType),
    Assertion(String),
}

#[derive(Serialize)]
struct Claims<'c> {
    iss: &'c str,
    sub: &'c str,
    aud: &'c str,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
    iat: i64,
    exp: i64,
}

impl Credential {
    pub fn new(settings: &config::UpstreamProvider) -> Result<Self, (&'static str, String)> {
        const KEY: &str = "token_endpoint_auth_signing_alg";
        let method = settings.token_endpoint_auth_method;
        let signing = settings.token_endpoint_auth_signing_alg.as_deref();
        let signing = algorithm(KEY, signing.unwrap_or(method.default_algorithm()))?;
        let secret = || {
            let secret = settings.client_secret.as_ref();
            let secret = secret.ok_or(("client_secret", "missing".to_owned()))?;
            Ok(Secret(Zeroizing::new(secret.expose().clone())))
        };
        let fits = |shared: bool| {
            (signing.is_shared() == shared).then_some(signing).ok_or((
                KEY,
                format!("{} does not go with this method", signing.name()),
            ))
        };
        Ok(match method {
            TokenAuthMethod::None => Self::None,
            TokenAuthMethod::ClientSecretBasic => Self::Secret(secret()?, AuthType::BasicAuth),
            TokenAuthMethod::ClientSecretPost => Self::Secret(secret()?, AuthType::RequestBody),
            TokenAuthMethod::ClientSecretJwt => Self::SharedAssertion(secret()?, fits(true)?),
            TokenAuthMethod::PrivateKeyJwt => Self::Assertion(fits(false)?),
            TokenAuthMethod::SignInWithApple => apple(settings)?,
        })
    }

    /// The secret that both sides know, with which a provider may sign.
    pub fn secret(&self) -> Option<&str> {
        match self {
            Self::Secret(secret, _) | Self::SharedAssertion(secret, _) => Some(&secret.0),
            Self::None | Self::Assertion(_) | Self::Apple { .. } => None,
        }
    }

    pub fn prove(&self, app: &App, client_id: &str, token: &Url) -> Result<Proof, UpstreamError> {
        let iat = app.clock.now() / 1_000_000;
        let own = Claims {
            iss: client_id,
            sub: client_id,
            aud: token.as_str(),
            jti: Some(app.ids.ulid().to_string()),
            iat,
            exp: iat + LIFETIME,
        };
        let signed = match self {
            Self::None => return Ok(Proof::None),
            Self::Secret(secret, place) => {
                return Ok(Proof::Secret(secret.0.clone(), place.clone()));
            }
            Self::SharedAssertion(secret, algorithm) => {
                jws::sign_shared(*algorithm, secret.0.as_bytes(), &own).map(Proof::Assertion)
            }
            Self::Assertion(algorithm) => app
                .signing
                .get()
                .sign(*algorithm, &own, Some("JWT"))
                .map(Proof::Assertion),
            Self::Apple { key, team_id } => {
                let claims = Claims {
                    iss: team_id,
                    aud: APPLE,
                    jti: None,
                    ..own
                };
                key.sign(Algorithm::Es256, &claims, None)
                    .map(|secret| Proof::Secret(Zeroizing::new(secret), AuthType::RequestBody))
            }
        };
        signed.map_err(|error| UpstreamError::Credential(error.to_string()))
    }
}

/// The secret is a token, signed with a key that Apple knows.
fn apple(settings: &config::UpstreamProvider) -> Result<Credential, (&'static str, String)> {
    const KEY: &str = "sign_in_with_apple.private_key";
    let missing = || ("sign_in_with_apple", "missing".to_owned());
    let apple = settings.sign_in_with_apple.as_ref().ok_or_else(missing)?;
    let pem = apple.private_key.as_ref().ok_or_else(missing)?;
    let key = signing::load(pem.expose().as_bytes(), None);
    let key = key.map_err(|reason| (KEY, reason.to_owned()))?;
    if !key.kind().algorithms().contains(&Algorithm::Es256) {
        return Err((KEY, "expected a key on the curve P-256".to_owned()));
    }
    let key = ConfiguredKey {
        kid: Some(apple.key_id.clone()),
        key,
        place: KEY.to_owned(),
    };
    Ok(Credential::Apple {
        key: SigningKeys::configured(vec![key]),
        team_id: apple.team_id.clone(),
    })
}
