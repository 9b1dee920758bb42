use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use muniment_domain::EmailAddress;

use crate::{
    accounts::{self, AccountError, EmailUniqueness},
    graphql::{
        context::request,
        id::{Kind, parse_as},
        types::{User, UserEmail},
    },
};

/// What `addEmail` takes.
#[derive(Debug, InputObject)]
pub struct AddEmailInput {
    /// The address.
    email: String,
    /// Whose address it is.
    user_id: ID,
    /// Has no effect: the address counts as confirmed.
    skip_verification: Option<bool>,
    /// Whether to add the address even against the policy.
    skip_policy_check: Option<bool>,
}

/// What `addEmail` answers.
#[derive(Debug, SimpleObject)]
pub struct AddEmailPayload {
    /// What happened.
    status: AddEmailStatus,
    /// The address, new or known.
    email: Option<UserEmail>,
    /// Whose address it is.
    user: Option<User>,
    /// Why the policy refuses the address.
    violations: Option<Vec<String>>,
}

/// How `addEmail` can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum AddEmailStatus {
    /// The address was added.
    Added,
    /// The user has the address already.
    Exists,
    /// This is not an email address.
    Invalid,
    /// The policy refuses the address.
    Denied,
}

#[derive(Debug, Default)]
pub struct AddEmail;

#[Object]
impl AddEmail {
    /// Adds an email address to an account without a mail to it. For administrators. Another user
    /// may have the same address.
    #[graphql(deprecation = "Use `startEmailAuthentication` instead.")]
    async fn add_email(&self, ctx: &Context<'_>, input: AddEmailInput) -> Result<AddEmailPayload> {
        let request = request(ctx)?;
        let id = parse_as(Kind::User, &input.user_id)?;
        request.require_admin()?;
        // There is never a mail to verify.
        let _ = input.skip_verification;
        let user = User::find(request, id)
            .await?
            .ok_or("Failed to load user")?;
        let is_address = EmailAddress::parse(&input.email).is_ok();
        if is_address && !input.skip_policy_check.unwrap_or(false) {
            let violations = request.app.policy.rules().email(&input.email);
            if !violations.is_empty() {
                return Ok(AddEmailPayload {
                    status: AddEmailStatus::Denied,
                    email: None,
                    user: None,
                    violations: Some(violations.into_iter().map(|one| one.msg).collect()),
                });
            }
        }
        let added = accounts::add_email(
            &request.app,
            &request.actor(),
            id,
            &input.email,
            EmailUniqueness::SameUser,
        )
        .await;
        let (status, email) = match added {
            Ok(email) => (AddEmailStatus::Added, Some(UserEmail(email))),
            Err(AccountError::EmailExists(id)) => {
                let known = UserEmail::find(request, id).await?;
                (AddEmailStatus::Exists, known.map(UserEmail))
            }
            Err(AccountError::EmailInvalid(_)) => (AddEmailStatus::Invalid, None),
            Err(error) => return Err(request.failure(error)),
        };
        Ok(AddEmailPayload {
            status,
            user: email.is_some().then_some(user),
            email,
            violations: None,
        })
    }
}
