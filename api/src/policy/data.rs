//! The data that the rules go by, read from JSON (contract oauth2.md 13 and 23, `policy`).

use std::collections::HashSet;

use muniment_domain::ClientId;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{
    constraints::{Constraints, DomainGlobs, Networks},
    merge::MergeError,
};

/// Why a value is not policy data.
#[derive(Debug, thiserror::Error)]
pub enum PolicyDataError {
    #[error("invalid policy data: {0}")]
    Form(String),
    #[error(transparent)]
    Merge(#[from] MergeError),
}

/// Keys that no rule knows are let be.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PolicyData {
    #[serde(deserialize_with = "or_default")]
    pub(super) server_name: String,
    pub(super) session_limit: Option<SessionLimit>,
    #[serde(deserialize_with = "or_default")]
    pub(super) admin_users: HashSet<String>,
    #[serde(deserialize_with = "clients")]
    pub(super) admin_clients: HashSet<ClientId>,
    #[serde(deserialize_with = "or_default")]
    pub(super) client_registration: ClientRegistrationData,
    #[serde(deserialize_with = "or_default")]
    pub(super) registration: RegistrationData,
    #[serde(deserialize_with = "or_default")]
    pub(super) emails: EmailsData,
    pub(super) allowed_domains: Option<DomainGlobs>,
    pub(super) banned_domains: Option<DomainGlobs>,
    #[serde(deserialize_with = "or_default")]
    pub(super) requester: RequesterData,
}

/// How many sessions a user may have (contract oauth2.md 13.5).
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct SessionLimit {
    pub soft_limit: u64,
    pub hard_limit: u64,
    /// Users with more sessions than this are left alone.
    pub max_session_threshold: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ClientRegistrationData {
    #[serde(deserialize_with = "or_default")]
    pub allow_host_mismatch: bool,
    #[serde(deserialize_with = "or_default")]
    pub allow_insecure_uris: bool,
    #[serde(deserialize_with = "or_default")]
    pub allow_missing_client_uri: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RegistrationData {
    pub allowed_usernames: Option<Constraints>,
    pub banned_usernames: Option<Constraints>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct EmailsData {
    pub allowed_addresses: Option<Constraints>,
    pub banned_addresses: Option<Constraints>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RequesterData {
    pub banned_ips: Option<Networks>,
    pub banned_user_agents: Option<Constraints>,
}

/// Null, which merging may leave behind, means the same as nothing.
fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Whatever is no client's id names no client.
fn clients<'de, D: Deserializer<'de>>(deserializer: D) -> Result<HashSet<ClientId>, D::Error> {
    let ids: Vec<String> = or_default(deserializer)?;
    Ok(ids.iter().filter_map(|id| id.parse().ok()).collect())
}

impl PolicyData {
    pub fn from_value(value: &Value) -> Result<Self, PolicyDataError> {
        if value.is_null() {
            return Ok(Self::default());
        }
        if !value.is_object() {
            return Err(PolicyDataError::Form("expected an object".to_owned()));
        }
        serde_path_to_error::deserialize(value).map_err(|error| {
            let at = error.path().to_string();
            let reason = error.into_inner();
            PolicyDataError::Form(if at == "." {
                reason.to_string()
            } else {
                format!("{at}: {reason}")
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn everything_may_be_missing_or_null_and_more_may_be_there() {
        for value in [
            json!(null),
            json!({}),
            json!({"unheard_of": {"x": 1}, "admin_clients": ["no id"]}),
            json!({
                "server_name": null, "session_limit": null, "admin_users": null,
                "admin_clients": null, "client_registration": {"allow_host_mismatch": null},
                "registration": null, "emails": {"banned_addresses": null},
                "allowed_domains": null, "requester": {"banned_ips": null},
            }),
        ] {
            let data = PolicyData::from_value(&value).unwrap();
            assert!(data.admin_clients.is_empty());
        }
    }

    #[test]
    fn a_wrong_value_is_named() {
        for (value, at) in [
            (json!([1]), "expected an object"),
            (json!({"admin_users": "alice"}), "admin_users: "),
            (
                json!({"emails": {"banned_addresses": {"regexes": ["("]}}}),
                "emails.banned_addresses",
            ),
            (
                json!({"requester": {"banned_ips": ["x"]}}),
                "requester.banned_ips",
            ),
            (
                json!({"session_limit": {"soft_limit": -1, "hard_limit": 1}}),
                "session_limit.soft_limit",
            ),
        ] {
            let error = PolicyData::from_value(&value).unwrap_err().to_string();
            assert!(
                error.starts_with("invalid policy data: ") && error.contains(at),
                "{error}"
            );
        }
    }
}
