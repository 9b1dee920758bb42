use async_graphql::{Description, ID, Object};
use chrono::{DateTime, Utc};
use muniment_domain::EmailId;
use muniment_store::registrations::EmailAuthentication;

use super::time::date_time;
use crate::graphql::id::Kind;

/// An address that a user is about to add, and proves by a mailed code.
#[derive(Debug, Clone, Description)]
pub struct UserEmailAuthentication(pub EmailAuthentication);

#[Object(use_type_description)]
impl UserEmailAuthentication {
    /// The global id.
    pub async fn id(&self) -> ID {
        Kind::UserEmailAuthentication.id(EmailId::from_uuid(self.0.id))
    }

    /// When it began.
    pub async fn created_at(&self) -> DateTime<Utc> {
        date_time(self.0.created_at)
    }

    /// When the right code was given, also if the address was somebody's already.
    async fn completed_at(&self) -> Option<DateTime<Utc>> {
        self.0.completed_at.map(date_time)
    }

    /// The address.
    async fn email(&self) -> &str {
        &self.0.email
    }
}
