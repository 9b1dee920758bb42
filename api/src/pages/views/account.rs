use askama::Template;

use crate::pages::{PageContext, page::page};

/// `/account/` and below: the shell of the account pages; without scripts, or where the server was
/// built without account pages, what there is instead.
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
