use std::collections::BTreeSet;

use muniment_domain::{PersonalSessionOwner, SessionEnd, UserId};
use muniment_projections::queries;
use poem_openapi::{Enum, Object, OpenApi};
use serde::{Deserialize, Serialize};

use crate::{
    accounts::{self, OtherSessions, SessionRef},
    admin::{
        AdminError, Caller,
        answer::{Answer, Found, Refuses},
        body::OptionalJson,
        error::Subject,
        known,
        operations::{ROOT, Tag},
        path::Path,
        schema::Id,
    },
    auth::Terms,
};

/// JSON payload for the `POST /api/admin/v1/users/:id/kill-sessions` endpoint
#[derive(Default, Deserialize, Object)]
pub struct KillUserSessionsRequest {
    /// The one session that goes on
    #[oai(nullable)]
    except: Option<KeptSession>,
    /// Whether the personal sessions that the user owns are revoked as well
    #[serde(default)]
    #[oai(default)]
    personal_sessions: bool,
}

/// A session of the user
#[derive(Clone, Copy, Deserialize, Object)]
pub struct KeptSession {
    /// The type of its resource
    #[serde(rename = "type")]
    #[oai(rename = "type")]
    kind: KeptSessionType,
    /// The ID of its resource
    id: Id,
}

#[expect(
    clippy::enum_variant_names,
    reason = "the types of the resources, as they are called on the wire"
)]
#[derive(Debug, Clone, Copy, Deserialize, Enum)]
#[serde(rename_all = "kebab-case")]
#[oai(rename_all = "kebab-case")]
pub enum KeptSessionType {
    UserSession,
    #[serde(rename = "oauth2-session")]
    #[oai(rename = "oauth2-session")]
    Oauth2Session,
    CompatSession,
    PersonalSession,
}

/// How many sessions of each kind have ended
#[expect(
    clippy::struct_field_names,
    reason = "the collections, as they are called on the wire"
)]
#[derive(Debug, Default, PartialEq, Serialize, Object)]
pub struct KilledSessions {
    user_sessions: u32,
    oauth2_sessions: u32,
    compat_sessions: u32,
    personal_sessions: u32,
}

impl KilledSessions {
    pub fn of(ended: &BTreeSet<SessionRef>) -> Self {
        let mut counts = Self::default();
        for session in ended {
            match session {
                SessionRef::Browser(_) => counts.user_sessions += 1,
                SessionRef::Oauth2(_) => counts.oauth2_sessions += 1,
                SessionRef::Compat(_) => counts.compat_sessions += 1,
                SessionRef::Personal(_) => counts.personal_sessions += 1,
            }
        }
        counts
    }
}

impl KeptSession {
    fn session(self) -> SessionRef {
        match self.kind {
            KeptSessionType::UserSession => SessionRef::Browser(self.id.of()),
            KeptSessionType::Oauth2Session => SessionRef::Oauth2(self.id.of()),
            KeptSessionType::CompatSession => SessionRef::Compat(self.id.of()),
            KeptSessionType::PersonalSession => SessionRef::Personal(self.id.of()),
        }
    }

    /// The session, which has to be the user's and to go on: of a slip in its id nobody would learn
    /// otherwise until it had ended.
    async fn checked(self, caller: &Caller, user: UserId) -> Result<SessionRef, AdminError> {
        let reads = &caller.app.reads;
        let session = self.session();
        let goes_on =
            match session {
                SessionRef::Browser(id) => queries::browser_session(reads, id)
                    .await?
                    .is_some_and(|row| row.user_id == user && row.finished_at.is_none()),
                SessionRef::Oauth2(id) => queries::oauth2_session(reads, id)
                    .await?
                    .is_some_and(|row| row.user_id == Some(user) && row.finished_at.is_none()),
                SessionRef::Compat(id) => queries::compat_session(reads, id)
                    .await?
                    .is_some_and(|row| row.user_id == user && row.finished_at.is_none()),
                SessionRef::Personal(id) => queries::personal_session(reads, id)
                    .await?
                    .is_some_and(|row| {
                        row.owner == PersonalSessionOwner::User(user) && row.revoked_at.is_none()
                    }),
            };
        if goes_on {
            return Ok(session);
        }
        Err(AdminError::not_found(format!(
            "Active session ID {} of the user not found",
            self.id
        )))
    }
}

#[derive(Default)]
pub struct KillUserSessions;

impl Refuses for KillUserSessions {
    const REFUSALS: &'static [(u16, &'static str)] = &[(
        404,
        "The user was not found, or has no such session that goes on to except",
    )];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::User")]
impl KillUserSessions {
    /// End all sessions of a user, or all but one
    ///
    /// Of browsers, of clients and of the legacy login; personal sessions only when they are asked for.
    /// Their tokens are refused from now on, and their devices go from the homeserver. The body may be
    /// left out.
    #[oai(
        path = "/users/:id/kill-sessions",
        method = "post",
        operation_id = "killUserSessions"
    )]
    async fn call(
        &self,
        caller: Caller,
        /// The ID of the resource
        id: Path<Id>,
        body: OptionalJson<KillUserSessionsRequest>,
    ) -> Answer<Self, Found<KilledSessions>> {
        let user = id.0.of();
        known::user(&caller, user).await?;
        let kept = match body.0.except {
            Some(kept) => Some(kept.checked(&caller, user).await?),
            None => None,
        };
        let others = OtherSessions {
            user,
            kept,
            personal: body.0.personal_sessions,
            reason: SessionEnd::Admin,
        };
        // In several appends, on terms that are for one.
        let actor = caller.actor.with_terms(Terms::default());
        let ended = accounts::end_other_sessions(&caller.app, &actor, others)
            .await
            .map_err(|error| AdminError::account(error, Subject::User(user)))?;
        Ok(Found(KilledSessions::of(&ended)).into())
    }
}
