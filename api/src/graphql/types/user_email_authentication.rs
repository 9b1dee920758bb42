use async_graphql::{Description, ID, Object, Result};
use chrono::{DateTime, Utc};
use muniment_domain::UserId;
use muniment_store::registrations::{self, EmailAuthentication};
use uuid::Uuid;

use super::time::date_time;
use crate::graphql::{
    access::{Owned, Owner},
    context::RequestContext,
    id::Kind,
};

/// An email address that a user is about to prove to be theirs.
#[derive(Debug, Clone, Description)]
pub struct UserEmailAuthentication(pub EmailAuthentication);

impl Owned for UserEmailAuthentication {
    fn owner(&self) -> Owner {
        let session = self.0.browser_session_id;
        // One of a registration is nobody's yet.
        session.map_or(Owner::Nobody, Owner::BrowserSession)
    }
}

impl UserEmailAuthentication {
    /// The authentication, if it was started in the very session that asks.
    pub async fn visible(request: &RequestContext, id: Uuid) -> Result<Option<Self>> {
        let found = registrations::email_authentication(&request.app.database, id)
            .await
            .map_err(|error| request.failure(error))?;
        // That of a registration is not shown here, not even to administrators.
        let found = found.filter(|found| found.browser_session_id.is_some());
        Ok(request.visible(found.map(Self)))
    }
}

#[Object(use_type_description)]
impl UserEmailAuthentication {
    /// The global id.
    pub async fn id(&self) -> ID {
        Kind::UserEmailAuthentication.id(UserId::from_uuid(self.0.id))
    }

    /// When the user asked for a code.
    pub async fn created_at(&self) -> DateTime<Utc> {
        date_time(self.0.created_at)
    }

    /// When the right code was entered, also if the address turned out to be in use.
    async fn completed_at(&self) -> Option<DateTime<Utc>> {
        self.0.completed_at.map(date_time)
    }

    /// The address.
    async fn email(&self) -> &str {
        &self.0.email
    }
}
