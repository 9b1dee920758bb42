//! From a view to an answer.

use askama::Template;
use poem::{
    Response,
    http::{HeaderValue, StatusCode, header},
};

use super::{ContentPolicy, PageContext, headers};

/// A page of this server. [`Page::respond`] is all that a handler calls; returning the page from a
/// handler does the same.
pub trait Page: Template {
    fn ctx(&self) -> &PageContext;

    fn status(&self) -> StatusCode {
        StatusCode::OK
    }

    fn content_policy(&self) -> ContentPolicy {
        ContentPolicy::default()
    }

    fn respond(&self) -> Response {
        let html = match self.render() {
            Ok(html) => html,
            Err(error) => {
                tracing::error!(%error, "a page could not be made");
                return Response::builder()
                    .status(StatusCode::INTERNAL_SERVER_ERROR)
                    .finish();
            }
        };
        let mut response = Response::builder()
            .status(self.status())
            .content_type("text/html; charset=utf-8")
            .header(header::CONTENT_LANGUAGE, self.ctx().lang())
            .body(html);
        let headers = response.headers_mut();
        headers.insert(
            header::VARY,
            HeaderValue::from_static("Accept-Language, Cookie"),
        );
        let mut policy = self.content_policy();
        if self.ctx().bundle.is_some() {
            policy = policy.with_questions();
        }
        if let Some(logo) = &self.ctx().brand.logo_uri {
            policy = policy.showing(logo);
        }
        headers::allow(headers, &policy);
        headers::secure(headers);
        response
    }
}

/// What all views are besides their fields: answers, and silent about persons in debug output.
macro_rules! page {
    ($name:ident $(, $method:item)*) => {
        impl $crate::pages::Page for $name {
            fn ctx(&self) -> &$crate::pages::PageContext {
                &self.ctx
            }
            $($method)*
        }

        impl poem::IntoResponse for $name {
            fn into_response(self) -> poem::Response {
                $crate::pages::Page::respond(&self)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    };
}

pub(super) use page;
