use muniment_domain::{BrowserSessionId, UserId};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    outbox::OutboxItem,
    sql::{Database, DatabaseError, Transaction, query},
};

/// An address that is to be proved.
#[derive(Clone)]
pub struct NewEmailAuthentication {
    pub id: Uuid,
    pub email: String,
    /// Who asks, if they have an account already.
    pub user_id: Option<UserId>,
    pub browser_session_id: Option<BrowserSessionId>,
    /// Microseconds since 1970.
    pub created_at: i64,
}

/// A code that is mailed. Of the code itself only a hash is kept.
pub struct NewEmailCode<'a> {
    pub id: Uuid,
    pub authentication_id: Uuid,
    pub code: &'a str,
    /// Microseconds since 1970.
    pub created_at: i64,
    pub expires_at: i64,
    /// The mail.
    pub mail: OutboxItem,
}

/// Times are microseconds since 1970.
#[derive(Clone)]
pub struct EmailAuthentication {
    pub id: Uuid,
    pub email: String,
    pub user_id: Option<UserId>,
    pub browser_session_id: Option<BrowserSessionId>,
    pub created_at: i64,
    pub completed_at: Option<i64>,
}

impl std::fmt::Debug for NewEmailAuthentication {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewEmailAuthentication({})", self.id)
    }
}

impl std::fmt::Debug for NewEmailCode<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewEmailCode({})", self.id)
    }
}

impl std::fmt::Debug for EmailAuthentication {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EmailAuthentication({})", self.id)
    }
}

impl NewEmailAuthentication {
    pub(super) async fn insert(&self, transaction: &mut Transaction) -> Result<(), DatabaseError> {
        let statement = query(
            "INSERT INTO email_authentications (id, email, user_id, browser_session_id, created_at) \
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(self.id)
        .bind(self.email.as_str())
        .bind(self.user_id.map(|id| id.as_uuid()))
        .bind(self.browser_session_id.map(|id| id.as_uuid()))
        .bind(self.created_at);
        transaction.execute(statement).await.map(drop)
    }
}

impl NewEmailCode<'_> {
    /// The same code, drawn twice, lives on from now.
    pub(super) async fn insert(&self, transaction: &mut Transaction) -> Result<(), DatabaseError> {
        let statement = query(
            "INSERT INTO email_authentication_codes \
             (id, authentication_id, code_hash, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (authentication_id, code_hash) DO UPDATE SET expires_at = \
             excluded.expires_at",
        )
        .bind(self.id)
        .bind(self.authentication_id)
        .bind(hash(self.authentication_id, self.code).as_slice())
        .bind(self.created_at)
        .bind(self.expires_at);
        transaction.execute(statement).await?;
        self.mail.insert(transaction).await.map(drop)
    }
}

fn hash(authentication: Uuid, code: &str) -> [u8; 32] {
    let hasher = Sha256::new().chain_update(authentication.as_bytes());
    hasher.chain_update(code.as_bytes()).finalize().into()
}

/// Mails one more code.
pub async fn put_email_code(
    database: &Database,
    code: &NewEmailCode<'_>,
) -> Result<(), DatabaseError> {
    let mut transaction = database.begin().await?;
    code.insert(&mut transaction).await?;
    transaction.commit().await
}

pub async fn email_authentication(
    database: &Database,
    id: Uuid,
) -> Result<Option<EmailAuthentication>, DatabaseError> {
    let found = query(
        "SELECT email, user_id, browser_session_id, created_at, completed_at \
         FROM email_authentications WHERE id = $1",
    );
    let row = database.fetch_optional(found.bind(id)).await?;
    row.map(|row| {
        let user_id: Option<Uuid> = row.get("user_id")?;
        let session_id: Option<Uuid> = row.get("browser_session_id")?;
        Ok(EmailAuthentication {
            id,
            email: row.get("email")?,
            user_id: user_id.map(UserId::from_uuid),
            browser_session_id: session_id.map(BrowserSessionId::from_uuid),
            created_at: row.get("created_at")?,
            completed_at: row.get("completed_at")?,
        })
    })
    .transpose()
}

/// Completes an authentication if this is one of its codes and has not expired; whether it is.
pub async fn complete_email_authentication(
    database: &Database,
    id: Uuid,
    code: &str,
    now: i64,
) -> Result<bool, DatabaseError> {
    let statement = query(
        "UPDATE email_authentications SET completed_at = $1 WHERE id = $2 \
         AND completed_at IS NULL AND EXISTS (SELECT 1 FROM email_authentication_codes \
         WHERE authentication_id = $3 AND code_hash = $4 AND expires_at > $5)",
    )
    .bind(now)
    .bind(id)
    .bind(id)
    .bind(hash(id, code).as_slice())
    .bind(now);
    let mut transaction = database.begin().await?;
    let changed = transaction.execute(statement).await?;
    transaction.commit().await?;
    Ok(changed > 0)
}
