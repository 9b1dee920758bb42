use muniment_projections::queries::PolicyDataRow;
use poem_openapi::Object;
use serde::Serialize;
use serde_json::Value;

use crate::admin::{
    AdminError,
    condition::EntityTag,
    envelope::Resource,
    schema::{Id, Timestamp},
};

/// The policy data
#[derive(Serialize, Object)]
pub struct PolicyData {
    #[serde(skip)]
    #[oai(skip)]
    id: Id,
    /// The creation date of the policy data
    created_at: Timestamp,
    /// The policy data content
    data: Value,
}

impl TryFrom<PolicyDataRow> for PolicyData {
    type Error = AdminError;

    fn try_from(row: PolicyDataRow) -> Result<Self, AdminError> {
        Ok(Self {
            id: Id(row.id.as_uuid()),
            created_at: Timestamp(row.created_at),
            data: serde_json::from_str(&row.data)
                .map_err(|error| AdminError::Internal(error.to_string()))?,
        })
    }
}

impl PolicyData {
    /// With its tag, which stays: what is set later is another record.
    pub fn tagged(row: PolicyDataRow) -> Result<(Self, Option<EntityTag>), AdminError> {
        let tag = EntityTag::new(row.id.as_uuid(), 1);
        Ok((Self::try_from(row)?, Some(tag)))
    }
}

impl Resource for PolicyData {
    const TYPE: &'static str = "policy-data";
    const PATH: &'static str = "/api/admin/v1/policy-data";

    fn id(&self) -> Id {
        self.id
    }
}
