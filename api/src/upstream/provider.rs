use muniment_domain::UpstreamProviderId;
use openidconnect::core::CoreJwsSigningAlgorithm;
use url::Url;
use uuid::Uuid;

use super::{credential::Credential, templates};
use crate::{config, signing::Algorithm};

/// A service that people may sign in with.
#[derive(Debug)]
pub struct Provider {
    pub id: UpstreamProviderId,
    pub settings: config::UpstreamProvider,
    /// Where it sends people back to.
    pub(super) redirect_uri: Url,
    /// What it signs ID tokens and logout tokens with, as we call it and as the crate does.
    pub(super) algorithm: Algorithm,
    pub(super) id_token_algorithm: CoreJwsSigningAlgorithm,
    pub(super) userinfo_algorithm: Option<Algorithm>,
    pub(super) credential: Credential,
}

impl Provider {
    /// Else the key that is wrong, and why.
    pub fn new(
        settings: config::UpstreamProvider,
        public_base: &Url,
    ) -> Result<Self, (&'static str, String)> {
        const ID_TOKEN: &str = "id_token_signed_response_alg";
        let algorithm = algorithm(ID_TOKEN, &settings.id_token_signed_response_alg)?;
        let id_token_algorithm = serde_json::from_value(algorithm.name().into()).map_err(|_| {
            (
                ID_TOKEN,
                format!("{} is not supported here", algorithm.name()),
            )
        })?;
        let userinfo_algorithm = settings
            .userinfo_signed_response_alg
            .as_deref()
            .map(|name| self::algorithm("userinfo_signed_response_alg", name))
            .transpose()?;
        for (key, template) in templates::all(&settings) {
            templates::check(template).map_err(|reason| (key, reason))?;
        }
        let credential = Credential::new(&settings)?;
        for used in [Some(algorithm), userinfo_algorithm].into_iter().flatten() {
            if used.is_shared() && credential.secret().is_none() {
                let reason = format!("{} needs a client_secret", used.name());
                return Err((ID_TOKEN, reason));
            }
        }
        let redirect_uri = public_base
            .join(&format!("upstream/callback/{}", settings.id))
            .map_err(|error| ("id", error.to_string()))?;
        Ok(Self {
            id: UpstreamProviderId::from_uuid(Uuid::from_u128(settings.id.into())),
            redirect_uri,
            algorithm,
            id_token_algorithm,
            userinfo_algorithm,
            credential,
            settings,
        })
    }

    /// When it was made, in microseconds since 1970: the configuration has no times, but its id has.
    pub fn created_at(&self) -> i64 {
        i64::try_from(self.settings.id.timestamp_ms()).unwrap_or_default() * 1000
    }

    /// What people know it as.
    pub fn name(&self) -> String {
        let named = self.settings.human_name.clone();
        named
            .or_else(|| {
                let issuer = Url::parse(self.settings.issuer.as_deref()?).ok()?;
                issuer.host_str().map(str::to_owned)
            })
            .unwrap_or_else(|| self.settings.id.to_string())
    }
}

pub(super) fn algorithm(
    key: &'static str,
    name: &str,
) -> Result<Algorithm, (&'static str, String)> {
    name.parse().map_err(|_| {
        (
            key,
            format!("{name:?} is not a signature algorithm known here"),
        )
    })
}
