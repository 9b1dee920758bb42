use muniment_projections::queries;
use poem_openapi::OpenApi;

use super::{
    AuditCheckpoint,
    answer::{Form, InForm},
};
use crate::admin::{
    AdminError, Caller,
    answer::{Answer, Refuses},
    operations::{ROOT, Tag},
};

#[derive(Default)]
pub struct GetLatestAuditCheckpoint;

impl Refuses for GetLatestAuditCheckpoint {
    const REFUSALS: &'static [(u16, &'static str)] = &[(404, "Nothing is sealed yet")];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::Audit")]
impl GetLatestAuditCheckpoint {
    /// Get the latest checkpoint
    ///
    /// With `Accept: text/plain` the signed note alone, as witnesses and monitors of transparency logs
    /// read it.
    #[oai(
        path = "/audit/checkpoint",
        method = "get",
        operation_id = "getLatestAuditCheckpoint"
    )]
    async fn call(&self, caller: Caller, form: Form) -> Answer<Self, InForm> {
        let app = caller.app.present();
        let row = queries::latest_audit_checkpoint(&app.database)
            .await?
            .ok_or_else(|| AdminError::not_found("Nothing is sealed yet"))?;
        let checkpoint = AuditCheckpoint::of(row, app.audit.key());
        let link = format!("{ROOT}/audit/checkpoint");
        Ok(InForm::new(form, checkpoint, link).into())
    }
}
