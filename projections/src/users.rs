//! `users`: each account with its flags, one row each.

use muniment_domain::{Event, Pii, UserEvent, UserId, Username};
use muniment_store::{
    log::{Applied, FollowError},
    sql::{Query, Value, query},
};

use crate::{
    Projection, Target,
    projection::{Reach, Write, cannot},
};

#[derive(Debug)]
pub(crate) struct Users;

impl Projection for Users {
    fn name(&self) -> &'static str {
        "users"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [&'static str] {
        &["users"]
    }

    fn writes(&self, target: Target, applied: Applied<'_>) -> Result<Vec<Write>, FollowError> {
        let users = target.table("users");
        let Event::User(event) = applied.event else {
            return Ok(Vec::new());
        };
        let at = applied.record.recorded_at;
        let id = event.user_id();
        let statement = match event {
            UserEvent::UserRegistered { username, .. } => query(format!(
                "INSERT INTO {users} (id, username, created_at, locked_at, deactivated_at, \
                 can_request_admin, has_password, sessions_valid_from) \
                 VALUES ($1, $2, $3, NULL, NULL, $4, $4, $3)"
            ))
            .bind(id.as_uuid())
            .bind(self.username(id, username, applied)?)
            .bind(at)
            .bind(false),
            UserEvent::UserLocked { .. } => set(&users, "locked_at", at, id),
            UserEvent::UserUnlocked { .. } => set(&users, "locked_at", None::<i64>, id),
            UserEvent::UserDeactivated { .. } => query(format!(
                "UPDATE {users} SET deactivated_at = $1, sessions_valid_from = $1, \
                 has_password = $2 WHERE id = $3"
            ))
            .bind(at)
            .bind(false)
            .bind(id.as_uuid()),
            UserEvent::UserErased { .. } => set(&users, "username", erased_name(id), id),
            UserEvent::UserReactivated { .. } => set(&users, "deactivated_at", None::<i64>, id),
            UserEvent::UserAdminGranted { .. } => set(&users, "can_request_admin", true, id),
            UserEvent::UserAdminRevoked { .. } => set(&users, "can_request_admin", false, id),
            UserEvent::UserPasswordSet { .. } => set(&users, "has_password", true, id),
            UserEvent::UserEmailAdded { .. }
            | UserEvent::UserEmailRemoved { .. }
            | UserEvent::UserPasswordHashUpgraded { .. }
            | UserEvent::UserSignInsFailed { .. }
            | UserEvent::UserTermsAccepted { .. }
            | UserEvent::UserDisplayNameSet { .. }
            | UserEvent::UserCrossSigningResetAllowed { .. }
            | UserEvent::UserPasswordLinkRequested { .. }
            | UserEvent::UserUpstreamLinked { .. }
            | UserEvent::UserUpstreamUnlinked { .. } => return Ok(Vec::new()),
        };
        Ok(Write::one(statement, Reach::Row("the user has no row")))
    }
}

impl Users {
    /// The name, or what stands for one that was erased.
    fn username(
        &self,
        id: UserId,
        username: &Pii<Username>,
        applied: Applied<'_>,
    ) -> Result<String, FollowError> {
        match username {
            Pii::Clear(name) => Ok(name.as_str().to_owned()),
            Pii::Shredded(()) => Ok(erased_name(id)),
            Pii::Sealed(_) => Err(cannot(self, applied, "the username is sealed")),
        }
    }
}

/// What stands where the name of an erased person stood.
pub(crate) fn erased_name(id: UserId) -> String {
    format!("erased-{id}").to_lowercase()
}

/// One column of one user.
fn set(users: &str, column: &str, value: impl Into<Value>, id: UserId) -> Query<'static> {
    query(format!("UPDATE {users} SET {column} = $1 WHERE id = $2"))
        .bind(value)
        .bind(id.as_uuid())
}
