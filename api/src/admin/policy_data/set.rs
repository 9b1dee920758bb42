use poem::http::StatusCode;
use poem_openapi::{Object, OpenApi};
use serde::Deserialize;
use serde_json::Value;

use super::PolicyData;
use crate::{
    admin::{
        AdminError, Caller,
        answer::{Answer, Created, Refuses, Success},
        body::Json,
        envelope::SingleResponse,
        error::Subject,
        operations::{ROOT, Tag},
    },
    policy::stored::{self, SetError},
};

/// JSON payload for the `POST /api/admin/v1/policy-data`
#[derive(Deserialize, Object)]
pub struct SetPolicyDataRequest {
    /// The policy data content
    data: Value,
}

#[derive(Default)]
pub struct SetPolicyData;

impl Refuses for SetPolicyData {
    const REFUSALS: &'static [(u16, &'static str)] = &[(
        400,
        "The policy cannot work with the data, or the request cannot be read",
    )];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::PolicyData")]
impl SetPolicyData {
    /// Set the current policy data
    ///
    /// Replaces what was set before as a whole, and is merged over what is configured. It is in force
    /// at once in the process that answers, and within a minute in others.
    #[oai(path = "/policy-data", method = "post", operation_id = "setPolicyData")]
    async fn call(
        &self,
        caller: Caller,
        body: Json<SetPolicyDataRequest>,
    ) -> Answer<Self, Created<SingleResponse<PolicyData>>> {
        let row = match stored::set(&caller.app, &caller.actor, &body.0.data).await {
            Ok(row) => row,
            Err(SetError::Refused(cause)) => {
                return Err(AdminError::caused(
                    StatusCode::BAD_REQUEST,
                    "Failed to instanciate policy with the provided data",
                    &cause,
                ));
            }
            Err(SetError::Failed(error)) => {
                return Err(AdminError::account(error, Subject::Session));
            }
        };
        let (data, tag) = PolicyData::tagged(row)?;
        Created(SingleResponse::new(data)).tagged(tag)
    }
}
