//! Synapse, by the endpoints under `_synapse/mas/` that it has for an account service. It must be
//! configured with `matrix_authentication_service` and the same secret.

mod call;
#[cfg(test)]
mod tests;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Value, json};
use subtle::ConstantTimeEq;
use url::Url;
use zeroize::Zeroizing;

use self::call::Caller;
use super::{DisplayName, Homeserver, HomeserverError, MatrixUser, Provision};

pub struct Synapse {
    caller: Caller,
    secret: Zeroizing<String>,
}

impl Synapse {
    pub fn new(endpoint: &Url, secret: &str) -> Result<Self, HomeserverError> {
        Ok(Self {
            caller: Caller::new(endpoint, secret)?,
            secret: Zeroizing::new(secret.to_owned()),
        })
    }
}

/// What `query_user` answers, as far as it matters.
#[derive(Deserialize)]
struct Known {
    display_name: Option<String>,
    avatar_url: Option<String>,
    #[serde(default)]
    is_deactivated: bool,
}

#[async_trait]
impl Homeserver for Synapse {
    fn exists(&self) -> bool {
        true
    }

    async fn query_user(&self, localpart: &str) -> Result<MatrixUser, HomeserverError> {
        let body = self.caller.get("query_user", localpart).await?;
        let known: Known = serde_json::from_slice(&body).map_err(|_| {
            HomeserverError::Refused(
                "the homeserver's query_user answers something else".to_owned(),
            )
        })?;
        Ok(MatrixUser {
            displayname: known.display_name,
            avatar_url: known.avatar_url,
            deactivated: known.is_deactivated,
        })
    }

    async fn is_localpart_available(&self, localpart: &str) -> Result<bool, HomeserverError> {
        self.caller.is_available(localpart).await
    }

    async fn provision_user(&self, user: &Provision) -> Result<(), HomeserverError> {
        // Synapse takes a member that is there for one that is given, even where it is null.
        let mut body = json!({ "localpart": user.localpart });
        match &user.displayname {
            DisplayName::Keep => {}
            DisplayName::Set(name) => body["set_displayname"] = Value::from(name.as_str()),
            DisplayName::Unset => body["unset_displayname"] = Value::from(true),
        }
        if let Some(url) = &user.avatar_url {
            body["set_avatar_url"] = Value::from(url.as_str());
        }
        match user.emails.as_deref() {
            None => {}
            Some([]) => body["unset_emails"] = Value::from(true),
            Some(emails) => body["set_emails"] = Value::from(emails),
        }
        if let Some(locked) = user.locked {
            body["locked"] = Value::from(locked);
        }
        self.caller.post("provision_user", &body).await
    }

    async fn upsert_device(
        &self,
        localpart: &str,
        device_id: &str,
        display_name: Option<&str>,
    ) -> Result<(), HomeserverError> {
        let mut body = json!({ "localpart": localpart, "device_id": device_id });
        if let Some(name) = display_name {
            body["display_name"] = Value::from(name);
        }
        self.caller.post("upsert_device", &body).await
    }

    async fn update_device_display_name(
        &self,
        localpart: &str,
        device_id: &str,
        display_name: &str,
    ) -> Result<(), HomeserverError> {
        let body = json!({
            "localpart": localpart,
            "device_id": device_id,
            "display_name": display_name,
        });
        self.caller.post("update_device_display_name", &body).await
    }

    async fn delete_device(&self, localpart: &str, device_id: &str) -> Result<(), HomeserverError> {
        let body = json!({ "localpart": localpart, "device_id": device_id });
        self.caller.post("delete_device", &body).await
    }

    async fn sync_devices(
        &self,
        localpart: &str,
        devices: &[String],
    ) -> Result<(), HomeserverError> {
        let body = json!({ "localpart": localpart, "devices": devices });
        self.caller.post("sync_devices", &body).await
    }

    async fn delete_user(&self, localpart: &str, erase: bool) -> Result<(), HomeserverError> {
        let body = json!({ "localpart": localpart, "erase": erase });
        self.caller.post("delete_user", &body).await
    }

    async fn reactivate_user(&self, localpart: &str) -> Result<(), HomeserverError> {
        let body = json!({ "localpart": localpart });
        self.caller.post("reactivate_user", &body).await
    }

    async fn set_displayname(
        &self,
        localpart: &str,
        displayname: &str,
    ) -> Result<(), HomeserverError> {
        let body = json!({ "localpart": localpart, "displayname": displayname });
        self.caller.post("set_displayname", &body).await
    }

    async fn unset_displayname(&self, localpart: &str) -> Result<(), HomeserverError> {
        let body = json!({ "localpart": localpart });
        self.caller.post("unset_displayname", &body).await
    }

    async fn allow_cross_signing_reset(&self, localpart: &str) -> Result<(), HomeserverError> {
        let body = json!({ "localpart": localpart });
        self.caller.post("allow_cross_signing_reset", &body).await
    }

    fn verify_token(&self, bearer: &str) -> bool {
        bearer.as_bytes().ct_eq(self.secret.as_bytes()).into()
    }
}

impl std::fmt::Debug for Synapse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Synapse(***)")
    }
}
