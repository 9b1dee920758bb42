//! Any web page may call the API with a token of its own: there are no cookies here to protect
//! (contract admin-api.md 1).

use poem::{
    Endpoint, Request, Response, Result,
    http::{HeaderMap, HeaderValue, Method, header},
};

const ALLOWED_HEADERS: &str = "authorization,accept,content-type,x-requested-with,if-match,if-none-match,idempotency-key,\
     last-event-id";
const EXPOSED_HEADERS: &str = "etag,idempotency-replayed,retry-after";
const VARY: &str = "origin, access-control-request-method, access-control-request-headers";

/// Adds the headers to every answer, and answers preflight requests without a token.
pub struct Cors<E>(pub E);

impl<E: Endpoint<Output = Response>> Endpoint for Cors<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        if request.method() == Method::OPTIONS {
            let mut response = Response::default();
            let headers = response.headers_mut();
            open(headers);
            headers.insert(
                header::ACCESS_CONTROL_ALLOW_METHODS,
                HeaderValue::from_static("*"),
            );
            headers.insert(
                header::ACCESS_CONTROL_ALLOW_HEADERS,
                HeaderValue::from_static(ALLOWED_HEADERS),
            );
            return Ok(response);
        }
        let mut response = self.0.call(request).await?;
        let headers = response.headers_mut();
        open(headers);
        headers.insert(
            header::ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static(EXPOSED_HEADERS),
        );
        Ok(response)
    }
}

fn open(headers: &mut HeaderMap) {
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    headers.insert(header::VARY, HeaderValue::from_static(VARY));
}
