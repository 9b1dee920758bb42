use askama::Template;

use crate::pages::{PageContext, page::page};

/// `GET /`.
#[derive(Template)]
#[template(path = "home.html")]
pub struct HomePage {
    pub ctx: PageContext,
    /// Who is signed in.
    pub username: Option<String>,
    pub can_register: bool,
    /// Where the discovery document is, absolute.
    pub discovery_url: String,
}

impl HomePage {
    /// Signing out here leads nowhere else.
    const NOTHING: [(&'static str, String); 0] = [];
}

page!(HomePage);
