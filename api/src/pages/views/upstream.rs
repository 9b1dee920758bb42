use askama::Template;
use ulid::Ulid;
use url::Url;

use crate::pages::{FormState, Input, PageContext, page::page};

/// Signed out, nobody linked: a registration with what the other service told (contract oauth2.md
/// 16.3). `csrf`, `action=register`, `username`, `import_email`, `import_display_name`,
/// `accept_terms`.
#[derive(Template)]
#[template(path = "upstream_register.html")]
pub struct UpstreamRegisterPage {
    pub ctx: PageContext,
    pub link: Ulid,
    pub provider: String,
    pub server_name: String,
    /// What was typed; the username may be prefilled here.
    pub form: FormState,
    /// A username that cannot be chosen otherwise.
    pub forced_username: Option<String>,
    /// What the other service told, and whether it has to be taken over.
    pub email: Option<Imported>,
    pub display_name: Option<Imported>,
}

/// Something that the other service told.
#[derive(Clone)]
pub struct Imported {
    pub value: String,
    pub forced: bool,
}

impl UpstreamRegisterPage {
    fn action(&self) -> String {
        self.ctx.href(format!("/upstream/link/{}", self.link))
    }

    fn tos_uri(&self) -> Option<&Url> {
        self.ctx.brand.tos_uri.as_ref()
    }
}

page!(UpstreamRegisterPage);

/// Signed in, nobody linked: whether to link. `csrf`, `action=link`.
#[derive(Template)]
#[template(path = "upstream_suggest_link.html")]
pub struct UpstreamSuggestLinkPage {
    pub ctx: PageContext,
    pub link: Ulid,
    pub provider: String,
    /// Who is signed in.
    pub username: String,
    /// The account's name at the other service.
    pub account: Option<String>,
}

impl UpstreamSuggestLinkPage {
    fn action(&self) -> String {
        self.ctx.href(format!("/upstream/link/{}", self.link))
    }

    fn continuation(&self) -> crate::pages::Continuation {
        crate::pages::Continuation::LinkUpstream(self.link)
    }
}

page!(UpstreamSuggestLinkPage);

/// Signed in as one, linked to another.
#[derive(Template)]
#[template(path = "upstream_mismatch.html")]
pub struct UpstreamMismatchPage {
    pub ctx: PageContext,
    pub link: Ulid,
    pub provider: String,
    /// Who is signed in.
    pub username: String,
    /// Whose account is linked.
    pub linked_username: String,
}

impl UpstreamMismatchPage {
    fn continuation(&self) -> crate::pages::Continuation {
        crate::pages::Continuation::LinkUpstream(self.link)
    }
}

page!(UpstreamMismatchPage);

/// Why no account could be made of what the other service told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UpstreamFailure {
    /// The username belongs to somebody.
    UsernameTaken { username: String },
    /// A policy, or the homeserver, refuses the username.
    UsernameRefused { username: String },
    /// What the provider is configured to tell was not told.
    MissingClaim,
}

/// Signing in with another service ended here: 200.
#[derive(Template)]
#[template(path = "upstream_failure.html")]
pub struct UpstreamFailurePage {
    pub ctx: PageContext,
    pub provider: String,
    pub failure: UpstreamFailure,
}

impl UpstreamFailurePage {
    fn text(&self) -> String {
        let (key, username) = match &self.failure {
            UpstreamFailure::UsernameTaken { username } => ("upstream-username-taken", username),
            UpstreamFailure::UsernameRefused { username } => {
                ("upstream-username-refused", username)
            }
            UpstreamFailure::MissingClaim => {
                let provider = &self.provider;
                return self.ctx.t1("upstream-missing-claim", "provider", provider);
            }
        };
        self.ctx.t1(key, "username", username)
    }
}

page!(UpstreamFailurePage);
