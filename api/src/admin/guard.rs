//! Around every operation: who is calling, and how an error is answered (contract admin-api.md 2).

use std::sync::Arc;

use muniment_domain::Scope;
use poem::{
    Endpoint, Error, Request, Response, Result,
    endpoint::BoxEndpoint,
    http::{HeaderMap, Method},
};
use uuid::Uuid;

use super::{
    AdminError, Caller,
    condition::Conditions,
    idempotency::{Begun, Key, Repeats},
    shown,
};
use crate::{
    app::App,
    auth::{self, Requester, Terms},
    http::{ClientIp, CorrelationId},
};

/// Of a write whose answer has no end in sight.
const NOT_REPEATABLE: &str = "An Idempotency-Key is not taken here: send it again with `after`";

/// One operation, for administrators only.
pub struct Guard {
    pub operation: BoxEndpoint<'static>,
    /// The scopes besides [`Scope::ADMIN`] any of which will do.
    pub narrower: &'static [&'static str],
    /// Whether it is about a resource that has a tag.
    pub is_tagged: bool,
    /// Whether its answer can be kept.
    pub is_repeatable: bool,
    pub repeats: Arc<Repeats>,
    pub app: Arc<App>,
}

impl Guard {
    async fn admit(
        &self,
        headers: &HeaderMap,
        ClientIp(ip): ClientIp,
        request: Uuid,
    ) -> Result<Caller, AdminError> {
        let requester = auth::authenticate(&self.app, bearer_token(headers)?).await?;
        let owner = requester.owner().ok_or_else(AdminError::missing_scope)?;
        self.check_scope(&requester)?;
        requester.record_use(&self.app, ip);
        Ok(Caller {
            app: self.app.clone(),
            actor: requester.actor(request).administrating(),
            owner,
            accounts: requester.accounts(),
            is_full: requester.is_admin(),
            parts: Scope::PARTS_OF_ADMIN
                .into_iter()
                .filter(|scope| requester.has_scope(scope))
                .collect(),
        })
    }

    /// What is answered to whoever may ask: by the operation, unless the request's conditions are not
    /// fulfilled or it was answered before.
    async fn answer(&self, mut request: Request, caller: Caller, id: Uuid) -> Result<Response> {
        let conditions = Conditions::read(request.headers())?;
        if request.method() == Method::GET {
            let mut response = self.perform(request, caller.clone()).await?;
            if self.app.past.is_some() {
                response = shown::record(&caller, response).await?;
            }
            return Ok(conditions.of_read(response)?);
        }
        if let Some(past) = &self.app.past {
            return Err(AdminError::past(past.at).into());
        }
        let precondition = conditions.precondition(self.is_tagged)?;
        let key = Key::read(request.headers())?;
        if key.is_some() && !self.is_repeatable {
            return Err(AdminError::bad_request(NOT_REPEATABLE).into());
        }
        let Some(key) = key else {
            let terms = Terms {
                precondition,
                idempotency: None,
            };
            return self.perform(request, caller.on(terms)).await;
        };
        let attempt = match self.repeats.begin(&caller, &key, &mut request).await? {
            Begun::Attempt(attempt) => attempt,
            Begun::Answered(response) => return Ok(response),
        };
        let terms = Terms {
            precondition,
            idempotency: Some(attempt.log_key()),
        };
        let performed = self.perform(request, caller.clone().on(terms)).await;
        let response = performed.unwrap_or_else(|error| refused(error, id));
        Ok(self.repeats.end(&caller, &attempt, id, response).await?)
    }

    async fn perform(&self, mut request: Request, caller: Caller) -> Result<Response> {
        request.extensions_mut().insert(caller);
        self.operation.call(request).await
    }

    fn check_scope(&self, requester: &Requester) -> Result<(), AdminError> {
        let has = |scope: &&str| requester.has_scope(scope);
        if requester.is_admin() || self.narrower.iter().any(has) {
            return Ok(());
        }
        if Scope::PARTS_OF_ADMIN.iter().any(has) {
            return Err(AdminError::wider_scope(self.narrower));
        }
        Err(AdminError::missing_scope())
    }
}

impl Endpoint for Guard {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let id = request
            .extensions()
            .get::<CorrelationId>()
            .map_or_else(Uuid::nil, |id| id.0);
        let admitted = self.admit(request.headers(), ClientIp::known(&request), id);
        let answered = match admitted.await {
            Ok(caller) => self.answer(request, caller, id).await,
            Err(refusal) => Err(refusal.into()),
        };
        Ok(answered.unwrap_or_else(|error| refused(error, id)))
    }
}

/// What an error is answered with.
fn refused(error: Error, request: Uuid) -> Response {
    match error.downcast::<AdminError>() {
        Ok(error) => error.into_answer(request),
        Err(other) if other.is_from_response() => other.into_response(),
        Err(other) => AdminError::Internal(other.to_string()).into_answer(request),
    }
}

/// The token of the header; its absence and another scheme are 400, as existing clients know it.
fn bearer_token(headers: &HeaderMap) -> Result<&str, AdminError> {
    auth::bearer_token(headers)
        .map_err(|_| AdminError::bad_request("Invalid authorization header"))?
        .ok_or_else(|| AdminError::bad_request("Missing authorization header"))
}

#[cfg(test)]
mod tests {
    use poem::http::{HeaderValue, header};

    use super::*;

    fn token(value: Option<&[u8]>) -> Result<String, String> {
        let mut headers = HeaderMap::new();
        if let Some(value) = value {
            headers.insert(
                header::AUTHORIZATION,
                HeaderValue::from_bytes(value).unwrap(),
            );
        }
        bearer_token(&headers)
            .map(str::to_owned)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_scheme_is_known_in_any_case() {
        for value in ["Bearer abc", "bearer abc", "BEARER  abc"] {
            assert_eq!(token(Some(value.as_bytes())), Ok("abc".to_owned()));
        }
    }

    #[test]
    fn no_header_and_a_wrong_header_are_told_apart() {
        assert_eq!(token(None), Err("Missing authorization header".to_owned()));
        let invalid = Err("Invalid authorization header".to_owned());
        for value in [&b"Basic Zm9v"[..], b"Bearer", b"", b"Bearer \xe9", b"abc"] {
            assert_eq!(token(Some(value)), invalid, "{value:?}");
        }
    }
}
