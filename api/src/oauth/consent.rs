//! `GET` and `POST /consent/{id}`: the person allows a client what it asked for (contract oauth2.md 5.8
//! and 5.9). The client's session begins when it comes for its tokens.

use std::sync::Arc;

use muniment_domain::{
    BrowserSession, BrowserSessionCommand, Client as ClientAggregate, ClientCommand, GrantId,
    GrantType,
};
use muniment_store::{
    Batch, ExecuteError, Execution, VaultWrite,
    grants::{self, GrantWrite, NewAuthorizationGrant},
    log::{AppendError, IdempotencyKey},
};
use poem::{
    Body, IntoResponse, Request, Response, handler,
    web::{Data, Path},
};
use ulid::Ulid;

use super::{
    asking::{self, Question},
    authorize::Answer,
    browser::{self, SignedIn, page_error},
    form::{Form, FormError, MaxBody},
};
use crate::{
    accounts::{AccountError, Visitor},
    app::App,
    auth::{Actor, Client, clients::ClientOrigin, token},
    http::{ClientIp, CorrelationId, UserAgent},
    pages::{
        Continuation, PageContext, PageError,
        views::{ConsentPage, permissions},
    },
    policy::GrantKind,
    web::Cookies,
};

const CODE_LENGTH: usize = 32;

#[handler]
pub async fn show(
    Data(app): Data<&Arc<App>>,
    Path(id): Path<String>,
    ClientIp(ip): ClientIp,
    UserAgent(user_agent): UserAgent,
    cookies: Cookies,
    request: &Request,
) -> Result<Response, PageError> {
    let ctx = browser::context(app, request, &cookies);
    let visitor = Visitor { user_agent, ip };
    let consent = match Consent::prepare(app, &id, &cookies, &ctx, &visitor).await? {
        Ok(consent) => consent,
        Err(other) => return Ok(other),
    };
    let redirect_uri = consent.request.redirect_uri.parse();
    Ok(ConsentPage {
        grant: consent.ulid(),
        client: asking::card(&consent.client),
        person: asking::person(app, &consent.who.user).await,
        permissions: permissions(&ctx, consent.request.scope.iter()),
        // Written from one.
        redirect_uri: redirect_uri.map_err(|_| PageError::Internal)?,
        ctx,
    }
    .into_response())
}

#[handler]
#[expect(clippy::too_many_arguments, reason = "each is taken off the request")]
pub async fn give(
    Data(app): Data<&Arc<App>>,
    Data(max_body): Data<&MaxBody>,
    Path(id): Path<String>,
    CorrelationId(correlation): CorrelationId,
    ClientIp(ip): ClientIp,
    UserAgent(user_agent): UserAgent,
    cookies: Cookies,
    request: &Request,
    body: Body,
) -> Result<Response, PageError> {
    let form = page_form(request, body, *max_body).await?;
    verify_csrf(&cookies, &form)?;
    let ctx = browser::context(app, request, &cookies);
    let visitor = Visitor { user_agent, ip };
    let consent = match Consent::prepare(app, &id, &cookies, &ctx, &visitor).await? {
        Ok(consent) => consent,
        Err(other) => return Ok(other),
    };
    let answer = Answer::to(&consent.request)?;
    let code = consent.fulfil(app, correlation).await?;
    Ok(answer.respond(&ctx, &[("code", &code)]))
}

/// A form of one of our pages.
pub async fn page_form(
    request: &Request,
    body: Body,
    max_body: MaxBody,
) -> Result<Form, PageError> {
    let form = Form::read(request, body, max_body).await;
    form.map_err(|error| match error {
        FormError::Malformed(_) | FormError::TooLarge => PageError::InvalidRequest,
    })?
    .ok_or(PageError::InvalidRequest)
}

pub fn verify_csrf(cookies: &Cookies, form: &Form) -> Result<(), PageError> {
    cookies.verify_csrf(form.get("csrf")).map_err(|error| {
        tracing::debug!(%error, "a form is refused");
        PageError::Csrf
    })
}

/// A request that waits for this very person, and that the policy has nothing against.
struct Consent {
    request: NewAuthorizationGrant,
    client: Arc<Client>,
    who: SignedIn,
}

impl Consent {
    /// Else the page that is to be shown instead.
    async fn prepare(
        app: &App,
        id: &str,
        cookies: &Cookies,
        ctx: &PageContext,
        visitor: &Visitor,
    ) -> Result<Result<Self, Response>, PageError> {
        let id: GrantId = id.parse().map_err(|_| PageError::NotFound)?;
        let continuation = Continuation::AuthorizationGrant(Ulid::from(id.as_uuid().as_u128()));
        let signed_in = browser::signed_in(app, cookies, ctx, &continuation, visitor.ip);
        let who = match signed_in.await? {
            Ok(who) => who,
            Err(other) => return Ok(Err(other)),
        };
        let grant = grants::authorization_grant(&app.database, id).await;
        let grant = grant.map_err(page_error)?.ok_or(PageError::NotFound)?;
        if grant.fulfilled_at.is_some() {
            return Err(PageError::AlreadyUsed);
        }
        let request = grant.request;
        let client = app.clients.find(&app.database, request.client_id).await;
        // It may have been deleted since.
        let client = client
            .map_err(page_error)?
            .ok_or(PageError::UnknownClient)?;
        let question = Question {
            client: client.id,
            scope: &request.scope,
            kind: GrantKind::AuthorizationCode,
            visitor,
        };
        let violations = asking::violations(app, &who.user, &question).await?;
        if !violations.is_empty() {
            let ctx = ctx.clone();
            let page = asking::violation_page(ctx, &client, &who, &violations, continuation);
            return Ok(Err(page));
        }
        Ok(Ok(Self {
            request,
            client,
            who,
        }))
    }

    fn ulid(&self) -> Ulid {
        Ulid::from(self.request.id.as_uuid().as_u128())
    }

    /// Writes the consent, once; the code that goes to the client.
    async fn fulfil(&self, app: &App, correlation: uuid::Uuid) -> Result<String, PageError> {
        let (session, request) = (&self.who.session, &self.request);
        let code = token::alphanumeric(&*app.entropy, CODE_LENGTH);
        let code_hash = token::hash(&code);
        let command = BrowserSessionCommand::GiveConsent {
            grant_id: request.id,
            client_id: self.client.id,
            scope: request.scope.clone(),
            grant: GrantType::AuthorizationCode,
        };
        let mut batch =
            Batch::<AccountError>::new().then::<BrowserSession>(session.id.as_uuid(), command);
        if let Some(command) = adoption(&self.client) {
            batch = batch.then::<ClientAggregate>(self.client.id.as_uuid(), command);
        }
        let actor = Actor::browser(self.who.user.id, session.id, correlation);
        let fulfilled = GrantWrite::FulfilAuthorization {
            id: request.id,
            browser_session_id: session.id,
            code_hash,
            at: app.clock.now(),
        };
        let mut execution =
            Execution::new(actor.metadata()).with_vault(VaultWrite::Grant(fulfilled));
        // Of two answers to the same question the second finds that it was given.
        execution.idempotency = Some(IdempotencyKey {
            key: format!("authorization.consent:{}", request.id),
            digest: code_hash,
        });
        match app.journal.execute_all(&batch, execution).await {
            Ok(_) => Ok(code),
            Err(ExecuteError::Append(AppendError::IdempotencyMismatch)) => {
                Err(PageError::AlreadyUsed)
            }
            Err(error) => Err(page_error(AccountError::from(error))),
        }
    }
}

/// A client that registered itself enters the log with the first consent.
pub fn adoption(client: &Client) -> Option<ClientCommand> {
    (client.origin == ClientOrigin::Pending).then(|| ClientCommand::RegisterClient {
        client_id: client.id,
        metadata: Box::new(client.metadata.clone()),
    })
}
