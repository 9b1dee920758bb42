//! One request of a browser: what every handler of a page is given.

use std::{fmt::Display, sync::Arc};

use muniment_domain::UserId;
use poem::{
    FromRequest, Request, RequestBody, Response, Result,
    http::{StatusCode, header},
};
use uuid::Uuid;

use super::{Continuation, PageContext, PageError};
use crate::{
    accounts::Visitor,
    app::App,
    auth::Actor,
    http::{ClientIp, CorrelationId, UserAgent},
    locale::Locale,
    web::Cookies,
};

/// The app, the request's cookies, language and origin. Changes to cookies go out with the answer.
pub struct Visit {
    pub app: Arc<App>,
    pub cookies: Cookies,
    pub locale: Locale,
    pub visitor: Visitor,
    pub correlation_id: Uuid,
    query: Vec<(String, String)>,
    context: PageContext,
}

impl Visit {
    /// For a page with forms: with the token that they send.
    pub fn ctx(&self) -> PageContext {
        let context = self.context.clone();
        context.with_csrf(self.cookies.csrf_token())
    }

    /// For a page without forms.
    pub fn plain_ctx(&self) -> PageContext {
        self.context.clone()
    }

    /// A parameter of the query; the first when there are several.
    pub fn query(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The whole query.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.query
    }

    /// Where the query says that the person was going.
    pub fn continuation(&self) -> Option<Continuation> {
        Continuation::from_pairs(&self.query)
    }

    /// Leads to a path of this server, which starts with a slash.
    pub fn redirect(&self, path: impl Display) -> Response {
        see_other(&self.context.href(path))
    }

    /// Leads on to where the person was going, or else to `otherwise`.
    pub fn go_on(&self, continuation: Option<&Continuation>, otherwise: &str) -> Response {
        let target = continuation.map(Continuation::target);
        self.redirect(target.as_deref().unwrap_or(otherwise))
    }

    /// As whom something is done before anybody has signed in.
    pub fn anonymous(&self) -> Actor {
        Actor::anonymous(self.correlation_id)
    }

    /// As whom a person acts who has just proved who they are.
    pub fn actor(&self, user: UserId, origin: muniment_domain::user::Origin) -> Actor {
        Actor::of_user(user, origin, self.correlation_id)
    }
}

/// 303, to a path or an address.
pub fn see_other(target: &str) -> Response {
    Response::builder()
        .status(StatusCode::SEE_OTHER)
        .header(header::LOCATION, target)
        .finish()
}

impl std::fmt::Debug for Visit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Visit")
            .field("correlation_id", &self.correlation_id)
            .finish_non_exhaustive()
    }
}

impl<'a> FromRequest<'a> for Visit {
    async fn from_request(request: &'a Request, body: &mut RequestBody) -> Result<Self> {
        let Some(app) = request.data::<Arc<App>>().cloned() else {
            tracing::error!("a page is not served through pages::routes");
            return Err(PageError::Internal.into());
        };
        let query = request.uri().query().unwrap_or_default();
        let query = url::form_urlencoded::parse(query.as_bytes()).into_owned();
        let correlation_id = request.extensions().get::<CorrelationId>();
        Ok(Self {
            cookies: Cookies::from_request(request, body).await?,
            locale: Locale::of(request.headers()),
            visitor: Visitor {
                user_agent: UserAgent::of(request.headers()).0,
                ip: ClientIp::known(request).0,
            },
            correlation_id: correlation_id.map_or_else(|| app.ids.event_id(), |id| id.0),
            query: query.collect(),
            context: PageContext::of(request, &app.brand),
            app,
        })
    }
}
