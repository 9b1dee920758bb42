//! The upstream providers that the configuration names, as far as administrators are told of them.

use muniment_domain::UpstreamProviderId;
use serde::Deserialize;
use serde_json::Value;
use ulid::Ulid;
use uuid::Uuid;

use crate::config::RawSection;

/// A service that people may sign in with. Times are microseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamProvider {
    pub id: UpstreamProviderId,
    pub issuer: Option<String>,
    pub human_name: Option<String>,
    pub brand_name: Option<String>,
    pub created_at: i64,
    pub disabled_at: Option<i64>,
    pub registration_token_required: bool,
}

/// All of them, sorted by their ids.
#[derive(Debug, Default)]
pub struct UpstreamProviders(Vec<UpstreamProvider>);

/// What is read of one; the rest belongs to signing in with it.
#[derive(Deserialize)]
struct Configured {
    id: Ulid,
    #[serde(default = "enabled")]
    enabled: bool,
    issuer: Option<String>,
    human_name: Option<String>,
    brand_name: Option<String>,
    #[serde(default)]
    registration_token_required: bool,
}

const fn enabled() -> bool {
    true
}

impl UpstreamProviders {
    /// Those of `upstream_oauth2.providers`. What cannot be read is left out.
    #[must_use]
    pub fn configured(section: &RawSection) -> Self {
        let configured = section.0.get("providers").and_then(Value::as_array);
        let mut providers: Vec<_> = configured
            .into_iter()
            .flatten()
            .filter_map(|value| Configured::deserialize(value).ok())
            .map(UpstreamProvider::from)
            .collect();
        providers.sort_by_key(|provider| provider.id);
        providers.dedup_by_key(|provider| provider.id);
        Self(providers)
    }

    #[must_use]
    pub fn find(&self, id: UpstreamProviderId) -> Option<&UpstreamProvider> {
        self.0.iter().find(|provider| provider.id == id)
    }

    /// Those that are enabled, or those that are not, or all.
    #[must_use]
    pub fn list(&self, enabled: Option<bool>) -> Vec<&UpstreamProvider> {
        let wanted = |provider: &&UpstreamProvider| {
            enabled.is_none_or(|enabled| enabled == provider.disabled_at.is_none())
        };
        self.0.iter().filter(wanted).collect()
    }
}

impl From<Configured> for UpstreamProvider {
    fn from(configured: Configured) -> Self {
        // The configuration has no times; its id has the one at which somebody made it.
        let millisecond = i64::try_from(configured.id.timestamp_ms()).unwrap_or_default();
        let created_at = millisecond * 1000;
        Self {
            id: UpstreamProviderId::from_uuid(Uuid::from_u128(configured.id.into())),
            issuer: configured.issuer,
            human_name: configured.human_name,
            brand_name: configured.brand_name,
            created_at,
            disabled_at: (!configured.enabled).then_some(created_at),
            registration_token_required: configured.registration_token_required,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn providers_are_read_from_the_configuration_in_the_order_of_their_ids() {
        let Value::Object(section) = json!({"providers": [
            {"id": "01FSHN9AG0000000000000000B", "issuer": "https://b.example/", "enabled": false},
            {"id": "01FSHN9AG0000000000000000A", "human_name": "A", "client_secret": "s"},
            {"human_name": "without an id"},
        ]}) else {
            panic!("an object");
        };
        let providers = UpstreamProviders::configured(&RawSection(section));
        let names = |enabled| {
            let found = providers.list(enabled);
            let ids = found.into_iter().map(|provider| provider.id.to_string());
            ids.map(|id| id[25..].to_owned()).collect::<String>()
        };
        assert_eq!(names(None), "AB");
        assert_eq!(names(Some(true)), "A");
        assert_eq!(names(Some(false)), "B");
        let disabled = providers.list(Some(false))[0];
        assert_eq!(disabled.created_at, 1_642_344_000_000_000);
        assert!(providers.find(disabled.id).is_some());
        assert!(providers.find(UpstreamProviderId::default()).is_none());
    }
}
