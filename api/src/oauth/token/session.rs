//! A session of a client for a user, with its tokens and its device, in one append.

use muniment_domain::{
    GrantId, GrantType, Oauth2Session, Oauth2SessionCommand, Oauth2SessionId, Scope,
};
use muniment_projections::queries::{BrowserSessionRow, UserRow};
use muniment_store::{
    ExecuteError, Execution, VaultWrite,
    activity::SessionKind,
    grants::GrantWrite,
    log::{AppendError, IdempotencyKey},
};
use sha2::{Digest, Sha256};

use super::{Call, Granted};
use crate::{
    accounts::{AccountError, draw_tokens, make_devices},
    oauth::error::OauthError,
    signing::{Algorithm, id_token::IdToken},
};

/// The grant that a client comes with; of all who come with the same, one gets a session.
#[derive(Debug, Clone, Copy)]
pub(super) enum Redeemed {
    Code(GrantId),
    Device(GrantId),
}

impl Redeemed {
    fn key(self) -> String {
        match self {
            Self::Code(id) => format!("authorization_code.exchange:{id}"),
            Self::Device(id) => format!("device_code.exchange:{id}"),
        }
    }

    const fn grant_type(self) -> GrantType {
        match self {
            Self::Code(_) => GrantType::AuthorizationCode,
            Self::Device(_) => GrantType::DeviceCode,
        }
    }

    const fn used(self, session_id: Oauth2SessionId, at: i64) -> GrantWrite {
        match self {
            Self::Code(id) => GrantWrite::ExchangeAuthorization { id, session_id, at },
            Self::Device(id) => GrantWrite::ExchangeDevice { id, session_id, at },
        }
    }
}

/// What a client comes for, once it is known to be granted.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    pub user: &'a UserRow,
    pub browser_session: &'a BrowserSessionRow,
    pub scope: &'a Scope,
    pub redeemed: Redeemed,
    pub refreshable: bool,
    pub identity: Identity<'a>,
}

/// What the ID token says besides whose it is.
#[derive(Debug, Default)]
pub(super) struct Identity<'a> {
    pub nonce: Option<&'a str>,
    pub auth_time: Option<i64>,
    pub code: Option<&'a str>,
}

/// Starts the session. Whatever can fail does so before anything is written.
pub(super) async fn start(call: &Call<'_>, wanted: &Wanted<'_>) -> Result<Granted, OauthError> {
    let app = call.app;
    let session_id = Oauth2SessionId::from_uuid(app.ids.ulid());
    let lifetime = app.site.access_token_ttl;
    let user_id = Some(wanted.user.id);
    let pair = draw_tokens(app, session_id, user_id, Some(lifetime));
    let id_token = if wanted.scope.contains("openid") {
        Some(sign(call, wanted, &pair.access_token)?)
    } else {
        None
    };
    let now = app.clock.now();
    let mut execution = Execution::new(call.actor().metadata())
        .with_vault(VaultWrite::PutAccessToken(pair.access))
        .with_vault(VaultWrite::Grant(wanted.redeemed.used(session_id, now)));
    if wanted.refreshable {
        execution = execution.with_vault(VaultWrite::PutRefreshToken(pair.refresh));
    }
    execution.idempotency = Some(IdempotencyKey {
        key: wanted.redeemed.key(),
        digest: Sha256::digest(session_id.as_uuid()).into(),
    });
    let command = Oauth2SessionCommand::StartOauth2Session {
        session_id,
        client_id: call.client.id,
        user_id,
        browser_session_id: Some(wanted.browser_session.id),
        scope: wanted.scope.clone(),
        grant: wanted.redeemed.grant_type(),
        user_agent: call.visitor.user_agent.clone(),
        ip: call.visitor.ip,
    };
    // Held until the session is written, so that nobody takes its device for one without a session.
    let _devices = app.user_locks.lock(wanted.user.id).await;
    let name = call.client.display_name();
    make_devices(app, wanted.user, wanted.scope, Some(&name)).await?;
    let started = app
        .journal
        .execute::<Oauth2Session>(session_id.as_uuid(), command, execution)
        .await;
    match started {
        Ok(_) => {}
        Err(ExecuteError::Append(AppendError::IdempotencyMismatch)) => {
            return Err(OauthError::InvalidGrant);
        }
        Err(error) => return Err(AccountError::from(error).into()),
    }
    app.activity.record(
        SessionKind::Oauth2,
        session_id.as_uuid(),
        user_id,
        now,
        call.visitor.ip,
    );
    Ok(Granted {
        access_token: pair.access_token,
        refresh_token: wanted.refreshable.then_some(pair.refresh_token),
        id_token,
        expires_in: Some(lifetime),
        scope: wanted.scope.to_string(),
        ..Granted::default()
    })
}

fn sign(call: &Call<'_>, wanted: &Wanted<'_>, access_token: &str) -> Result<String, OauthError> {
    let app = call.app;
    let wished = call.client.metadata.id_token_signed_response_alg.as_deref();
    let algorithm = wished.map_or(Ok(Algorithm::Rs256), str::parse);
    let algorithm = algorithm.map_err(OauthError::internal)?;
    let token = IdToken {
        issuer: &app.site.issuer,
        subject: wanted.user.id.as_ulid(),
        audience: &call.client.id.to_string(),
        now: app.clock.now(),
        nonce: wanted.identity.nonce,
        auth_time: wanted.identity.auth_time,
        access_token: Some(access_token),
        code: wanted.identity.code,
    };
    token
        .sign(&app.signing.get(), algorithm)
        .map_err(OauthError::internal)
}
