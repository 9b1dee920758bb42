use askama::Template;
use url::Url;

use crate::pages::{ContentPolicy, PageContext, page::page};

/// `/account/` and below: the shell of the account pages; without scripts, or where the server was
/// built without account pages, what there is instead.
#[derive(Template)]
#[template(path = "account.html")]
pub struct AccountPage {
    pub ctx: PageContext,
    /// Who is signed in.
    pub username: Option<String>,
    /// The operator's page about plans, which the account pages show in a frame.
    pub plan: Option<Url>,
}

impl AccountPage {
    /// Signing out here leads nowhere else.
    const NOTHING: [(&'static str, String); 0] = [];
}

page!(
    AccountPage,
    fn content_policy(&self) -> ContentPolicy {
        let policy = ContentPolicy::default();
        match &self.plan {
            Some(plan) => policy.framing(plan),
            None => policy,
        }
    }
);
