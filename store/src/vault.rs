//! What must never enter an event: password hashes and token hashes, written in the same transaction
//! as the event that says they changed.

use muniment_domain::{
    Event, Oauth2SessionEvent, Oauth2SessionId, PasswordId, PolicyDataEvent, TokenId, UserEvent,
    UserId,
};

use crate::sql::{Database, DatabaseError, Transaction, query};

/// A change to the vault, part of an append.
#[derive(Clone)]
#[cfg_attr(feature = "eventstoredb", derive(serde::Serialize, serde::Deserialize))]
pub enum VaultWrite {
    PutPassword {
        id: PasswordId,
        user_id: UserId,
        scheme_version: u16,
        /// PHC string.
        hash: String,
    },
    DestroyPasswords {
        user_id: UserId,
    },
    /// Access tokens, which are of no more use.
    DestroyTokens {
        user_id: UserId,
    },
    /// When and from where the user's sessions were used.
    DestroyActivity {
        user_id: UserId,
    },
    PutAccessToken {
        id: TokenId,
        session_id: Oauth2SessionId,
        /// Whose session it is; absent when the client acts for itself.
        user_id: Option<UserId>,
        /// SHA-256 of the token.
        token_hash: [u8; 32],
        /// Microseconds since 1970.
        created_at: i64,
        /// Microseconds since 1970; never expires when absent.
        expires_at: Option<i64>,
    },
}

impl std::fmt::Debug for VaultWrite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::PutPassword { .. } => "PutPassword(***)",
            Self::DestroyPasswords { .. } => "DestroyPasswords",
            Self::DestroyTokens { .. } => "DestroyTokens",
            Self::DestroyActivity { .. } => "DestroyActivity",
            Self::PutAccessToken { .. } => "PutAccessToken(***)",
        })
    }
}

impl VaultWrite {
    /// What an event brings about in the vault by itself.
    pub(crate) fn implied_by(event: &Event) -> Vec<Self> {
        match event {
            Event::User(UserEvent::UserDeactivated { user_id, .. }) => {
                vec![Self::DestroyPasswords { user_id: *user_id }]
            }
            // A deactivated account may have been given a password since.
            Event::User(UserEvent::UserErased { user_id }) => vec![
                Self::DestroyPasswords { user_id: *user_id },
                Self::DestroyTokens { user_id: *user_id },
                Self::DestroyActivity { user_id: *user_id },
            ],
            Event::User(
                UserEvent::UserRegistered { .. }
                | UserEvent::UserLocked { .. }
                | UserEvent::UserUnlocked { .. }
                | UserEvent::UserReactivated { .. }
                | UserEvent::UserAdminGranted { .. }
                | UserEvent::UserAdminRevoked { .. }
                | UserEvent::UserEmailAdded { .. }
                | UserEvent::UserEmailRemoved { .. }
                | UserEvent::UserPasswordSet { .. },
            )
            | Event::Oauth2Session(Oauth2SessionEvent::Oauth2SessionStarted { .. })
            | Event::PolicyData(PolicyDataEvent::PolicyDataSet { .. }) => Vec::new(),
        }
    }

    pub(crate) async fn write(
        &self,
        transaction: &mut Transaction,
        position: i64,
    ) -> Result<(), DatabaseError> {
        let statement = match self {
            Self::PutPassword {
                id,
                user_id,
                scheme_version,
                hash,
            } => query(
                "INSERT INTO user_passwords (id, user_id, scheme_version, hash, position) \
                 VALUES ($1, $2, $3, $4, $5)",
            )
            .bind(id.as_uuid())
            .bind(user_id.as_uuid())
            .bind(i64::from(*scheme_version))
            .bind(hash.as_str())
            .bind(position),
            Self::DestroyPasswords { user_id } => {
                query("DELETE FROM user_passwords WHERE user_id = $1").bind(user_id.as_uuid())
            }
            Self::DestroyTokens { user_id } => {
                query("DELETE FROM oauth2_access_tokens WHERE user_id = $1").bind(user_id.as_uuid())
            }
            Self::DestroyActivity { user_id } => {
                query("DELETE FROM session_activity WHERE user_id = $1").bind(user_id.as_uuid())
            }
            Self::PutAccessToken {
                id,
                session_id,
                user_id,
                token_hash,
                created_at,
                expires_at,
            } => query(
                "INSERT INTO oauth2_access_tokens \
                 (token_hash, id, session_id, user_id, created_at, expires_at) \
                 VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(token_hash.as_slice())
            .bind(id.as_uuid())
            .bind(session_id.as_uuid())
            .bind(user_id.map(|id| id.as_uuid()))
            .bind(*created_at)
            .bind(*expires_at),
        };
        transaction.execute(statement).await.map(|_| ())
    }
}

/// A user's current password hash.
#[derive(Clone)]
pub struct StoredPassword {
    pub scheme_version: u16,
    /// PHC string.
    pub hash: String,
}

impl std::fmt::Debug for StoredPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StoredPassword(***)")
    }
}

/// The newest password of a user, if there is one.
pub async fn current_password(
    database: &Database,
    user_id: UserId,
) -> Result<Option<StoredPassword>, DatabaseError> {
    let row = database
        .fetch_optional(
            query(
                "SELECT scheme_version, hash FROM user_passwords \
                 WHERE user_id = $1 ORDER BY position DESC LIMIT 1",
            )
            .bind(user_id.as_uuid()),
        )
        .await?;
    row.map(|row| {
        Ok(StoredPassword {
            // Written from a u16 above.
            scheme_version: u16::try_from(row.get::<i64, _>("scheme_version")?).unwrap_or_default(),
            hash: row.get("hash")?,
        })
    })
    .transpose()
}
