use askama::Template;
use url::Url;

use crate::pages::{ContentPolicy, PageContext, page::page};

use super::parts::destination;

/// `response_mode=form_post`: brings parameters to a client (contract oauth2.md 5.7). A script
/// submits it; without scripts a button does.
#[derive(Template)]
#[template(path = "form_post.html")]
pub struct FormPostPage {
    pub ctx: PageContext,
    pub redirect_uri: Url,
    pub parameters: Vec<(String, String)>,
}

impl FormPostPage {
    fn destination(&self) -> String {
        destination(&self.redirect_uri)
    }
}

page!(
    FormPostPage,
    fn content_policy(&self) -> ContentPolicy {
        ContentPolicy::default().leading_to(&self.redirect_uri)
    }
);

/// A post that came from another site, without the cookie: sends it once more from here (contract
/// oauth2.md 16.2). The marker against going round for ever is one of the parameters.
#[derive(Template)]
#[template(path = "repost.html")]
pub struct RepostPage {
    pub ctx: PageContext,
    /// The path of this server that it came to.
    pub path: String,
    pub parameters: Vec<(String, String)>,
}

page!(RepostPage);
