use muniment_domain::PolicyDataId;
use muniment_projections::queries;
use poem_openapi::OpenApi;

use super::PolicyData;
use crate::admin::{
    AdminError, Caller,
    answer::{Answer, Found, Refuses, Success},
    envelope::SingleResponse,
    operations::{ROOT, Tag},
    path::Path,
    schema::Id,
};

#[derive(Default)]
pub struct GetPolicyData;

impl Refuses for GetPolicyData {
    const REFUSALS: &'static [(u16, &'static str)] = &[(404, "Policy data was not found")];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::PolicyData")]
impl GetPolicyData {
    /// Get policy data by ID
    ///
    /// Also of data that was replaced since.
    #[oai(
        path = "/policy-data/:id",
        method = "get",
        operation_id = "getPolicyData"
    )]
    async fn call(
        &self,
        caller: Caller,
        /// The ID of the resource
        id: Path<Id>,
    ) -> Answer<Self, Found<SingleResponse<PolicyData>>> {
        let id: PolicyDataId = id.0.of();
        let row = queries::policy_data(&caller.app.database, id)
            .await?
            .ok_or_else(|| AdminError::not_found(format!("Policy data with ID {id} not found")))?;
        let (data, tag) = PolicyData::tagged(row)?;
        Found(SingleResponse::new(data)).tagged(tag)
    }
}
