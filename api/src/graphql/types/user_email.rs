use async_graphql::{Description, Enum, ID, Object, Result};
use chrono::{DateTime, Utc};
use muniment_domain::EmailId;
use muniment_projections::queries::{self, EmailRow};
use uuid::Uuid;

use super::time::date_time;
use crate::graphql::{
    access::{Owned, Owner},
    connection::Listed,
    context::RequestContext,
    id::Kind,
};

/// An email address of a user.
#[derive(Debug, Clone, Description)]
pub struct UserEmail(pub EmailRow);

/// Which email addresses are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum UserEmailState {
    /// Not confirmed yet.
    Pending,
    /// Confirmed.
    Confirmed,
}

impl From<EmailRow> for UserEmail {
    fn from(row: EmailRow) -> Self {
        Self(row)
    }
}

impl Listed for UserEmail {
    const KINDS: &'static [Kind] = &[Kind::UserEmail];

    fn position(&self) -> (Kind, Uuid) {
        (Kind::UserEmail, self.0.id.as_uuid())
    }
}

impl Owned for UserEmail {
    fn owner(&self) -> Owner {
        Owner::User(self.0.user_id)
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
        let found = Self::find(request, id).await?;
        Ok(request.visible(found.map(Self)))
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
