//! `GET` and `POST /device/{id}`: the user allows a device what it asked for, or not.

use std::sync::Arc;

use muniment_domain::{
    BrowserSession, BrowserSessionCommand, Client as ClientAggregate, GrantId, GrantType,
};
use muniment_store::{
    Batch, ExecuteError, Execution, VaultWrite,
    grants::{self, DeviceGrant, GrantWrite},
    log::{AppendError, IdempotencyKey},
};
use poem::{
    Body, IntoResponse, Request, Response, handler,
    web::{Data, Path},
};
use sha2::{Digest, Sha256};
use ulid::Ulid;
use uuid::Uuid;

use crate::{
    accounts::{AccountError, Visitor},
    app::App,
    auth::{Actor, Client},
    http::{ClientIp, CorrelationId, UserAgent},
    oauth::{
        asking::{self, Question},
        browser::{self, SignedIn, page_error},
        consent::{adoption, page_form, verify_csrf},
        form::MaxBody,
    },
    pages::{
        Continuation, FormState, Input, PageContext, PageError, Problem,
        views::{DeviceConsentPage, DeviceOutcome, DeviceOutcomePage, permissions},
    },
    policy::GrantKind,
    web::Cookies,
};

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
    Ok(
        match Asked::prepare(app, &id, &cookies, &ctx, &visitor).await? {
            Ok(asked) => asked.page(app, ctx, FormState::new()).await,
            Err(other) => other,
        },
    )
}

#[handler]
#[expect(clippy::too_many_arguments, reason = "each is taken off the request")]
pub async fn decide(
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
    let posted = page_form(request, body, *max_body).await?;
    verify_csrf(&cookies, &posted)?;
    let ctx = browser::context(app, request, &cookies);
    let visitor = Visitor { user_agent, ip };
    let asked = match Asked::prepare(app, &id, &cookies, &ctx, &visitor).await? {
        Ok(asked) => asked,
        Err(other) => return Ok(other),
    };
    let outcome = match posted.get("action") {
        Some("consent") if posted.get("confirm_device").is_none() => {
            let mut form = FormState::new();
            form.refuse(Input::ConfirmDevice, Problem::Required);
            return Ok(asked.page(app, ctx, form).await);
        }
        Some("consent") => DeviceOutcome::Granted,
        Some("reject") => DeviceOutcome::Rejected,
        _ => return Err(PageError::InvalidRequest),
    };
    let outcome = asked.answer(app, outcome, correlation).await?;
    Ok(outcome_page(ctx, &asked.client, outcome))
}

fn outcome_page(ctx: PageContext, client: &Client, outcome: DeviceOutcome) -> Response {
    DeviceOutcomePage {
        ctx,
        client: asking::card(client),
        outcome,
    }
    .into_response()
}

/// A device's request that waits for this very person, and that the policy has nothing against.
struct Asked {
    grant: DeviceGrant,
    client: Arc<Client>,
    who: SignedIn,
}

impl Asked {
    /// Else the page that is to be shown instead.
    async fn prepare(
        app: &App,
        id: &str,
        cookies: &Cookies,
        ctx: &PageContext,
        visitor: &Visitor,
    ) -> Result<Result<Self, Response>, PageError> {
        let id: GrantId = id.parse().map_err(|_| PageError::NotFound)?;
        let continuation = Continuation::DeviceCodeGrant(Ulid::from(id.as_uuid().as_u128()));
        let signed_in = browser::signed_in(app, cookies, ctx, &continuation, visitor.ip);
        let who = match signed_in.await? {
            Ok(who) => who,
            Err(other) => return Ok(Err(other)),
        };
        let grant = grants::device_grant(&app.database, id).await;
        let grant = grant.map_err(page_error)?.ok_or(PageError::NotFound)?;
        let client = app.clients.find(&app.database, grant.client_id).await;
        // It may have been deleted since.
        let client = client
            .map_err(page_error)?
            .ok_or(PageError::UnknownClient)?;
        if let Some(outcome) = outcome_of(&grant, app.clock.now()) {
            return Ok(Err(outcome_page(ctx.clone(), &client, outcome)));
        }
        let question = Question {
            client: client.id,
            scope: &grant.scope,
            kind: GrantKind::DeviceCode,
            visitor,
        };
        let violations = asking::violations(app, &who.user, &question).await?;
        if !violations.is_empty() {
            let ctx = ctx.clone();
            let page = asking::violation_page(ctx, &client, &who, &violations, continuation);
            return Ok(Err(page));
        }
        Ok(Ok(Self { grant, client, who }))
    }

    async fn page(&self, app: &App, ctx: PageContext, form: FormState) -> Response {
        DeviceConsentPage {
            grant: Ulid::from(self.grant.id.as_uuid().as_u128()),
            client: asking::card(&self.client),
            person: asking::person(app, &self.who.user).await,
            permissions: permissions(&ctx, self.grant.scope.iter()),
            // Only its hash is kept.
            user_code: None,
            ip_address: self.grant.ip.clone(),
            user_agent: self.grant.user_agent.clone(),
            form,
            ctx,
        }
        .into_response()
    }

    /// Writes the answer, once; what holds after it.
    async fn answer(
        &self,
        app: &App,
        outcome: DeviceOutcome,
        correlation: Uuid,
    ) -> Result<DeviceOutcome, PageError> {
        let (session, grant) = (&self.who.session, &self.grant);
        let (id, browser_session_id, at) = (grant.id, session.id, app.clock.now());
        let (grant_id, client_id, scope) = (grant.id, grant.client_id, grant.scope.clone());
        let granted = outcome == DeviceOutcome::Granted;
        let (command, write) = if granted {
            let command = BrowserSessionCommand::GiveConsent {
                grant_id,
                client_id,
                scope,
                grant: GrantType::DeviceCode,
            };
            let write = GrantWrite::FulfilDevice {
                id,
                browser_session_id,
                at,
            };
            (command, write)
        } else {
            let command = BrowserSessionCommand::RefuseConsent {
                grant_id,
                client_id,
                scope,
            };
            let write = GrantWrite::RejectDevice {
                id,
                browser_session_id,
                at,
            };
            (command, write)
        };
        let mut batch =
            Batch::<AccountError>::new().then::<BrowserSession>(session.id.as_uuid(), command);
        if granted && let Some(command) = adoption(&self.client) {
            batch = batch.then::<ClientAggregate>(client_id.as_uuid(), command);
        }
        let actor = Actor::browser(self.who.user.id, session.id, correlation);
        let mut execution = Execution::new(actor.metadata()).with_vault(VaultWrite::Grant(write));
        let mut digest = Sha256::new_with_prefix(session.id.as_uuid());
        digest.update([u8::from(granted)]);
        execution.idempotency = Some(IdempotencyKey {
            key: format!("device.consent:{id}"),
            digest: digest.finalize().into(),
        });
        match app.journal.execute_all(&batch, execution).await {
            Ok(_) => Ok(outcome),
            // Somebody was faster, and said something else.
            Err(ExecuteError::Append(AppendError::IdempotencyMismatch)) => {
                Err(PageError::AlreadyUsed)
            }
            Err(error) => Err(page_error(AccountError::from(error))),
        }
    }
}

fn outcome_of(grant: &DeviceGrant, now: i64) -> Option<DeviceOutcome> {
    if grant.rejected_at.is_some() {
        Some(DeviceOutcome::Rejected)
    } else if !grant.is_pending() {
        Some(DeviceOutcome::Granted)
    } else if grant.expires_at < now {
        Some(DeviceOutcome::Expired)
    } else {
        None
    }
}
