use muniment_domain::{BrowserSessionId, UserId};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    outbox::OutboxItem,
    sql::{Database, DatabaseError, Query, Transaction, query},
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
    pub(super) async fn insert(
        &self,
        transaction: &mut Transaction,
        completed_at: Option<i64>,
    ) -> Result<(), DatabaseError> {
        let statement = query(
            "INSERT INTO email_authentications (id, email, user_id, browser_session_id, \
             created_at, completed_at) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(self.id)
        .bind(self.email.as_str())
        .bind(self.user_id.map(|id| id.as_uuid()))
        .bind(self.browser_session_id.map(|id| id.as_uuid()))
        .bind(self.created_at)
        .bind(completed_at);
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

/// What a text is worth as the code of an authentication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmailCode {
    /// It is none of its codes.
    Unknown,
    Expired,
    Good,
}

/// Keeps an address that somebody is to prove, and mails its first code.
pub async fn put_email_authentication(
    database: &Database,
    authentication: &NewEmailAuthentication,
    code: &NewEmailCode<'_>,
) -> Result<(), DatabaseError> {
    let mut transaction = database.begin().await?;
    authentication.insert(&mut transaction, None).await?;
    code.insert(&mut transaction).await?;
    transaction.commit().await
}

/// Looks a code up, at `now` in microseconds since 1970.
pub async fn email_code(
    database: &Database,
    authentication: Uuid,
    code: &str,
    now: i64,
) -> Result<EmailCode, DatabaseError> {
    let found = query(
        "SELECT expires_at FROM email_authentication_codes \
         WHERE authentication_id = $1 AND code_hash = $2",
    )
    .bind(authentication)
    .bind(hash(authentication, code).as_slice());
    Ok(match database.fetch_optional(found).await? {
        None => EmailCode::Unknown,
        Some(row) if row.get::<i64, _>("expires_at")? < now => EmailCode::Expired,
        Some(_) => EmailCode::Good,
    })
}

/// The address is proved.
pub(crate) fn prove(id: Uuid, at: i64) -> Query<'static> {
    query(
        "UPDATE email_authentications SET completed_at = $1 \
         WHERE id = $2 AND completed_at IS NULL",
    )
    .bind(at)
    .bind(id)
}

/// Completes an authentication that adds no address; whether it was not complete before.
pub async fn close_email_authentication(
    database: &Database,
    id: Uuid,
    now: i64,
) -> Result<bool, DatabaseError> {
    let mut transaction = database.begin().await?;
    let changed = transaction.execute(prove(id, now)).await?;
    transaction.commit().await?;
    Ok(changed > 0)
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
