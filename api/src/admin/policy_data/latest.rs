use muniment_projections::queries;
use poem_openapi::OpenApi;

use super::PolicyData;
use crate::admin::{
    AdminError, Caller,
    answer::{Answer, Found, Refuses, Success},
    envelope::SingleResponse,
    operations::{ROOT, Tag},
};

#[derive(Default)]
pub struct GetLatestPolicyData;

impl Refuses for GetLatestPolicyData {
    const REFUSALS: &'static [(u16, &'static str)] = &[(404, "No policy data was found")];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::PolicyData")]
impl GetLatestPolicyData {
    /// Get the latest policy data
    #[oai(
        path = "/policy-data/latest",
        method = "get",
        operation_id = "getLatestPolicyData"
    )]
    async fn call(&self, caller: Caller) -> Answer<Self, Found<SingleResponse<PolicyData>>> {
        let row = queries::latest_policy_data(&caller.app.database)
            .await?
            .ok_or_else(|| AdminError::not_found("No policy data found"))?;
        let (data, tag) = PolicyData::tagged(row)?;
        Found(SingleResponse::new(data)).tagged(tag)
    }
}
