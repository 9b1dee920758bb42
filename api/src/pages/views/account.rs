use askama::Template;

use crate::pages::{PageContext, page::page};

/// `/account/` as long as there are no account pages.
#[derive(Template)]
#[template(path = "account.html")]
pub struct AccountPage {
    pub ctx: PageContext,
    /// Who is signed in.
    pub username: Option<String>,
}

impl AccountPage {
    /// Signing out here leads nowhere else.
    const NOTHING: [(&'static str, String); 0] = [];
}

page!(AccountPage);
