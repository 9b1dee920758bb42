use muniment_domain::PolicyDataId;
use muniment_store::sql::{Database, DatabaseError, Row, query};

/// One setting of the policy's data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyDataRow {
    pub id: PolicyDataId,
    /// Microseconds since 1970.
    pub created_at: i64,
    /// JSON.
    pub data: String,
}

fn read(row: &Row) -> Result<PolicyDataRow, DatabaseError> {
    Ok(PolicyDataRow {
        id: PolicyDataId::from_uuid(row.get("id")?),
        created_at: row.get("created_at")?,
        data: row.get("data")?,
    })
}

/// What was set last, which is what is in force.
pub async fn latest_policy_data(
    database: &Database,
) -> Result<Option<PolicyDataRow>, DatabaseError> {
    let newest = "SELECT id, created_at, data FROM policy_data ORDER BY position DESC LIMIT 1";
    database.read_optional(query(newest), read).await
}

/// Which was set last, for whoever asks often.
pub async fn latest_policy_data_id(
    database: &Database,
) -> Result<Option<PolicyDataId>, DatabaseError> {
    let newest = "SELECT id FROM policy_data ORDER BY position DESC LIMIT 1";
    let row = database.fetch_optional(query(newest)).await?;
    row.map(|row| Ok(PolicyDataId::from_uuid(row.get("id")?)))
        .transpose()
}

/// One of those that were set, whether in force or not.
pub async fn policy_data(
    database: &Database,
    id: PolicyDataId,
) -> Result<Option<PolicyDataRow>, DatabaseError> {
    let found = query("SELECT id, created_at, data FROM policy_data WHERE id = $1");
    database.read_optional(found.bind(id.as_uuid()), read).await
}
