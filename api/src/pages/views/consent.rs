use askama::Template;
use ulid::Ulid;
use url::Url;

use crate::pages::{ContentPolicy, Continuation, PageContext, page::page};

use super::{ClientCard, Permission, Person, parts::destination};

/// `GET /consent/{grant}`: `csrf`, `action=consent`.
#[derive(Template)]
#[template(path = "consent.html")]
pub struct ConsentPage {
    pub ctx: PageContext,
    pub grant: Ulid,
    pub client: ClientCard,
    pub person: Person,
    /// From [`permissions`](super::permissions).
    pub permissions: Vec<Permission>,
    /// Where consent leads.
    pub redirect_uri: Url,
}

impl ConsentPage {
    fn action(&self) -> String {
        self.ctx.href(format!("/consent/{}", self.grant))
    }

    /// For signing out and coming back as somebody else.
    fn continuation(&self) -> Continuation {
        Continuation::AuthorizationGrant(self.grant)
    }

    /// Where it leads, for people: a host, or an application on this device.
    fn destination(&self) -> String {
        destination(&self.redirect_uri)
    }
}

page!(
    ConsentPage,
    fn content_policy(&self) -> ContentPolicy {
        ContentPolicy::default().leading_to(&self.redirect_uri)
    }
);
