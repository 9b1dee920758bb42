use async_graphql::{Description, ID, Object, Result};
use chrono::{DateTime, Utc};
use muniment_domain::EmailId;
use muniment_projections::queries::{self, EmailRow};
use uuid::Uuid;

use super::time::date_time;
use crate::graphql::{connection::Listed, context::RequestContext, id::Kind};

/// An email address of a user.
#[derive(Debug, Clone, Description)]
pub struct UserEmail(pub EmailRow);

impl From<EmailRow> for UserEmail {
    fn from(row: EmailRow) -> Self {
        Self(row)
    }
}

impl Listed for UserEmail {
    const KIND: Kind = Kind::UserEmail;

    fn uuid(&self) -> Uuid {
        self.0.id.as_uuid()
    }
}

impl UserEmail {
    /// The address, whoever has it.
    pub async fn find(request: &RequestContext, id: EmailId) -> Result<Option<EmailRow>> {
        queries::email(&request.app.reads, id)
            .await
            .map_err(|error| request.failure(error))
    }

    /// The address, if it exists and the requester may see it.
    pub async fn visible(request: &RequestContext, id: EmailId) -> Result<Option<Self>> {
        Ok(Self::find(request, id)
            .await?
            .filter(|email| request.requester.is_owner_or_admin(Some(email.user_id)))
            .map(Self))
    }
}

#[Object(use_type_description)]
impl UserEmail {
    /// The global id.
    pub async fn id(&self) -> ID {
        Kind::UserEmail.id(self.0.id)
    }

    /// The address.
    async fn email(&self) -> &str {
        &self.0.email
    }

    /// When it was added.
    pub async fn created_at(&self) -> DateTime<Utc> {
        date_time(self.0.created_at)
    }

    /// When it was confirmed: the same as `createdAt`.
    #[graphql(deprecation = "Emails are always confirmed now.")]
    async fn confirmed_at(&self) -> Option<DateTime<Utc>> {
        Some(date_time(self.0.created_at))
    }
}
