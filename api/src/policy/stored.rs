//! Setting the policy's data at run time.

use muniment_domain::{PolicyData, PolicyDataCommand, PolicyDataId};
use muniment_projections::queries::{PolicyDataRow, policy_data};
use serde_json::Value;

use super::PolicyDataError;
use crate::{accounts::AccountError, app::App, auth::Actor};

/// Why nothing was set.
#[derive(Debug, thiserror::Error)]
pub enum SetError {
    /// The policy would not work with it.
    #[error(transparent)]
    Refused(#[from] PolicyDataError),
    #[error(transparent)]
    Failed(#[from] AccountError),
}

/// Replaces what was set before, as a whole, and puts it in force at once; other processes follow
/// within a minute. Each call is a setting of its own, also with equal data.
pub async fn set(app: &App, actor: &Actor, data: &Value) -> Result<PolicyDataRow, SetError> {
    app.policy.with(data.clone())?;
    let id = PolicyDataId::from_uuid(app.ids.ulid());
    let command = PolicyDataCommand::SetPolicyData {
        policy_data_id: id,
        data: data.to_string(),
    };
    let execution = actor.execution();
    app.journal
        .execute::<PolicyData>(id.as_uuid(), command, execution)
        .await
        .map_err(AccountError::from)?;
    app.policy
        .reload(&app.database)
        .await
        .map_err(AccountError::from)?;
    let row = policy_data(&app.database, id)
        .await
        .map_err(AccountError::from)?;
    let gone = || AccountError::Internal("policy data that was just set is not there".to_owned());
    Ok(row.ok_or_else(gone)?)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use muniment_projections::queries::latest_policy_data;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::{
        ambient::{SystemClock, SystemEntropy},
        config::Config,
        settings,
    };

    const YAML: &str = "policy: {data: {banned_domains: [a.example]}}";

    async fn start(folder: &tempfile::TempDir) -> Arc<App> {
        let config = Config::from_yaml(YAML, folder.path()).unwrap().config;
        let entropy = Arc::new(SystemEntropy::new().unwrap());
        let parts = settings::parts(&config, Arc::new(SystemClock), entropy).unwrap();
        App::start(parts).await.unwrap()
    }

    fn bans(app: &App, email: &str) -> bool {
        !app.policy.rules().email(email).is_empty()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_set_is_in_force_at_once_and_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let app = start(&folder).await;
        let actor = Actor::operator("test", Uuid::nil());
        let first = json!({"banned_domains": ["b.example"]});
        let row = set(&app, &actor, &first).await.unwrap();
        assert_eq!(row.data, first.to_string());
        assert!(bans(&app, "x@b.example"));
        let again = set(&app, &actor, &first).await.unwrap();
        assert_ne!(again.id, row.id, "a new record also for equal data");
        app.stop().await;

        let app = start(&folder).await;
        assert!(bans(&app, "x@a.example") && bans(&app, "x@b.example"));
        assert_eq!(
            latest_policy_data(&app.database).await.unwrap(),
            Some(again)
        );
        app.stop().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_the_policy_cannot_use_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let app = start(&folder).await;
        let actor = Actor::operator("test", Uuid::nil());
        for (data, expected) in [
            (json!([]), "Cannot merge a array into a object"),
            (
                json!({"banned_domains": "b"}),
                "Cannot merge a string into a array (at banned_domains)",
            ),
            (
                json!({"admin_users": 1}),
                "invalid policy data: admin_users",
            ),
        ] {
            let error = set(&app, &actor, &data).await.unwrap_err();
            assert!(matches!(error, SetError::Refused(_)));
            assert!(error.to_string().starts_with(expected), "{error}");
        }
        assert_eq!(latest_policy_data(&app.database).await.unwrap(), None);
        set(&app, &actor, &Value::Null).await.unwrap();
        assert!(!bans(&app, "x@a.example"), "null replaces everything");
        app.stop().await;
    }
}
