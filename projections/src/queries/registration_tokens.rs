use muniment_domain::RegistrationTokenId;
use muniment_store::sql::{Database, DatabaseError, Row, query};

/// An invitation. Times are microseconds since 1970.
#[derive(Debug, Clone)]
pub struct RegistrationTokenRow {
    pub id: RegistrationTokenId,
    pub usage_limit: Option<u32>,
    pub times_used: u32,
    pub created_at: i64,
    pub last_used_at: Option<i64>,
    pub expires_at: Option<i64>,
    pub revoked_at: Option<i64>,
}

impl RegistrationTokenRow {
    /// Somebody may register with it (contract oauth2.md 20.15).
    #[must_use]
    pub fn is_valid(&self, now: i64) -> bool {
        self.revoked_at.is_none()
            && self.expires_at.is_none_or(|at| now < at)
            && self.usage_limit.is_none_or(|limit| self.times_used < limit)
    }
}

fn read(row: &Row) -> Result<RegistrationTokenRow, DatabaseError> {
    // Written from unsigned values.
    let count = |value: i64| u32::try_from(value).unwrap_or(u32::MAX);
    Ok(RegistrationTokenRow {
        id: RegistrationTokenId::from_uuid(row.get("id")?),
        usage_limit: row.get::<Option<i64>, _>("usage_limit")?.map(count),
        times_used: count(row.get("times_used")?),
        created_at: row.get("created_at")?,
        last_used_at: row.get("last_used_at")?,
        expires_at: row.get("expires_at")?,
        revoked_at: row.get("revoked_at")?,
    })
}

pub async fn registration_token(
    database: &Database,
    id: RegistrationTokenId,
) -> Result<Option<RegistrationTokenRow>, DatabaseError> {
    database
        .fetch_optional(
            query(
                "SELECT id, usage_limit, times_used, created_at, last_used_at, expires_at, \
                 revoked_at FROM registration_tokens WHERE id = $1",
            )
            .bind(id.as_uuid()),
        )
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// Invitations, the oldest first.
pub async fn list_registration_tokens(
    database: &Database,
    limit: u32,
) -> Result<Vec<RegistrationTokenRow>, DatabaseError> {
    let all = query(
        "SELECT id, usage_limit, times_used, created_at, last_used_at, expires_at, revoked_at \
         FROM registration_tokens ORDER BY id LIMIT $1",
    );
    let rows = database.fetch_all(all.bind(limit)).await?;
    rows.iter().map(read).collect()
}
