//! The rules in force: what is configured, and over it what was set last.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use muniment_domain::PolicyDataId;
use muniment_projections::queries::{PolicyDataRow, latest_policy_data, latest_policy_data_id};
use muniment_store::sql::{Database, DatabaseError};
use serde_json::{Map, Value, json};

use super::{PolicyData, PolicyDataError, Rules, merge::merge};
use crate::site::SessionLimit;

/// What the configuration says.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    pub server_name: String,
    pub session_limit: Option<SessionLimit>,
    /// Users with more sessions than this are left alone.
    pub max_session_threshold: Option<u64>,
    /// `policy.data`.
    pub data: Map<String, Value>,
}

/// Answers with the rules in force, and follows what is set.
#[derive(Debug)]
pub struct Policy {
    configured: Value,
    rules: RwLock<Arc<Rules>>,
    /// Which setting was looked at last, whether it is in force or could not be used.
    seen: Mutex<Option<PolicyDataId>>,
}

impl Policy {
    /// The rules with what is configured alone.
    pub fn new(settings: Settings) -> Result<Self, PolicyDataError> {
        let limit = settings.session_limit.map(|limit| {
            json!({
                "soft_limit": limit.soft_limit,
                "hard_limit": limit.hard_limit,
                "max_session_threshold": settings.max_session_threshold,
            })
        });
        let fixed = json!({"server_name": settings.server_name, "session_limit": limit});
        let configured = merge(fixed, Value::Object(settings.data))?;
        let rules = Rules::new(PolicyData::from_value(&configured)?);
        Ok(Self {
            configured,
            rules: RwLock::new(Arc::new(rules)),
            seen: Mutex::new(None),
        })
    }

    /// The rules now in force.
    #[must_use]
    pub fn rules(&self) -> Arc<Rules> {
        let rules = self.rules.read().unwrap_or_else(PoisonError::into_inner);
        rules.clone()
    }

    /// The rules as they would be with this data over the configured one.
    pub fn with(&self, data: Value) -> Result<Rules, PolicyDataError> {
        let merged = merge(self.configured.clone(), data)?;
        Ok(Rules::new(PolicyData::from_value(&merged)?))
    }

    /// Takes over what was set last, if that is new. What cannot be used is told to the log once, and
    /// the rules stay as they are.
    pub async fn reload(&self, database: &Database) -> Result<(), DatabaseError> {
        let newest = latest_policy_data_id(database).await?;
        if newest == *self.seen() {
            return Ok(());
        }
        if let Some(row) = latest_policy_data(database).await? {
            self.take_over(&row);
        }
        Ok(())
    }

    fn take_over(&self, row: &PolicyDataRow) {
        // Held to the end, so that it never names other rules than those in force.
        let mut seen = self.seen();
        *seen = Some(row.id);
        let rules = serde_json::from_str(&row.data)
            .map_err(|error| PolicyDataError::Form(error.to_string()))
            .and_then(|data| self.with(data));
        match rules {
            Ok(rules) => {
                *self.rules.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rules);
                tracing::info!(policy_data.id = %row.id, "new policy data is in force");
            }
            Err(error) => tracing::error!(
                policy_data.id = %row.id,
                %error,
                "the policy data set last cannot be used with this configuration; the policy stays \
                 as it is"
            ),
        }
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Option<PolicyDataId>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(data: Value) -> Policy {
        let Value::Object(data) = data else {
            panic!("an object");
        };
        Policy::new(Settings {
            server_name: "example.com".to_owned(),
            data,
            ..Settings::default()
        })
        .unwrap()
    }

    fn row(n: u128, data: &str) -> PolicyDataRow {
        PolicyDataRow {
            id: PolicyDataId::from_uuid(uuid::Uuid::from_u128(n)),
            created_at: 0,
            data: data.to_owned(),
        }
    }

    fn bans(policy: &Policy, email: &str) -> bool {
        !policy.rules().email(email).is_empty()
    }

    #[test]
    fn what_is_set_adds_to_what_is_configured_and_replaces_what_was_set() {
        let policy = policy(json!({"banned_domains": ["a.example"]}));
        policy.take_over(&row(1, r#"{"banned_domains": ["b.example"]}"#));
        assert!(bans(&policy, "x@a.example") && bans(&policy, "x@b.example"));
        policy.take_over(&row(2, r#"{"banned_domains": ["c.example"]}"#));
        assert!(bans(&policy, "x@a.example") && bans(&policy, "x@c.example"));
        assert!(!bans(&policy, "x@b.example"));
    }

    #[test]
    fn what_cannot_be_used_leaves_the_policy_as_it_is() {
        let policy = policy(json!({}));
        policy.take_over(&row(1, r#"{"banned_domains": ["b.example"]}"#));
        for bad in [
            "",
            "{",
            r#"{"banned_domains": "b"}"#,
            "[]",
            "1",
            r#"{"server_name": []}"#,
        ] {
            policy.take_over(&row(2, bad));
            assert!(bans(&policy, "x@b.example"), "{bad}");
        }
    }

    #[test]
    fn the_configuration_feeds_the_limits_and_the_name() {
        let settings = Settings {
            server_name: "matrix.org".to_owned(),
            session_limit: Some(SessionLimit {
                soft_limit: 1,
                hard_limit: 2,
                dangerous_hard_limit_eviction: false,
            }),
            max_session_threshold: Some(5),
            data: Map::new(),
        };
        let rules = Policy::new(settings).unwrap().rules();
        assert_eq!(rules.data.server_name, "matrix.org");
        let limit = rules.data.session_limit.unwrap();
        assert_eq!((limit.soft_limit, limit.hard_limit), (1, 2));
        assert_eq!(limit.max_session_threshold, Some(5));
    }
}
