//! One id a request: in the log line, the answer's `x-request-id`, and every event it causes.

use poem::{FromRequest, Request, RequestBody, Result};
use uuid::Uuid;

/// The id of the request being served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CorrelationId(pub Uuid);

impl<'a> FromRequest<'a> for CorrelationId {
    async fn from_request(request: &'a Request, _body: &mut RequestBody) -> Result<Self> {
        Ok(request
            .extensions()
            .get()
            .copied()
            .unwrap_or(Self(Uuid::nil())))
    }
}
