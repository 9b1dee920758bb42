//! What must never enter an event, written in the same transaction as the event that says so: password
//! hashes, token hashes, and what is to be done outside.

use muniment_domain::{
    ClientEvent, ClientId, Event, PasswordId, PersonalSessionEvent, PersonalSessionId,
    RegistrationTokenId, TokenId, UserEvent, UserId,
};
use uuid::Uuid;

use crate::{
    activity,
    compat_sso::ExchangeSsoLogin,
    grants::GrantWrite,
    graphql_calls, idempotent_requests,
    outbox::{Outbox, OutboxItem},
    recovery, registrations,
    sql::{Database, DatabaseError, Transaction, query},
    tokens::{NewAccessToken, NewCompatAccessToken, NewCompatRefreshToken, NewRefreshToken},
    upstream::{self, UpstreamUse},
};

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
    /// Tokens of every kind, which are of no more use.
    DestroyTokens {
        user_id: UserId,
    },
    PutAccessToken(NewAccessToken),
    PutRefreshToken(NewRefreshToken),
    PutCompatAccessToken(NewCompatAccessToken),
    PutCompatRefreshToken(NewCompatRefreshToken),
    PutPersonalToken {
        id: TokenId,
        session_id: PersonalSessionId,
        actor_user_id: UserId,
        /// SHA-256 of the token.
        token_hash: [u8; 32],
        /// Microseconds since 1970.
        created_at: i64,
        /// Microseconds since 1970; never expires when absent.
        expires_at: Option<i64>,
    },
    ExpirePersonalToken {
        id: TokenId,
    },
    PutRegistrationToken {
        id: RegistrationTokenId,
        /// SHA-256 of the token.
        token_hash: [u8; 32],
        /// The token, sealed, for administrators.
        sealed: Vec<u8>,
    },
    Grant(GrantWrite),
    ExchangeSsoLogin(ExchangeSsoLogin),
    /// Somebody has registered.
    CompleteRegistration {
        id: Uuid,
        /// Microseconds since 1970.
        at: i64,
    },
    /// A user has proved an address.
    CompleteEmailAuthentication {
        id: Uuid,
        /// Microseconds since 1970.
        at: i64,
    },
    /// A password was set by a ticket of this recovery.
    ConsumeRecovery {
        session_id: Uuid,
        /// Microseconds since 1970.
        at: i64,
    },
    /// A sign-in at an upstream provider led into this browser session.
    ConsumeUpstream(UpstreamUse),
    /// Recoveries of the user's account, addresses about to be proved, and sign-ins elsewhere.
    DestroyFlows {
        user_id: UserId,
    },
    /// The client is in the log from now on.
    AdoptClient {
        client_id: ClientId,
    },
    DestroyClientSecret {
        client_id: ClientId,
    },
    /// When and from where the user's sessions were used.
    DestroyActivity {
        user_id: UserId,
    },
    /// Answers that the user may ask for again, and those that may tell of the user.
    DestroyAnswers {
        user_id: UserId,
    },
    /// Something to be done outside of the database, once this is on disk.
    Enqueue(OutboxItem),
    /// What was to be done for a person.
    DestroyOutbox {
        user_id: UserId,
    },
}

impl std::fmt::Debug for VaultWrite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::PutPassword { .. } => "PutPassword(***)",
            Self::DestroyPasswords { .. } => "DestroyPasswords",
            Self::DestroyTokens { .. } => "DestroyTokens",
            Self::PutAccessToken(_) => "PutAccessToken(***)",
            Self::PutRefreshToken(_) => "PutRefreshToken(***)",
            Self::PutCompatAccessToken(_) => "PutCompatAccessToken(***)",
            Self::PutCompatRefreshToken(_) => "PutCompatRefreshToken(***)",
            Self::PutPersonalToken { .. } => "PutPersonalToken(***)",
            Self::ExpirePersonalToken { .. } => "ExpirePersonalToken",
            Self::PutRegistrationToken { .. } => "PutRegistrationToken(***)",
            Self::Grant(write) => return write.fmt(f),
            Self::ExchangeSsoLogin(_) => "ExchangeSsoLogin",
            Self::CompleteRegistration { .. } => "CompleteRegistration",
            Self::CompleteEmailAuthentication { .. } => "CompleteEmailAuthentication",
            Self::ConsumeRecovery { .. } => "ConsumeRecovery",
            Self::ConsumeUpstream(_) => "ConsumeUpstream",
            Self::DestroyFlows { .. } => "DestroyFlows",
            Self::AdoptClient { .. } => "AdoptClient",
            Self::DestroyClientSecret { .. } => "DestroyClientSecret",
            Self::Enqueue(_) => "Enqueue(***)",
            Self::DestroyOutbox { .. } => "DestroyOutbox",
            Self::DestroyActivity { .. } => "DestroyActivity",
            Self::DestroyAnswers { .. } => "DestroyAnswers",
        })
    }
}

impl VaultWrite {
    /// What an event brings about in the vault by itself.
    pub(crate) fn implied_by(event: &Event) -> Vec<Self> {
        match event {
            Event::User(UserEvent::UserDeactivated {
                user_id,
                shredded_emails,
                ..
            }) => {
                let mut writes = vec![Self::DestroyPasswords { user_id: *user_id }];
                if !shredded_emails.is_empty() {
                    writes.push(Self::DestroyAnswers { user_id: *user_id });
                }
                writes
            }
            // A deactivated account may have been given a password since.
            Event::User(UserEvent::UserErased { user_id }) => vec![
                Self::DestroyPasswords { user_id: *user_id },
                Self::DestroyTokens { user_id: *user_id },
                Self::DestroyOutbox { user_id: *user_id },
                Self::DestroyActivity { user_id: *user_id },
                Self::DestroyAnswers { user_id: *user_id },
                Self::DestroyFlows { user_id: *user_id },
            ],
            Event::PersonalSession(PersonalSessionEvent::PersonalTokenRevoked {
                token_id, ..
            }) => vec![Self::ExpirePersonalToken { id: *token_id }],
            Event::Client(ClientEvent::ClientRegistered { client_id, .. }) => {
                vec![Self::AdoptClient {
                    client_id: *client_id,
                }]
            }
            Event::Client(ClientEvent::ClientDeleted { client_id }) => {
                vec![Self::DestroyClientSecret {
                    client_id: *client_id,
                }]
            }
            _ => Vec::new(),
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
                for table in TOKEN_TABLES {
                    transaction
                        .execute(
                            query(format!("DELETE FROM {table} WHERE user_id = $1"))
                                .bind(user_id.as_uuid()),
                        )
                        .await?;
                }
                return Ok(());
            }
            Self::PutAccessToken(token) => token.insert(),
            Self::PutRefreshToken(token) => token.insert(),
            Self::PutCompatAccessToken(token) => token.insert(),
            Self::PutCompatRefreshToken(token) => token.insert(),
            Self::PutPersonalToken {
                id,
                session_id,
                actor_user_id,
                token_hash,
                created_at,
                expires_at,
            } => query(
                "INSERT INTO personal_access_tokens \
                 (token_hash, id, session_id, user_id, created_at, expires_at) \
                 VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(token_hash.as_slice())
            .bind(id.as_uuid())
            .bind(session_id.as_uuid())
            .bind(actor_user_id.as_uuid())
            .bind(*created_at)
            .bind(*expires_at),
            Self::ExpirePersonalToken { id } => {
                // It stays known, so that whoever brings it learns that it is out of date.
                query("UPDATE personal_access_tokens SET expires_at = created_at WHERE id = $1")
                    .bind(id.as_uuid())
            }
            Self::PutRegistrationToken {
                id,
                token_hash,
                sealed,
            } => query(
                "INSERT INTO registration_token_secrets (token_hash, id, sealed) \
                 VALUES ($1, $2, $3)",
            )
            .bind(token_hash.as_slice())
            .bind(id.as_uuid())
            .bind(sealed.as_slice()),
            Self::Grant(write) => write.statement(),
            Self::ExchangeSsoLogin(write) => write.statement(),
            Self::CompleteRegistration { id, at } => {
                for statement in registrations::complete(*id, *at) {
                    transaction.execute(statement).await?;
                }
                return Ok(());
            }
            Self::CompleteEmailAuthentication { id, at } => registrations::prove(*id, *at),
            Self::ConsumeRecovery { session_id, at } => recovery::consume(*session_id, *at),
            Self::ConsumeUpstream(used) => used.statement(),
            Self::DestroyFlows { user_id } => {
                transaction.execute(upstream::forget(*user_id)).await?;
                for statement in recovery::forget(*user_id) {
                    transaction.execute(statement).await?;
                }
                registrations::forget(*user_id)
            }
            Self::AdoptClient { client_id } => {
                query("DELETE FROM oauth2_pending_clients WHERE id = $1").bind(client_id.as_uuid())
            }
            Self::DestroyClientSecret { client_id } => {
                query("DELETE FROM oauth2_client_secrets WHERE client_id = $1")
                    .bind(client_id.as_uuid())
            }
            Self::Enqueue(item) => return item.insert(transaction).await.map(|_| ()),
            Self::DestroyAnswers { user_id } => idempotent_requests::forget(*user_id),
            Self::DestroyActivity { user_id } => return forget_use(transaction, *user_id).await,
            Self::DestroyOutbox { user_id } => return Outbox::forget(transaction, *user_id).await,
        };
        transaction.execute(statement).await.map(|_| ())
    }
}

/// Forgets when a person used what.
async fn forget_use(transaction: &mut Transaction, user_id: UserId) -> Result<(), DatabaseError> {
    transaction.execute(graphql_calls::forget(user_id)).await?;
    transaction.execute(activity::forget(user_id)).await?;
    Ok(())
}

/// Where tokens of people lie.
const TOKEN_TABLES: [&str; 5] = [
    "oauth2_access_tokens",
    "oauth2_refresh_tokens",
    "compat_access_tokens",
    "compat_refresh_tokens",
    "personal_access_tokens",
];

/// A user's current password hash.
#[derive(Clone)]
pub struct StoredPassword {
    pub id: PasswordId,
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
                "SELECT id, scheme_version, hash FROM user_passwords \
                 WHERE user_id = $1 ORDER BY position DESC LIMIT 1",
            )
            .bind(user_id.as_uuid()),
        )
        .await?;
    row.map(|row| {
        Ok(StoredPassword {
            id: PasswordId::from_uuid(row.get("id")?),
            // Written from a u16 above.
            scheme_version: u16::try_from(row.get::<i64, _>("scheme_version")?).unwrap_or_default(),
            hash: row.get("hash")?,
        })
    })
    .transpose()
}
