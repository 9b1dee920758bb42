//! `registration_tokens`: invitations, without the tokens themselves.

use muniment_domain::{
    EmailAddress, Event, Pii, RegistrationTokenEvent, RegistrationTokenId, Username,
};
use muniment_store::{
    log::{Applied, FollowError},
    sql::query,
};

use crate::{Projection, Target, projection::Write};

#[derive(Debug)]
pub(crate) struct RegistrationTokens;

impl Projection for RegistrationTokens {
    fn name(&self) -> &'static str {
        "registration_tokens"
    }

    fn version(&self) -> u32 {
        2
    }

    fn tables(&self) -> &'static [&'static str] {
        &["registration_tokens"]
    }

    fn writes(&self, target: Target, applied: Applied<'_>) -> Result<Vec<Write>, FollowError> {
        let table = target.table("registration_tokens");
        let at = applied.record.recorded_at;
        let Event::RegistrationToken(event) = applied.event else {
            return Ok(Vec::new());
        };
        let set = |column: &str, id: &RegistrationTokenId, value: Option<i64>| {
            query(format!("UPDATE {table} SET {column} = $1 WHERE id = $2"))
                .bind(value)
                .bind(id.as_uuid())
        };
        let statement = match event {
            RegistrationTokenEvent::RegistrationTokenCreated {
                token_id,
                usage_limit,
                expires_at,
                username,
                email,
            } => query(format!(
                "INSERT INTO {table} (id, usage_limit, times_used, created_at, expires_at, \
                 username, email) VALUES ($1, $2, 0, $3, $4, $5, $6)"
            ))
            .bind(token_id.as_uuid())
            .bind(usage_limit.map(i64::from))
            .bind(at)
            .bind(*expires_at)
            // Those who are forgotten are so by a later event.
            .bind(username.as_ref().and_then(Pii::clear).map(Username::as_str))
            .bind(email.as_ref().and_then(Pii::clear).map(EmailAddress::as_str)),
            RegistrationTokenEvent::RegistrationTokenUsed { token_id, .. } => query(format!(
                "UPDATE {table} SET times_used = times_used + 1, last_used_at = $1 WHERE id = $2"
            ))
            .bind(at)
            .bind(token_id.as_uuid()),
            RegistrationTokenEvent::RegistrationTokenRevoked { token_id } => {
                set("revoked_at", token_id, Some(at))
            }
            RegistrationTokenEvent::RegistrationTokenUnrevoked { token_id } => {
                set("revoked_at", token_id, None)
            }
            RegistrationTokenEvent::RegistrationTokenExpirySet {
                token_id,
                expires_at,
            } => set("expires_at", token_id, *expires_at),
            RegistrationTokenEvent::RegistrationTokenUsageLimitSet {
                token_id,
                usage_limit,
            } => set("usage_limit", token_id, usage_limit.map(i64::from)),
            RegistrationTokenEvent::RegistrationTokenInviteeForgotten { token_id } => {
                query(format!(
                    "UPDATE {table} SET invitee_forgotten_at = $1, username = NULL, \
                     email = NULL WHERE id = $2"
                ))
                .bind(at)
                .bind(token_id.as_uuid())
            }
        };
        Ok(Write::row(statement))
    }
}
