use askama::Template;
use poem::http::StatusCode;

use crate::pages::{PageContext, PageError, page::page};

/// Whatever goes wrong. Handlers return a [`PageError`], which becomes this.
#[derive(Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    pub ctx: PageContext,
    pub error: PageError,
}

impl ErrorPage {
    pub fn new(ctx: PageContext, error: PageError) -> Self {
        Self { ctx, error }
    }

    fn title(&self) -> String {
        self.ctx.t(&format!("error-{}-title", self.error.code()))
    }

    fn text(&self) -> String {
        self.ctx.t(&format!("error-{}-text", self.error.code()))
    }

    /// Whether the operator can find more in the log.
    fn shows_id(&self) -> bool {
        !self.ctx.request_id.is_empty() && self.error != PageError::NotFound
    }
}

page!(
    ErrorPage,
    fn status(&self) -> StatusCode {
        self.error.status_code()
    }
);
