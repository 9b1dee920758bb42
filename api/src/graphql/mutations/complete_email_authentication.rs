use async_graphql::{Context, Enum, Error, ID, InputObject, Object, Result, SimpleObject};
use muniment_store::registrations::email_authentication;
use uuid::Uuid;

use super::email_codes::require_changes_allowed;
use crate::{
    accounts::{self, EmailProof},
    graphql::{
        context::request,
        id::{Kind, parse_as},
    },
};

/// What `completeEmailAuthentication` takes.
#[derive(InputObject)]
pub struct CompleteEmailAuthenticationInput {
    /// The code of the mail.
    code: String,
    /// What the code is for.
    id: ID,
}

/// What `completeEmailAuthentication` answers.
#[derive(Debug, SimpleObject)]
pub struct CompleteEmailAuthenticationPayload {
    /// What happened.
    status: CompleteEmailAuthenticationStatus,
}

/// How `completeEmailAuthentication` can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum CompleteEmailAuthenticationStatus {
    /// The account has the address.
    Completed,
    /// This is not the code, or there is nothing that it could be for.
    InvalidCode,
    /// The code is too old.
    CodeExpired,
    /// Too many codes were tried.
    RateLimited,
    /// The code was right, but an account has the address already.
    InUse,
}

#[derive(Debug, Default)]
pub struct CompleteEmailAuthentication;

#[Object]
impl CompleteEmailAuthentication {
    /// Adds an address to the requester's account by the code that was mailed to it. In the browser
    /// session that asked for the code.
    async fn complete_email_authentication(
        &self,
        ctx: &Context<'_>,
        input: CompleteEmailAuthenticationInput,
    ) -> Result<CompleteEmailAuthenticationPayload> {
        use CompleteEmailAuthenticationStatus as Status;
        let only = |status| Ok(CompleteEmailAuthenticationPayload { status });

        let request = request(ctx)?;
        let id: Uuid = parse_as(Kind::UserEmailAuthentication, &input.id)?;
        let (session, user) = request.require_browser()?;
        require_changes_allowed(request)?;
        let app = &request.app;
        let found = email_authentication(&app.database, id).await;
        let found = found.map_err(|error| request.failure(error))?;
        let Some(found) = found.filter(|found| found.browser_session_id == Some(session.id)) else {
            return only(Status::InvalidCode);
        };
        if app.limits.check_email_code_attempt(id).is_err() {
            return only(Status::RateLimited);
        }
        let proof = accounts::prove_email(app, &request.actor(), user, &found, &input.code).await;
        match proof.map_err(|error| request.failure(error))? {
            EmailProof::Added => only(Status::Completed),
            EmailProof::InUse => only(Status::InUse),
            EmailProof::InvalidCode => only(Status::InvalidCode),
            EmailProof::Expired => only(Status::CodeExpired),
            EmailProof::Complete => Err(Error::new(
                "Expected 1 rows to be affected, but 0 rows were affected",
            )),
        }
    }
}
