//! What the policy goes by besides the configuration (contract admin-api.md 5.11).

mod get;
mod latest;
mod resource;
mod set;

use resource::PolicyData;

pub type Operations = (
    set::SetPolicyData,
    latest::GetLatestPolicyData,
    get::GetPolicyData,
);
