//! Registering oneself (contract oauth2.md 15.5 to 15.8): a row while it is on its way, and in the end
//! an account, signed in, in one append.

use muniment_domain::{
    AuthenticationMethod, BrowserSession, BrowserSessionId, ClaimKind, EmailAddress, EmailId,
    Invitee, PasswordId, RegistrationToken, RegistrationTokenCommand, RegistrationTokenError, User,
    UserCommand, UserId, Username, user::Origin,
};
use muniment_projections::queries;
use muniment_store::{
    Batch, Execution, VaultWrite,
    log::{AppendError, IdempotencyKey},
    owner_of,
    registrations::{NewEmailAuthentication, NewRegistration, Registration, put_registration},
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    AccountError, Arrival, Visitor,
    email_code::{DrawnCode, Recipient},
    registration_token::destroy_invitee_key,
    sign_in_commands,
};
use crate::{app::App, auth::Actor, homeserver::HomeserverError, jobs::Effect};

/// Somebody who wants an account, and what they have given, checked.
pub struct Applicant<'a> {
    pub username: &'a str,
    /// Where it is to be proved, or where somebody vouches for it.
    pub email: Option<&'a str>,
    pub terms_uri: Option<String>,
    /// Where they were going, as a query.
    pub continuation: Option<String>,
    pub locale: &'a str,
    pub visitor: &'a Visitor,
}

impl std::fmt::Debug for Applicant<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Applicant(***)")
    }
}

impl Applicant<'_> {
    /// The registration, and the authentication of the address, as far as every way to an account
    /// has them in common.
    pub(super) fn begin(self, app: &App) -> (NewRegistration, Option<NewEmailAuthentication>) {
        let (id, now) = (app.ids.ulid(), app.clock.now());
        let authentication = self.email.map(|email| NewEmailAuthentication {
            id: app.ids.ulid(),
            email: email.to_owned(),
            user_id: None,
            browser_session_id: None,
            created_at: now,
        });
        let registration = NewRegistration {
            id,
            username: self.username.to_owned(),
            ip: self.visitor.ip.map(|ip| ip.to_string()),
            user_agent: self.visitor.user_agent.clone(),
            continuation: self.continuation,
            locale: self.locale.to_owned(),
            terms_uri: self.terms_uri,
            password: None,
            email_authentication_id: authentication.as_ref().map(|new| new.id),
            upstream_session_id: None,
            display_name: None,
            created_at: now,
        };
        (registration, authentication)
    }
}

/// Whether a name can be registered: nobody has it, in any case, and the homeserver does not mind.
/// A name that is not well-formed is nobody's; a policy has words for it.
pub async fn is_username_available(app: &App, username: &str) -> Result<bool, AccountError> {
    let folded = username.to_lowercase();
    let kind = ClaimKind::Username;
    let owner = owner_of(&app.database, &app.claim_hasher, kind, &folded).await?;
    if owner.is_some() {
        return Ok(false);
    }
    match app.homeserver.is_localpart_available(username).await {
        Ok(available) => Ok(available),
        Err(HomeserverError::Unavailable(why)) => Err(AccountError::Unavailable(why)),
        Err(error) => Err(AccountError::Internal(error.to_string())),
    }
}

/// Begins a registration; mails a code if an address is to be proved.
pub async fn enroll(
    app: &App,
    applicant: Applicant<'_>,
    password: &str,
) -> Result<Uuid, AccountError> {
    let password = app.passwords.hash(password).await?;
    let (mut registration, authentication) = applicant.begin(app);
    registration.password = Some(password);
    let id = registration.id;
    let Some(authentication) = authentication else {
        put_registration(&app.database, &registration, None).await?;
        return Ok(id);
    };
    let code = DrawnCode::draw(
        app,
        &Recipient {
            authentication_id: authentication.id,
            user_id: None,
            email: &authentication.email,
            locale: &registration.locale,
            username: &registration.username,
        },
    )?;
    let new = code.row();
    put_registration(&app.database, &registration, Some((&authentication, &new))).await?;
    app.outbox.wake();
    Ok(id)
}

/// A registration that became an account.
#[derive(Debug, Clone, Copy)]
pub struct Enrolled {
    pub user: UserId,
    pub session: BrowserSessionId,
}

/// Why a registration does not become an account.
#[derive(Debug, thiserror::Error)]
pub enum EnrollError {
    /// By another request for the same registration.
    #[error("the registration is complete already")]
    Done,
    #[error("the registration token is not valid any more")]
    Token,
    #[error(transparent)]
    Account(#[from] AccountError),
}

/// Makes the account, with all that was given, and signs its owner in. A registration becomes one
/// account at most.
#[expect(
    clippy::too_many_lines,
    reason = "one append, and all that goes into it"
)]
pub async fn complete_enrollment(
    app: &App,
    registration: &Registration,
    email: Option<&str>,
    arrival: Option<&Arrival>,
    visitor: &Visitor,
    correlation_id: Uuid,
) -> Result<Enrolled, EnrollError> {
    let begun = &registration.begun;
    let user_id = UserId::from_uuid(app.ids.ulid());
    let session_id = BrowserSessionId::from_uuid(app.ids.ulid());
    let origin = match arrival {
        Some(_) => Origin::Upstream,
        None => Origin::Registration,
    };
    let actor = Actor::of_user(user_id, origin, correlation_id);
    let now = app.clock.now();

    let mut execution =
        Execution::new(actor.metadata()).with_vault(VaultWrite::CompleteRegistration {
            id: begun.id,
            at: now,
        });
    execution.idempotency = Some(IdempotencyKey {
        key: format!("registration:{}", begun.id),
        digest: Sha256::digest(session_id.as_uuid().as_bytes()).into(),
    });

    let username = Username::parse(&begun.username).map_err(AccountError::UsernameInvalid)?;
    let email = email.map(EmailAddress::parse).transpose();
    let email = email.map_err(AccountError::from)?;
    let invitee = Invitee {
        username: Some(username.clone()),
        email: email.clone(),
    };
    let mut commands = vec![UserCommand::RegisterUser {
        user_id,
        username,
        origin,
    }];
    if let Some(email) = email {
        commands.push(UserCommand::AddEmail {
            email_id: EmailId::from_uuid(app.ids.ulid()),
            email,
            origin,
        });
    }
    let mut method = AuthenticationMethod::Issued;
    if let Some((scheme_version, hash)) = &begun.password {
        let password_id = PasswordId::from_uuid(app.ids.ulid());
        method = AuthenticationMethod::Password { password_id };
        commands.push(UserCommand::SetPassword {
            password_id,
            scheme_version: *scheme_version,
            origin,
        });
        execution = execution.with_vault(VaultWrite::PutPassword {
            id: password_id,
            user_id,
            scheme_version: *scheme_version,
            hash: hash.clone(),
        });
    }
    if let Some(arrival) = arrival {
        method = arrival.method();
        commands.push(arrival.linking());
        execution = execution.with_vault(arrival.consuming(user_id, session_id, now));
    }
    if let Some(terms_uri) = begun.terms_uri.clone() {
        commands.push(UserCommand::AcceptTerms { terms_uri });
    }
    if app.homeserver.exists() {
        let effect = Effect::ProvisionUser {
            user_id,
            displayname: begun.display_name.clone(),
        };
        let item = effect.item(&app.outbox, app.ids.ulid());
        let item = item.map_err(AccountError::from)?;
        execution = execution.with_vault(VaultWrite::Enqueue(item));
    }

    let mut batch = Batch::<AccountError>::new().then_all::<User>(user_id.as_uuid(), commands);
    let session = sign_in_commands(app, session_id, user_id, method, visitor);
    batch = batch.then_all::<BrowserSession>(session_id.as_uuid(), session);
    if let Some(token) = registration.registration_token_id {
        let command = RegistrationTokenCommand::UseRegistrationToken {
            user_id,
            invitee,
            now,
        };
        batch = batch.then::<RegistrationToken>(token.as_uuid(), command);
    }
    match app.journal.execute_all(&batch, execution).await {
        Ok(_) => {}
        Err(muniment_store::ExecuteError::Append(AppendError::IdempotencyMismatch)) => {
            return Err(EnrollError::Done);
        }
        Err(error) => {
            return Err(match AccountError::from(error) {
                AccountError::RegistrationTokenNotFound
                | AccountError::RegistrationTokenRefused(
                    RegistrationTokenError::Invalid | RegistrationTokenError::ForSomebodyElse,
                ) => EnrollError::Token,
                error => EnrollError::Account(error),
            });
        }
    }
    app.outbox.wake();
    if let Some(token) = registration.registration_token_id {
        destroy_invitee_key(app, token).await?;
    }
    Ok(Enrolled {
        user: user_id,
        session: session_id,
    })
}

/// Whether an account has the address, in any case.
pub async fn is_email_in_use(app: &App, email: &str) -> Result<bool, AccountError> {
    let found = queries::emails_with_address(&app.reads, email, 1).await?;
    Ok(!found.is_empty())
}
