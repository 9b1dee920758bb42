//! `GET` and `POST /consent/{id}`: the person allows a client what it asked for (contract oauth2.md 5.8
//! and 5.9). The client's session begins when it comes for its tokens.

use std::sync::Arc;

use muniment_domain::{
    BrowserSession, BrowserSessionCommand, Client as ClientAggregate, ClientCommand, ClientId,
    GrantId, GrantType,
};
use muniment_store::{
    Batch, ExecuteError, Execution, VaultWrite,
    grants::{self, GrantWrite, NewAuthorizationGrant},
    log::{AppendError, IdempotencyKey},
};
use poem::{Response, Result, handler, web::Path};

use super::{
    asking::{self, Question},
    authorize::Answer,
};
use crate::{
    accounts::AccountError,
    app::App,
    auth::{Client, clients::ClientOrigin, token},
    pages::{
        Continuation, Page, PageError, Posted, SignedIn, Visit,
        views::{ConsentPage, permissions},
    },
    policy::GrantKind,
};

const CODE_LENGTH: usize = 32;

#[handler]
pub async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let consent = Consent::prepare(&visit, &id).await?;
    let ctx = visit.ctx();
    let redirect_uri = consent.request.redirect_uri.parse();
    let page = ConsentPage {
        grant: consent.request.id.as_ulid(),
        client: asking::card(&consent.client),
        person: asking::person(&visit.app, &consent.who.user).await,
        permissions: permissions(&ctx, consent.request.scope.iter()),
        // Written from one.
        redirect_uri: redirect_uri.map_err(|_| PageError::Internal)?,
        ctx,
    };
    Ok(page.respond())
}

#[handler]
pub async fn give(visit: Visit, Path(id): Path<String>, posted: Posted) -> Result<Response> {
    posted.verify(&visit)?;
    let consent = Consent::prepare(&visit, &id).await?;
    let answer = Answer::to(&consent.request)?;
    let code = consent.fulfil(&visit).await?;
    Ok(answer.respond(&visit, &[("code", &code)]))
}

/// A request that waits for this very person, and that the policy has nothing against.
struct Consent {
    request: NewAuthorizationGrant,
    client: Arc<Client>,
    who: SignedIn,
}

impl Consent {
    /// Else the page that is to be shown instead comes as the error.
    async fn prepare(visit: &Visit, id: &str) -> Result<Self> {
        let app = &visit.app;
        let id: GrantId = id.parse().map_err(|_| PageError::NotFound)?;
        let continuation = Continuation::AuthorizationGrant(id.as_ulid());
        let who = visit.required(&continuation).await?;
        let grant = grants::authorization_grant(&app.database, id).await;
        let grant = grant.map_err(PageError::from)?.ok_or(PageError::NotFound)?;
        if grant.fulfilled_at.is_some() {
            return Err(PageError::AlreadyUsed.into());
        }
        let request = grant.request;
        let client = client(app, request.client_id).await?;
        let question = Question {
            client: &client,
            scope: &request.scope,
            kind: GrantKind::AuthorizationCode,
            continuation: &continuation,
        };
        question.check(visit, &who).await?;
        Ok(Self {
            request,
            client,
            who,
        })
    }

    /// Writes the consent, once; the code that goes to the client.
    async fn fulfil(&self, visit: &Visit) -> Result<String, PageError> {
        let app = &visit.app;
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
        let actor = self.who.actor(visit.correlation_id);
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
            Err(error) => Err(AccountError::from(error).into()),
        }
    }
}

/// Who asks; a client may have been deleted since.
pub async fn client(app: &App, id: ClientId) -> Result<Arc<Client>, PageError> {
    let found = app.clients.find(&app.reads, id).await?;
    found.ok_or(PageError::UnknownClient)
}

/// A client that registered itself enters the log with the first consent.
pub fn adoption(client: &Client) -> Option<ClientCommand> {
    (client.origin == ClientOrigin::Pending).then(|| ClientCommand::RegisterClient {
        client_id: client.id,
        metadata: Box::new(client.metadata.clone()),
    })
}
