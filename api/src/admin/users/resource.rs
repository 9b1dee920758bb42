use muniment_domain::UserId;
use muniment_projections::queries::{self, UserRow};
use poem_openapi::Object;
use serde::Serialize;

use crate::{
    admin::{
        AdminError,
        condition::EntityTag,
        envelope::Resource,
        schema::{Id, Timestamp},
    },
    app::App,
};

/// A user
#[derive(Serialize, Object)]
pub struct User {
    #[serde(skip)]
    #[oai(skip)]
    id: Id,
    /// The username (localpart) of the user
    username: String,
    /// When the user was created
    created_at: Timestamp,
    /// When the user was locked. If null, the user is not locked.
    #[oai(nullable)]
    locked_at: Option<Timestamp>,
    /// When the user was deactivated. If null, the user is not deactivated.
    #[oai(nullable)]
    deactivated_at: Option<Timestamp>,
    /// Whether the user can request admin privileges.
    admin: bool,
    /// Whether the user is a guest taken over from a homeserver. There are none, so this is false.
    legacy_guest: bool,
}

impl From<UserRow> for User {
    fn from(row: UserRow) -> Self {
        Self {
            id: Id(row.id.as_uuid()),
            username: row.username,
            created_at: Timestamp(row.created_at),
            locked_at: row.locked_at.map(Timestamp),
            deactivated_at: row.deactivated_at.map(Timestamp),
            admin: row.can_request_admin,
            legacy_guest: false,
        }
    }
}

impl User {
    /// A user as they are now.
    pub async fn find(app: &App, id: UserId) -> Result<(Self, Option<EntityTag>), AdminError> {
        let found = queries::user_at(&app.reads, id).await?;
        let found = found.ok_or_else(|| AdminError::user_not_found(id))?;
        let tag = EntityTag::of(id.as_uuid(), &found);
        Ok((found.row.into(), tag))
    }
}

impl Resource for User {
    const TYPE: &'static str = "user";
    const PATH: &'static str = "/api/admin/v1/users";

    fn id(&self) -> Id {
        self.id
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::envelope::SingleResponse;

    #[test]
    fn a_user_is_an_envelope_with_attributes_in_order() {
        let user = User {
            id: Id::default(),
            username: "alice".to_owned(),
            created_at: Timestamp(1_642_344_000_000_000),
            locked_at: None,
            deactivated_at: None,
            admin: false,
            legacy_guest: false,
        };
        assert_eq!(
            serde_json::to_string(&SingleResponse::after(user, "lock")).unwrap(),
            r#"{"data":{"type":"user","id":"00000000000000000000000000","attributes":{"username":"alice","created_at":"2022-01-16T14:40:00Z","locked_at":null,"deactivated_at":null,"admin":false,"legacy_guest":false},"links":{"self":"/api/admin/v1/users/00000000000000000000000000"}},"links":{"self":"/api/admin/v1/users/00000000000000000000000000/lock"}}"#
        );
    }
}
