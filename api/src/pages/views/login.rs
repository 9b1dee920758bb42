use askama::Template;

use crate::pages::{Continuation, FormState, Input, PageContext, page::page};

use super::ProviderButton;

/// `GET` and `POST /login`: `csrf`, `username`, `password`; the continuation is the action's query.
#[derive(Template)]
#[template(path = "login.html")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own in the configuration"
)]
pub struct LoginPage {
    pub ctx: PageContext,
    pub form: FormState,
    pub continuation: Option<Continuation>,
    pub password_enabled: bool,
    /// Whether the username may be an email address.
    pub email_allowed: bool,
    pub can_register: bool,
    pub can_recover: bool,
    pub providers: Vec<ProviderButton>,
}

impl LoginPage {
    fn on(&self, path: &str) -> String {
        let path = Continuation::on(self.continuation.as_ref(), path);
        self.ctx.href(path)
    }

    fn username_label(&self) -> String {
        self.ctx.t(if self.email_allowed {
            "label-username-or-email"
        } else {
            "label-username"
        })
    }
}

page!(LoginPage);
