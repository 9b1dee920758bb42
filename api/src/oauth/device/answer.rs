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
use poem::{Response, Result, handler, web::Path};
use sha2::{Digest, Sha256};
use ulid::Ulid;

use crate::{
    accounts::AccountError,
    auth::Client,
    oauth::{
        asking::{self, Question},
        consent::{adoption, client},
    },
    pages::{
        Continuation, FormState, Input, Page, PageError, Posted, Problem, SignedIn, Visit,
        views::{DeviceConsentPage, DeviceOutcome, DeviceOutcomePage, permissions},
    },
    policy::GrantKind,
};

#[handler]
pub async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let asked = Asked::prepare(&visit, &id).await?;
    Ok(asked.page(&visit, FormState::new()).await)
}

#[handler]
pub async fn decide(visit: Visit, Path(id): Path<String>, posted: Posted) -> Result<Response> {
    posted.verify(&visit)?;
    let asked = Asked::prepare(&visit, &id).await?;
    let outcome = match posted.get("action") {
        "consent" if posted.input(Input::ConfirmDevice).is_empty() => {
            let mut form = FormState::new();
            form.refuse(Input::ConfirmDevice, Problem::Required);
            return Ok(asked.page(&visit, form).await);
        }
        "consent" => DeviceOutcome::Granted,
        "reject" => DeviceOutcome::Rejected,
        _ => return Err(PageError::InvalidRequest.into()),
    };
    let outcome = asked.answer(&visit, outcome).await?;
    Ok(outcome_page(&visit, &asked.client, outcome))
}

fn outcome_page(visit: &Visit, client: &Client, outcome: DeviceOutcome) -> Response {
    let page = DeviceOutcomePage {
        ctx: visit.ctx(),
        client: asking::card(client),
        outcome,
    };
    page.respond()
}

/// A device's request that waits for this very person, and that the policy has nothing against.
struct Asked {
    grant: DeviceGrant,
    client: Arc<Client>,
    who: SignedIn,
}

impl Asked {
    /// Else the page that is to be shown instead comes as the error.
    async fn prepare(visit: &Visit, id: &str) -> Result<Self> {
        let app = &visit.app;
        let id: GrantId = id.parse().map_err(|_| PageError::NotFound)?;
        let continuation = Continuation::DeviceCodeGrant(Ulid::from(id.as_uuid().as_u128()));
        let who = visit.required(&continuation).await?;
        let grant = grants::device_grant(&app.database, id).await;
        let grant = grant.map_err(PageError::from)?.ok_or(PageError::NotFound)?;
        let client = client(app, grant.client_id).await?;
        if let Some(outcome) = outcome_of(&grant, app.clock.now()) {
            let page = outcome_page(visit, &client, outcome);
            return Err(poem::Error::from_response(page));
        }
        let question = Question {
            client: &client,
            scope: &grant.scope,
            kind: GrantKind::DeviceCode,
            continuation: &continuation,
        };
        question.check(visit, &who).await?;
        Ok(Self { grant, client, who })
    }

    async fn page(&self, visit: &Visit, form: FormState) -> Response {
        let ctx = visit.ctx();
        let page = DeviceConsentPage {
            grant: Ulid::from(self.grant.id.as_uuid().as_u128()),
            client: asking::card(&self.client),
            person: asking::person(&visit.app, &self.who.user).await,
            permissions: permissions(&ctx, self.grant.scope.iter()),
            // Only its hash is kept.
            user_code: None,
            ip_address: self.grant.ip.clone(),
            user_agent: self.grant.user_agent.clone(),
            form,
            ctx,
        };
        page.respond()
    }

    /// Writes the answer, once; what holds after it.
    async fn answer(
        &self,
        visit: &Visit,
        outcome: DeviceOutcome,
    ) -> Result<DeviceOutcome, PageError> {
        let app = &visit.app;
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
        let actor = self.who.actor(visit.correlation_id);
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
            Err(error) => Err(AccountError::from(error).into()),
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
