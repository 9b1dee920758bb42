use muniment_domain::RegistrationTokenId;
use uuid::Uuid;

use super::{NewEmailAuthentication, NewEmailCode};
use crate::sql::{Database, DatabaseError, query};

/// A registration that somebody began.
#[derive(Clone)]
pub struct NewRegistration {
    pub id: Uuid,
    pub username: String,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    /// Where they were going, as a query.
    pub continuation: Option<String>,
    pub locale: String,
    /// Which terms they accepted.
    pub terms_uri: Option<String>,
    /// Scheme and hash.
    pub password: Option<(u16, String)>,
    pub email_authentication_id: Option<Uuid>,
    /// Microseconds since 1970.
    pub created_at: i64,
}

/// A registration and how far it is.
#[derive(Clone)]
pub struct Registration {
    pub begun: NewRegistration,
    pub display_name: Option<String>,
    pub registration_token_id: Option<RegistrationTokenId>,
    /// Microseconds since 1970. What it knew of the person is gone then.
    pub completed_at: Option<i64>,
}

impl std::fmt::Debug for NewRegistration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewRegistration({})", self.id)
    }
}

impl std::fmt::Debug for Registration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Registration({})", self.begun.id)
    }
}

/// Keeps a registration; with it the address that is to be proved, if there is one, and its first code.
pub async fn put_registration(
    database: &Database,
    registration: &NewRegistration,
    email: Option<(&NewEmailAuthentication, &NewEmailCode<'_>)>,
) -> Result<(), DatabaseError> {
    let (scheme, hash) = registration
        .password
        .as_ref()
        .map(|(scheme, hash)| (i64::from(*scheme), hash.as_str()))
        .unzip();
    let statement = query(
        "INSERT INTO registrations (id, username, ip, user_agent, continuation, locale, terms_uri, \
         password_scheme, password_hash, email_authentication_id, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(registration.id)
    .bind(registration.username.as_str())
    .bind(registration.ip.as_deref())
    .bind(registration.user_agent.as_deref())
    .bind(registration.continuation.as_deref())
    .bind(registration.locale.as_str())
    .bind(registration.terms_uri.as_deref())
    .bind(scheme)
    .bind(hash)
    .bind(registration.email_authentication_id)
    .bind(registration.created_at);
    let mut transaction = database.begin().await?;
    transaction.execute(statement).await?;
    if let Some((authentication, code)) = email {
        authentication.insert(&mut transaction).await?;
        code.insert(&mut transaction).await?;
    }
    transaction.commit().await
}

pub async fn registration(
    database: &Database,
    id: Uuid,
) -> Result<Option<Registration>, DatabaseError> {
    let found = query(
        "SELECT username, ip, user_agent, display_name, continuation, locale, terms_uri, \
         password_scheme, password_hash, email_authentication_id, registration_token_id, \
         created_at, completed_at FROM registrations WHERE id = $1",
    );
    let row = database.fetch_optional(found.bind(id)).await?;
    row.map(|row| {
        let scheme: Option<i64> = row.get("password_scheme")?;
        let hash: Option<String> = row.get("password_hash")?;
        let token: Option<Uuid> = row.get("registration_token_id")?;
        Ok(Registration {
            begun: NewRegistration {
                id,
                username: row.get("username")?,
                ip: row.get("ip")?,
                user_agent: row.get("user_agent")?,
                continuation: row.get("continuation")?,
                locale: row.get("locale")?,
                terms_uri: row.get("terms_uri")?,
                // Written from a u16 above.
                password: scheme
                    .map(|scheme| u16::try_from(scheme).unwrap_or_default())
                    .zip(hash),
                email_authentication_id: row.get("email_authentication_id")?,
                created_at: row.get("created_at")?,
            },
            display_name: row.get("display_name")?,
            registration_token_id: token.map(RegistrationTokenId::from_uuid),
            completed_at: row.get("completed_at")?,
        })
    })
    .transpose()
}

pub async fn attach_registration_token(
    database: &Database,
    id: Uuid,
    token: RegistrationTokenId,
) -> Result<(), DatabaseError> {
    let statement = query(
        "UPDATE registrations SET registration_token_id = $1 \
         WHERE id = $2 AND completed_at IS NULL",
    );
    let mut transaction = database.begin().await?;
    let statement = statement.bind(token.as_uuid()).bind(id);
    transaction.execute(statement).await?;
    transaction.commit().await
}

pub async fn set_registration_display_name(
    database: &Database,
    id: Uuid,
    name: &str,
) -> Result<(), DatabaseError> {
    let statement =
        query("UPDATE registrations SET display_name = $1 WHERE id = $2 AND completed_at IS NULL");
    let mut transaction = database.begin().await?;
    transaction.execute(statement.bind(name).bind(id)).await?;
    transaction.commit().await
}
