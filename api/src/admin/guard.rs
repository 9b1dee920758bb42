//! Around every operation: who is calling, and how an error is answered (contract admin-api.md 2).

use std::sync::Arc;

use muniment_domain::Scope;
use poem::{
    Endpoint, Request, Response, Result,
    endpoint::BoxEndpoint,
    http::{HeaderMap, Method},
};
use uuid::Uuid;

use super::{AdminError, Caller, condition::Conditions};
use crate::{
    app::App,
    auth::{self, Requester, Terms},
    http::{ClientIp, CorrelationId},
};

/// One operation, for administrators only.
pub struct Guard {
    pub operation: BoxEndpoint<'static>,
    /// The scopes besides [`Scope::ADMIN`] any of which will do.
    pub narrower: &'static [&'static str],
    /// Whether it is about a resource that has a tag.
    pub is_tagged: bool,
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
            is_full: requester.is_admin(),
        })
    }

    /// What the operation answers, under the conditions of the request.
    async fn answer(&self, mut request: Request, conditions: &Conditions) -> Result<Response> {
        if request.method() == Method::GET {
            let response = self.operation.call(request).await?;
            return Ok(conditions.of_read(response)?);
        }
        let precondition = conditions.precondition(self.is_tagged)?;
        if let Some(caller) = request.extensions_mut().get_mut::<Caller>() {
            caller.actor = caller.actor.clone().with_terms(Terms {
                precondition,
                idempotency: None,
            });
        }
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

    async fn call(&self, mut request: Request) -> Result<Response> {
        let id = request
            .extensions()
            .get::<CorrelationId>()
            .map_or_else(Uuid::nil, |id| id.0);
        match self
            .admit(request.headers(), ClientIp::known(&request), id)
            .await
        {
            Ok(caller) => request.extensions_mut().insert(caller),
            Err(refusal) => return Ok(refusal.into_answer(id)),
        };
        let answered = match Conditions::read(request.headers()) {
            Ok(conditions) => self.answer(request, &conditions).await,
            Err(refusal) => Err(refusal.into()),
        };
        match answered {
            Ok(response) => Ok(response),
            Err(error) => Ok(match error.downcast::<AdminError>() {
                Ok(error) => error.into_answer(id),
                Err(other) if other.is_from_response() => other.into_response(),
                Err(other) => AdminError::Internal(other.to_string()).into_answer(id),
            }),
        }
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
