//! `oauth2_sessions`: each session with its client, user and scope.

use async_trait::async_trait;
use muniment_domain::{Event, Oauth2SessionEvent};
use muniment_store::{
    log::{Applied, FollowError},
    sql::{Transaction, query},
};

use crate::{Projection, Target};

#[derive(Debug)]
pub(crate) struct Oauth2Sessions;

#[async_trait]
impl Projection for Oauth2Sessions {
    fn name(&self) -> &'static str {
        "oauth2_sessions"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [&'static str] {
        &["oauth2_sessions"]
    }

    async fn apply(
        &self,
        transaction: &mut Transaction,
        target: Target,
        applied: Applied<'_>,
    ) -> Result<(), FollowError> {
        match applied.event {
            Event::User(_) | Event::PolicyData(_) => Ok(()),
            Event::Oauth2Session(Oauth2SessionEvent::Oauth2SessionStarted {
                session_id,
                client_id,
                user_id,
                scope,
                grant: _,
            }) => {
                transaction
                    .execute(
                        query(format!(
                            "INSERT INTO {} \
                             (id, client_id, user_id, scope, created_at, finished_at) \
                             VALUES ($1, $2, $3, $4, $5, NULL)",
                            target.table("oauth2_sessions")
                        ))
                        .bind(session_id.as_uuid())
                        .bind(client_id.as_uuid())
                        .bind(user_id.map(|id| id.as_uuid()))
                        .bind(scope.to_string())
                        .bind(applied.record.recorded_at),
                    )
                    .await?;
                Ok(())
            }
        }
    }
}
