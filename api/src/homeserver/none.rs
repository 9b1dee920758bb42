use async_trait::async_trait;

use super::{Homeserver, HomeserverError, MatrixUser, Provision};

/// No homeserver: a display name is the username, every name is free, and whatever is asked is done.
#[derive(Debug)]
pub struct NoHomeserver;

#[async_trait]
impl Homeserver for NoHomeserver {
    fn exists(&self) -> bool {
        false
    }

    async fn query_user(&self, localpart: &str) -> Result<MatrixUser, HomeserverError> {
        Ok(MatrixUser {
            displayname: Some(localpart.to_owned()),
            avatar_url: None,
            deactivated: false,
        })
    }

    async fn is_localpart_available(&self, localpart: &str) -> Result<bool, HomeserverError> {
        Ok(muniment_domain::Username::parse(localpart).is_ok())
    }

    async fn provision_user(&self, _: &Provision) -> Result<(), HomeserverError> {
        Ok(())
    }

    async fn upsert_device(
        &self,
        _: &str,
        _: &str,
        _: Option<&str>,
    ) -> Result<(), HomeserverError> {
        Ok(())
    }

    async fn update_device_display_name(
        &self,
        _: &str,
        _: &str,
        _: &str,
    ) -> Result<(), HomeserverError> {
        Ok(())
    }

    async fn delete_device(&self, _: &str, _: &str) -> Result<(), HomeserverError> {
        Ok(())
    }

    async fn sync_devices(&self, _: &str, _: &[String]) -> Result<(), HomeserverError> {
        Ok(())
    }

    async fn delete_user(&self, _: &str, _: bool) -> Result<(), HomeserverError> {
        Ok(())
    }

    async fn reactivate_user(&self, _: &str) -> Result<(), HomeserverError> {
        Ok(())
    }

    async fn set_displayname(&self, _: &str, _: &str) -> Result<(), HomeserverError> {
        Ok(())
    }

    async fn unset_displayname(&self, _: &str) -> Result<(), HomeserverError> {
        Ok(())
    }

    async fn allow_cross_signing_reset(&self, _: &str) -> Result<(), HomeserverError> {
        Ok(())
    }

    fn verify_token(&self, _: &str) -> bool {
        false
    }
}
