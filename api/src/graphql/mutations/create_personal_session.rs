use async_graphql::{Context, Enum, InputObject, Object, Result, SimpleObject};
use muniment_domain::{PersonalSessionOwner, Scope, UserId};
use muniment_projections::queries::{self, PersonalSessionFilter};

use super::personal_tokens::{lifetime, sessions_of, violations};
use crate::{
    accounts::{self, AccountError, NewPersonalSession},
    graphql::{
        context::{RequestContext, request},
        types::PersonalSession,
    },
};

/// The longest name, in bytes.
const LONGEST_NAME: usize = 256;
/// How many a user may have that are not revoked.
const MOST: u64 = 100;

/// What `createPersonalSession` takes.
#[derive(InputObject)]
pub struct CreatePersonalSessionInput {
    /// What the token is for.
    human_name: String,
    /// What it may do, separated by spaces: no more than a client could be allowed to do.
    scope: String,
    /// How long it is good, in seconds; for ever if null or left out.
    expires_in: Option<i32>,
    /// The user's password, where one is set and passwords are enabled.
    password: Option<String>,
}

/// What `createPersonalSession` answers.
#[derive(SimpleObject)]
pub struct CreatePersonalSessionPayload {
    /// What happened.
    status: CreatePersonalSessionStatus,
    /// The token; shown this once.
    access_token: Option<String>,
    /// What it belongs to.
    personal_session: Option<PersonalSession>,
    /// Why the policy refuses the scope.
    violations: Option<Vec<String>>,
}

/// How `createPersonalSession` can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum CreatePersonalSessionStatus {
    /// There is a token.
    Created,
    /// The name is empty or longer than 256 bytes.
    InvalidName,
    /// This is not a scope.
    InvalidScope,
    /// The time is not positive.
    InvalidExpiry,
    /// The user has too many tokens already.
    TooMany,
    /// The policy refuses the scope.
    Denied,
    /// The password is missing or wrong.
    IncorrectPassword,
}

impl CreatePersonalSessionPayload {
    const fn only(status: CreatePersonalSessionStatus) -> Self {
        Self {
            status,
            access_token: None,
            personal_session: None,
            violations: None,
        }
    }
}

#[derive(Debug, Default)]
pub struct CreatePersonalSession;

#[Object]
impl CreatePersonalSession {
    /// Makes a personal token, with which a program acts as the requester. In a browser session only.
    async fn create_personal_session(
        &self,
        ctx: &Context<'_>,
        input: CreatePersonalSessionInput,
    ) -> Result<CreatePersonalSessionPayload> {
        use CreatePersonalSessionStatus as Status;
        let only = CreatePersonalSessionPayload::only;

        let request = request(ctx)?;
        let (_, user) = request.require_browser()?;
        let name = input.human_name.trim();
        if name.is_empty() || name.len() > LONGEST_NAME || name.contains(char::is_control) {
            return Ok(only(Status::InvalidName));
        }
        let Ok(scope) = input.scope.parse::<Scope>() else {
            return Ok(only(Status::InvalidScope));
        };
        let Ok(lifetime) = lifetime(input.expires_in) else {
            return Ok(only(Status::InvalidExpiry));
        };
        if has_too_many(request, user.id).await? {
            return Ok(only(Status::TooMany));
        }
        let sessions = sessions_of(request, user.id).await?;
        let violations = violations(request, user, &scope, Some(sessions));
        if !violations.is_empty() {
            return Ok(CreatePersonalSessionPayload {
                violations: Some(violations),
                ..only(Status::Denied)
            });
        }
        if !request.confirms(user.id, input.password.as_deref()).await? {
            return Ok(only(Status::IncorrectPassword));
        }
        let new = NewPersonalSession {
            owner: PersonalSessionOwner::User(user.id),
            user,
            name: name.to_owned(),
            scope,
            lifetime,
        };
        let made = accounts::create_personal_session(&request.app, &request.actor(), new).await;
        let (id, token) = made.map_err(|error| request.failure(error))?;
        let session = PersonalSession::visible(request, id)
            .await?
            .ok_or_else(|| request.failure(AccountError::SessionNotFound))?;
        Ok(CreatePersonalSessionPayload {
            access_token: Some(token.to_string()),
            personal_session: Some(session),
            ..only(Status::Created)
        })
    }
}

async fn has_too_many(request: &RequestContext, user: UserId) -> Result<bool> {
    let filter = PersonalSessionFilter {
        owner_user: Some(user),
        active: Some(true),
        ..PersonalSessionFilter::default()
    };
    let count = queries::count_personal_sessions(&request.app.database, &filter).await;
    Ok(count.map_err(|error| request.failure(error))? >= MOST)
}
