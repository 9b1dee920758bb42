//! Around every request: its id, its log line, and an answer even if a handler breaks.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Instant};

use futures_util::FutureExt;
use poem::{
    Endpoint, IntoResponse, Request, Response, Result,
    error::ParsePathError,
    http::{HeaderValue, StatusCode},
};

use super::{ClientIp, CorrelationId};
use crate::{
    app::App,
    graphql::Operation,
    locale::Locale,
    pages::{Page, PageContext, PageError, views::ErrorPage},
};

/// Who asked, for the log line: a response's extension, where that is neither a person nor in the path.
#[derive(Debug, Clone)]
pub struct AskedBy(pub String);

const REQUEST_ID: &str = "x-request-id";
/// On every answer of a server that looks back: the moment.
const AS_OF: &str = "muniment-as-of";

/// Gives each request an id, logs how it was answered, and turns what no route or handler answered
/// into a page.
pub struct Observe<E> {
    pub inner: E,
    pub app: Arc<App>,
}

impl<E: Endpoint> Endpoint for Observe<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        let id = CorrelationId(self.app.ids.event_id());
        request.extensions_mut().insert(id);
        let locale = Locale::of(request.headers());
        let page = |error| {
            let ctx = PageContext::new(locale, &self.app.brand, id.0.to_string());
            ErrorPage::new(ctx, error).respond()
        };
        let client = ClientIp::of(&request, &self.app.trusted_proxies);
        request.extensions_mut().insert(client);
        let method = request.method().clone();
        let path = loggable(request.uri().path());
        let started = Instant::now();

        let answered = AssertUnwindSafe(self.inner.call(request))
            .catch_unwind()
            .await;
        let mut response = match answered {
            Ok(Ok(output)) => output.into_response(),
            Ok(Err(error)) if is_unrouted(&error) => page(PageError::NotFound),
            Ok(Err(error)) => error.into_response(),
            Err(_) => {
                tracing::error!(request.id = %id.0, "a handler panicked");
                page(PageError::Internal)
            }
        };
        if let Ok(value) = HeaderValue::from_str(&id.0.to_string()) {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        if let Some(past) = &self.app.past
            && let Ok(value) = HeaderValue::from_str(&past.at.to_string())
        {
            response.headers_mut().insert(AS_OF, value);
        }
        self.app.metrics.answered(
            &method,
            response.status().as_u16(),
            started.elapsed().as_secs_f64(),
        );
        log(&response, id, &method, &path, started);
        Ok(response)
    }
}

/// The path without the parts that name a person.
fn loggable(path: &str) -> String {
    const BY_USERNAME: &str = "/by-username/";
    match path.find(BY_USERNAME) {
        Some(at) => format!("{}{{username}}", &path[..at + BY_USERNAME.len()]),
        None => path.to_owned(),
    }
}

/// Whether no route was found, in contrast to a handler that answers 404. Where a path is no text,
/// nothing is either.
fn is_unrouted(error: &poem::Error) -> bool {
    let is_nowhere = error.status() == StatusCode::NOT_FOUND || error.is::<ParsePathError>();
    is_nowhere && !error.is_from_response()
}

fn log(
    response: &Response,
    id: CorrelationId,
    method: &poem::http::Method,
    path: &str,
    started: Instant,
) {
    let status = response.status().as_u16();
    let operation = response.extensions().get::<Operation>();
    let requester = response.extensions().get::<AskedBy>();
    let requester = requester.map(|requester| requester.0.as_str());
    let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    macro_rules! line {
        ($level:ident) => {
            tracing::$level!(
                http.request.method = %method,
                url.path = %path,
                http.response.status_code = status,
                http.server.duration_ms = duration_ms,
                graphql.operation.type = operation.map(Operation::kind),
                graphql.operation.name = operation.and_then(Operation::name),
                requester,
                request.id = %id.0,
                "http.server.response"
            )
        };
    }
    match status {
        0..400 => line!(info),
        400..500 => line!(warn),
        _ => line!(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_username_in_the_path_is_not_logged() {
        assert_eq!(
            loggable("/api/admin/v1/users/by-username/alice"),
            "/api/admin/v1/users/by-username/{username}"
        );
        assert_eq!(loggable("/graphql"), "/graphql");
    }
}
