//! For a migration's rehearsal: reads are real, writes are logged and go nowhere.

use async_trait::async_trait;

use super::{Homeserver, HomeserverError, MatrixUser, Provision, Synapse};

#[derive(Debug)]
pub struct ReadOnly {
    inner: Synapse,
}

impl ReadOnly {
    pub fn new(inner: Synapse) -> Self {
        Self { inner }
    }
}

/// Who it is about is not logged, as nowhere else.
#[expect(
    clippy::unnecessary_wraps,
    reason = "it is what each of the writes answers"
)]
fn skipped(write: &str) -> Result<(), HomeserverError> {
    tracing::info!(
        homeserver.write = write,
        "matrix.kind is synapse_read_only: the homeserver was not told"
    );
    Ok(())
}

#[async_trait]
impl Homeserver for ReadOnly {
    fn exists(&self) -> bool {
        true
    }

    async fn query_user(&self, localpart: &str) -> Result<MatrixUser, HomeserverError> {
        self.inner.query_user(localpart).await
    }

    async fn is_localpart_available(&self, localpart: &str) -> Result<bool, HomeserverError> {
        self.inner.is_localpart_available(localpart).await
    }

    async fn provision_user(&self, _: &Provision) -> Result<(), HomeserverError> {
        skipped("provision_user")
    }

    async fn upsert_device(
        &self,
        _: &str,
        _: &str,
        _: Option<&str>,
    ) -> Result<(), HomeserverError> {
        skipped("upsert_device")
    }

    async fn update_device_display_name(
        &self,
        _: &str,
        _: &str,
        _: &str,
    ) -> Result<(), HomeserverError> {
        skipped("update_device_display_name")
    }

    async fn delete_device(&self, _: &str, _: &str) -> Result<(), HomeserverError> {
        skipped("delete_device")
    }

    async fn sync_devices(&self, _: &str, _: &[String]) -> Result<(), HomeserverError> {
        skipped("sync_devices")
    }

    async fn delete_user(&self, _: &str, _: bool) -> Result<(), HomeserverError> {
        skipped("delete_user")
    }

    async fn reactivate_user(&self, _: &str) -> Result<(), HomeserverError> {
        skipped("reactivate_user")
    }

    async fn set_displayname(&self, _: &str, _: &str) -> Result<(), HomeserverError> {
        skipped("set_displayname")
    }

    async fn unset_displayname(&self, _: &str) -> Result<(), HomeserverError> {
        skipped("unset_displayname")
    }

    async fn allow_cross_signing_reset(&self, _: &str) -> Result<(), HomeserverError> {
        skipped("allow_cross_signing_reset")
    }

    fn verify_token(&self, bearer: &str) -> bool {
        self.inner.verify_token(bearer)
    }
}
