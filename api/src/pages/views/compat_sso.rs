use askama::Template;
use ulid::Ulid;
use url::Url;

use crate::pages::{ContentPolicy, Continuation, PageContext, page::page};

use super::{Person, parts::destination};

/// `GET /complete-compat-sso/{id}`: `csrf`.
#[derive(Template)]
#[template(path = "compat_sso.html")]
pub struct CompatSsoPage {
    pub ctx: PageContext,
    pub login: Ulid,
    pub person: Person,
    /// Where the login token is sent.
    pub redirect_uri: Url,
    /// The query that the redirect came with (`action`), kept in the form's action.
    pub query: String,
}

impl CompatSsoPage {
    fn continuation(&self) -> Continuation {
        Continuation::CompatSsoLogin(self.login)
    }

    fn action(&self) -> String {
        let separator = if self.query.is_empty() { "" } else { "?" };
        let path = format!(
            "/complete-compat-sso/{}{separator}{}",
            self.login, self.query
        );
        self.ctx.href(path)
    }

    fn destination(&self) -> String {
        destination(&self.redirect_uri)
    }
}

page!(
    CompatSsoPage,
    fn content_policy(&self) -> ContentPolicy {
        ContentPolicy::default().leading_to(&self.redirect_uri)
    }
);

/// The sign-in took too long, or was used: 200, with the code `compat_sso_login_expired`.
#[derive(Template)]
#[template(path = "compat_sso_expired.html")]
pub struct CompatSsoExpiredPage {
    pub ctx: PageContext,
}

page!(CompatSsoExpiredPage);
