use muniment_projections::queries;
use poem_openapi::OpenApi;

use super::{
    AuditCheckpoint,
    answer::{Form, InForm},
};
use crate::admin::{
    AdminError, Caller,
    answer::{Answer, Refuses},
    envelope::Resource,
    operations::{ROOT, Tag},
    path::Path,
    schema::Id,
};

#[derive(Default)]
pub struct GetAuditCheckpoint;

impl Refuses for GetAuditCheckpoint {
    const REFUSALS: &'static [(u16, &'static str)] = &[(404, "The checkpoint was not found")];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::Audit")]
impl GetAuditCheckpoint {
    /// Get a checkpoint
    ///
    /// With `Accept: text/plain` the signed note alone.
    #[oai(
        path = "/audit/checkpoints/:id",
        method = "get",
        operation_id = "getAuditCheckpoint"
    )]
    async fn call(
        &self,
        caller: Caller,
        form: Form,
        /// The ID of the resource
        id: Path<Id>,
    ) -> Answer<Self, InForm> {
        let app = caller.app.present();
        let row = queries::audit_checkpoint(&app.database, id.0.0)
            .await?
            .ok_or_else(|| AdminError::not_found(format!("Checkpoint ID {} not found", id.0)))?;
        let checkpoint = AuditCheckpoint::of(row, app.audit.key());
        let link = checkpoint.path();
        Ok(InForm::new(form, checkpoint, link).into())
    }
}
