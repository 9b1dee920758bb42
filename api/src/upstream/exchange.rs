//! The way back: a code becomes tokens, and these what the provider says of a person.

use futures_util::future::BoxFuture;
use openidconnect::{
    AccessToken, AsyncHttpClient, AuthType, AuthorizationCode, ClientId, ClientSecret, HttpRequest,
    HttpResponse, IssuerUrl, JsonWebKeySet, OAuth2TokenResponse, PkceCodeVerifier, RedirectUrl,
    RequestTokenError, TokenResponse, TokenUrl,
    core::{CoreClient, CoreIdToken},
    http,
};
use serde_json::{Map, Value};

use super::{
    Provider, Secrets, Told, Upstream, UpstreamError,
    claims::{Sources, tell},
    credential::Proof,
    id_token::{self, Expected},
    metadata::Endpoints,
    userinfo,
};
use crate::{
    app::App,
    outward::{Outward, OutwardError},
};

const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

impl Upstream {
    /// What the provider tells of whoever came back with the code. `extra` is what else they came
    /// with.
    pub async fn finish(
        &self,
        app: &App,
        provider: &Provider,
        code: &str,
        secrets: &Secrets,
        extra: Map<String, Value>,
    ) -> Result<Told, UpstreamError> {
        let endpoints = self.endpoints(provider).await?;
        let tokens = self
            .exchange(app, provider, &endpoints, code, secrets)
            .await?;
        let is_openid = provider.settings.is_openid();
        let id_token = match tokens.id_token {
            Some(id_token) if is_openid => {
                let keys = self.keys(&endpoints, provider.algorithm).await?;
                let expected = Expected {
                    provider,
                    keys: &keys,
                    nonce: secrets.nonce.as_deref(),
                    access_token: tokens.access_token.secret(),
                    code,
                    now: app.clock.now(),
                };
                Some(id_token::verify(&id_token, &expected)?)
            }
            None if is_openid => return Err(UpstreamError::NoIdToken),
            // Nobody asked for it.
            Some(_) | None => None,
        };
        let userinfo = if provider.settings.fetch_userinfo {
            let keys = match provider.userinfo_algorithm {
                Some(algorithm) => Some(self.keys(&endpoints, algorithm).await?),
                None => None,
            };
            let token = tokens.access_token.secret();
            let found =
                userinfo::fetch(&self.outward, provider, &endpoints, token, keys.as_deref());
            let found = found.await?;
            userinfo::check(&found, id_token.as_ref())?;
            Some(found)
        } else {
            None
        };
        tell(
            provider,
            &Sources {
                id_token,
                userinfo,
                extra,
            },
        )
    }

    async fn exchange(
        &self,
        app: &App,
        provider: &Provider,
        endpoints: &Endpoints,
        code: &str,
        secrets: &Secrets,
    ) -> Result<Tokens, UpstreamError> {
        let client_id = &provider.settings.client_id;
        let proof = provider
            .credential
            .prove(app, client_id, &endpoints.token)?;
        // The client needs an issuer and keys for what it is not asked to do here.
        let issuer = IssuerUrl::from_url(endpoints.token.clone());
        let mut client = CoreClient::new(
            ClientId::new(client_id.clone()),
            issuer,
            JsonWebKeySet::default(),
        )
        .set_auth_type(AuthType::RequestBody)
        .set_redirect_uri(RedirectUrl::from_url(provider.redirect_uri.clone()))
        .set_token_uri(TokenUrl::from_url(endpoints.token.clone()));
        let mut assertion = None;
        match proof {
            Proof::None => {}
            Proof::Secret(secret, place) => {
                client = client
                    .set_auth_type(place)
                    .set_client_secret(ClientSecret::new(secret.as_str().to_owned()));
            }
            Proof::Assertion(signed) => assertion = Some(signed),
        }
        let mut request = client.exchange_code(AuthorizationCode::new(code.to_owned()));
        if let Some(verifier) = &secrets.verifier {
            request = request.set_pkce_verifier(PkceCodeVerifier::new(verifier.clone()));
        }
        if let Some(signed) = assertion {
            request = request
                .add_extra_param("client_assertion_type", ASSERTION)
                .add_extra_param("client_assertion", signed);
        }
        let answer = request.request_async(&self.outward).await;
        let answer = answer.map_err(|error| match error {
            RequestTokenError::Request(error) => UpstreamError::Outward(error),
            // Its description is for people, and could say anything.
            RequestTokenError::ServerResponse(error) => {
                UpstreamError::Refused(short(error.error().as_ref()))
            }
            RequestTokenError::Parse(error, _) => {
                UpstreamError::Exchange(format!("at {}", short(&error.path().to_string())))
            }
            RequestTokenError::Other(reason) => UpstreamError::Exchange(short(&reason)),
        })?;
        Ok(Tokens {
            access_token: answer.access_token().clone(),
            id_token: answer.id_token().cloned(),
        })
    }
}

struct Tokens {
    access_token: AccessToken,
    id_token: Option<CoreIdToken>,
}

/// For the log.
fn short(text: &str) -> String {
    text.chars()
        .filter(|char| !char.is_control())
        .take(100)
        .collect()
}

/// Our client, as the crate wants it.
impl<'c> AsyncHttpClient<'c> for Outward {
    type Error = OutwardError;
    type Future = BoxFuture<'c, Result<HttpResponse, OutwardError>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(send(self, request))
    }
}

async fn send(outward: &Outward, request: HttpRequest) -> Result<HttpResponse, OutwardError> {
    let unusable = |error: &dyn std::fmt::Display| OutwardError::Unreachable(error.to_string());
    let request = reqwest::Request::try_from(request).map_err(|error| unusable(&error))?;
    let answer = outward.send(request).await?;
    let mut response = http::Response::builder().status(answer.status);
    if let Some(headers) = response.headers_mut() {
        *headers = answer.headers;
    }
    response.body(answer.body).map_err(|error| unusable(&error))
}
