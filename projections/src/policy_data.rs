//! `policy_data`: every setting of the policy's data; the newest is the one in force.

use muniment_domain::{Event, PolicyDataEvent};
use muniment_store::{
    log::{Applied, FollowError},
    sql::query,
};

use crate::{Projection, Target, projection::Write};

#[derive(Debug)]
pub(crate) struct PolicyDataHistory;

impl Projection for PolicyDataHistory {
    fn name(&self) -> &'static str {
        "policy_data"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [&'static str] {
        &["policy_data"]
    }

    fn writes(&self, target: Target, applied: Applied<'_>) -> Result<Vec<Write>, FollowError> {
        match applied.event {
            Event::PolicyData(PolicyDataEvent::PolicyDataSet {
                policy_data_id,
                data,
            }) => Ok(Write::row(
                query(format!(
                    "INSERT INTO {} (id, created_at, position, data) VALUES ($1, $2, $3, $4)",
                    target.table("policy_data")
                ))
                .bind(policy_data_id.as_uuid())
                .bind(applied.record.recorded_at)
                // Positions count events one by one and never come near 2^63.
                .bind(i64::try_from(applied.record.position).unwrap_or(i64::MAX))
                .bind(data.as_str()),
            )),
            _ => Ok(Vec::new()),
        }
    }
}
