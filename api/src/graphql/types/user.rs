use async_graphql::{Context, Description, Enum, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use muniment_domain::UserId;
use muniment_projections::queries::{self, EmailFilter, UserRow};
use uuid::Uuid;

use super::{UserEmail, time::date_time};
use crate::graphql::{
    connection::{Connection, Listed, PageArgs, connect, wants_total},
    context::{RequestContext, request},
    id::Kind,
};

/// An account.
#[derive(Debug, Clone, Description)]
pub struct User(pub UserRow);

/// Which users are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum UserState {
    /// Neither locked nor deactivated.
    Active,
    /// Locked.
    Locked,
}

/// Which email addresses are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum UserEmailState {
    /// Not confirmed yet.
    Pending,
    /// Confirmed.
    Confirmed,
}

/// How the homeserver sees a user.
#[derive(Debug, SimpleObject)]
pub struct MatrixUser {
    /// The Matrix id, `@name:server`.
    mxid: String,
    /// The name that others see.
    display_name: Option<String>,
    /// The picture that others see, as an `mxc` URI.
    avatar_url: Option<String>,
    /// Whether the homeserver has deactivated the user.
    deactivated: bool,
}

impl From<UserRow> for User {
    fn from(row: UserRow) -> Self {
        Self(row)
    }
}

impl Listed for User {
    const KIND: Kind = Kind::User;

    fn uuid(&self) -> Uuid {
        self.0.id.as_uuid()
    }
}

impl User {
    /// The user, whoever asks.
    pub async fn find(request: &RequestContext, id: UserId) -> Result<Option<Self>> {
        let found = queries::user(&request.app.reads, id)
            .await
            .map_err(|error| request.failure(error))?;
        Ok(found.map(Self))
    }

    /// The user, if the requester may see it; who may not causes no look-up.
    pub async fn visible(request: &RequestContext, id: UserId) -> Result<Option<Self>> {
        if request.requester.is_owner_or_admin(Some(id)) {
            Self::find(request, id).await
        } else {
            Ok(None)
        }
    }
}

#[Object(use_type_description)]
impl User {
    /// The global id.
    pub async fn id(&self) -> ID {
        Kind::User.id(self.0.id)
    }

    /// The name, which is the localpart of the Matrix id.
    async fn username(&self) -> &str {
        &self.0.username
    }

    /// When the account was registered.
    pub async fn created_at(&self) -> DateTime<Utc> {
        date_time(self.0.created_at)
    }

    /// Since when the account is locked, if it is.
    async fn locked_at(&self) -> Option<DateTime<Utc>> {
        self.0.locked_at.map(date_time)
    }

    /// Whether the user may ask for administrators' scopes.
    async fn can_request_admin(&self) -> bool {
        self.0.can_request_admin
    }

    /// The user on the homeserver.
    async fn matrix(&self, ctx: &Context<'_>) -> Result<MatrixUser> {
        let site = &request(ctx)?.app.site;
        // Without a homeserver to ask (`matrix.kind: none`): what it would say of a new user.
        Ok(MatrixUser {
            mxid: format!("@{}:{}", self.0.username, site.server_name),
            display_name: Some(self.0.username.clone()),
            avatar_url: None,
            deactivated: self.0.deactivated_at.is_some(),
        })
    }

    /// The email addresses, the oldest first.
    async fn emails(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            deprecation = "Emails are always confirmed, and have only one state",
            desc = "Has no effect."
        )]
        state: Option<UserEmailState>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "How many, from the beginning.")] first: Option<i32>,
        #[graphql(desc = "How many, from the end.")] last: Option<i32>,
    ) -> Result<Connection<UserEmail>> {
        let _ = state;
        let request = request(ctx)?;
        let page = PageArgs {
            after,
            before,
            first,
            last,
        }
        .read(Kind::UserEmail)?;
        let filter = EmailFilter {
            user: Some(self.0.id),
            email: None,
        };
        let database = &request.app.database;
        let emails = queries::list_emails(database, &filter, page)
            .await
            .map_err(|error| request.failure(error))?;
        let total = if wants_total(ctx) {
            let total = queries::count_emails(database, &filter).await;
            Some(total.map_err(|error| request.failure(error))?)
        } else {
            None
        };
        Ok(connect(page, emails, total))
    }

    /// Whether a password is set, also where passwords are disabled.
    async fn has_password(&self) -> bool {
        self.0.has_password
    }
}
