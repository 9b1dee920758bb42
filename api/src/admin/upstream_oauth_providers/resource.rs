use poem_openapi::Object;
use serde::Serialize;

use crate::{
    admin::{
        envelope::Resource,
        schema::{Id, Timestamp},
    },
    upstream::Provider,
};

/// An upstream OAuth 2.0 provider
#[derive(Serialize, Object)]
pub struct UpstreamOAuthProvider {
    #[serde(skip)]
    #[oai(skip)]
    id: Id,
    /// The OIDC issuer of the provider
    #[oai(nullable)]
    issuer: Option<String>,
    /// A human-readable name for the provider
    #[oai(nullable)]
    human_name: Option<String>,
    /// A brand identifier, e.g. "apple" or "google"
    #[oai(nullable)]
    brand_name: Option<String>,
    /// When the provider was created
    created_at: Timestamp,
    /// When the provider was disabled. If null, the provider is enabled.
    #[oai(nullable)]
    disabled_at: Option<Timestamp>,
    /// Whether a registration token is needed to register with this provider
    registration_token_required: bool,
}

impl From<&Provider> for UpstreamOAuthProvider {
    fn from(provider: &Provider) -> Self {
        let settings = &provider.settings;
        let created_at = Timestamp(provider.created_at());
        Self {
            id: Id(provider.id.as_uuid()),
            issuer: settings.issuer.clone(),
            human_name: settings.human_name.clone(),
            brand_name: settings.brand_name.clone(),
            created_at,
            disabled_at: (!settings.enabled).then_some(created_at),
            registration_token_required: settings.registration_token_required,
        }
    }
}

impl Resource for UpstreamOAuthProvider {
    const TYPE: &'static str = "upstream-oauth-provider";
    const PATH: &'static str = "/api/admin/v1/upstream-oauth-providers";

    fn id(&self) -> Id {
        self.id
    }
}
