use muniment_domain::EmailId;
use muniment_projections::queries::{self, EmailRow};
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

/// An email entry
#[derive(Serialize, Object)]
pub struct UserEmail {
    #[serde(skip)]
    #[oai(skip)]
    id: Id,
    /// When the object was created
    created_at: Timestamp,
    /// The ID of the user who owns this email address
    user_id: Id,
    /// The email address
    email: String,
}

impl From<EmailRow> for UserEmail {
    fn from(row: EmailRow) -> Self {
        Self {
            id: Id(row.id.as_uuid()),
            created_at: Timestamp(row.created_at),
            user_id: Id(row.user_id.as_uuid()),
            email: row.email,
        }
    }
}

impl UserEmail {
    /// An address, if the user has it still.
    pub async fn find(app: &App, id: EmailId) -> Result<(Self, Option<EntityTag>), AdminError> {
        let found = queries::email_at(&app.reads, id).await?;
        let found = found.ok_or_else(|| AdminError::email_not_found(id))?;
        let tag = EntityTag::of(found.row.user_id.as_uuid(), &found);
        Ok((found.row.into(), tag))
    }
}

impl Resource for UserEmail {
    const TYPE: &'static str = "user-email";
    const PATH: &'static str = "/api/admin/v1/user-emails";

    fn id(&self) -> Id {
        self.id
    }
}
