//! Around the pages: errors become pages, and every answer has its headers.

use std::sync::Arc;

use poem::{Endpoint, IntoResponse, Request, Response, Result, http::header};

use super::{Brand, PageContext, PageError, headers, page::Page, views::ErrorPage};

/// Wraps the routes that people open in a browser. A handler returns `Err(PageError::Csrf.into())`,
/// or an answer made with `PageError::Expired.as_response()`, which may have another status, and
/// cookies.
pub fn human<E: Endpoint>(inner: E, brand: Arc<Brand>) -> Human<E> {
    Human { inner, brand }
}

#[derive(Debug)]
pub struct Human<E> {
    inner: E,
    brand: Arc<Brand>,
}

impl<E: Endpoint> Endpoint for Human<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let ctx = PageContext::of(&request, &self.brand);
        let (mut response, reason) = match self.inner.call(request).await {
            Ok(output) => {
                let response = output.into_response();
                let reason = response.extensions().get::<PageError>().copied();
                (response, reason)
            }
            Err(error) if error.is_from_response() => (error.into_response(), None),
            Err(error) => {
                let reason = error.downcast_ref::<PageError>().copied();
                let reason = reason.unwrap_or_else(|| PageError::from_status(error.status()));
                if reason == PageError::Internal {
                    tracing::error!(%error, request.id = ctx.request_id, "a page failed");
                }
                (error.into_response(), Some(reason))
            }
        };
        if let Some(reason) = reason {
            response = paged(&response, reason, ctx);
        }
        headers::secure(response.headers_mut());
        Ok(response)
    }
}

/// The same status, cookies and headers, with a page as the body.
fn paged(plain: &Response, reason: PageError, ctx: PageContext) -> Response {
    let mut page = ErrorPage::new(ctx, reason).respond();
    page.set_status(plain.status());
    for (name, value) in plain.headers() {
        if name != header::CONTENT_TYPE && name != header::CONTENT_LENGTH {
            page.headers_mut().append(name.clone(), value.clone());
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use poem::{
        Route, handler,
        http::{HeaderMap, StatusCode},
    };

    use super::*;
    use crate::pages::tests::brand;

    #[handler]
    fn refuses() -> Result<Response> {
        Err(PageError::Csrf.into())
    }

    #[handler]
    fn answers_an_error() -> Response {
        let mut response = poem::error::ResponseError::as_response(&PageError::Unavailable);
        let cookie = poem::http::HeaderValue::from_static("a=b");
        response.headers_mut().insert(header::SET_COOKIE, cookie);
        response
    }

    #[handler]
    fn answers() -> &'static str {
        "fine"
    }

    async fn get(path: &str) -> Response {
        let route = Route::new()
            .at("/refuses", refuses)
            .at("/away", answers_an_error)
            .at("/answers", answers);
        let request = Request::builder()
            .uri(path.parse().unwrap())
            .header(header::ACCEPT_LANGUAGE, "de")
            .finish();
        human(route, brand()).get_response(request).await
    }

    fn value<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
        headers[name].to_str().unwrap()
    }

    #[tokio::test]
    async fn an_error_becomes_a_page_in_the_readers_language() {
        let answer = get("/refuses").await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
        assert_eq!(value(answer.headers(), "content-language"), "de");
        assert_eq!(answer.content_type(), Some("text/html; charset=utf-8"));
        let text = answer.into_body().into_string().await.unwrap();
        assert!(text.contains("<html lang=\"de\">"), "{text}");
    }

    #[tokio::test]
    async fn an_answer_with_a_reason_keeps_its_status_and_its_headers() {
        let answer = get("/away").await;
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(value(answer.headers(), "set-cookie"), "a=b");
        assert_eq!(value(answer.headers(), "retry-after"), "1");
        assert_eq!(answer.content_type(), Some("text/html; charset=utf-8"));
    }

    #[tokio::test]
    async fn an_unknown_address_is_a_page_too() {
        let answer = get("/nothing").await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND);
        assert_eq!(answer.content_type(), Some("text/html; charset=utf-8"));
    }

    #[tokio::test]
    async fn every_answer_has_the_headers() {
        for path in ["/answers", "/refuses", "/nothing"] {
            let answer = get(path).await;
            let headers = answer.headers();
            assert_eq!(value(headers, "x-frame-options"), "DENY");
            assert_eq!(value(headers, "x-content-type-options"), "nosniff");
            assert_eq!(value(headers, "referrer-policy"), "same-origin");
            assert_eq!(value(headers, "cache-control"), "no-store");
            let policy = value(headers, "content-security-policy");
            assert!(policy.starts_with("default-src 'none'"));
        }
    }
}
