use askama::Template;
use ulid::Ulid;

use crate::pages::{FormState, Input, PageContext, page::page};

/// `/register/steps/{id}/token`: `csrf`, `token`.
#[derive(Template)]
#[template(path = "register_token.html")]
pub struct TokenPage {
    pub ctx: PageContext,
    pub registration: Ulid,
    pub form: FormState,
}

impl TokenPage {
    fn action(&self) -> String {
        self.ctx
            .href(format!("/register/steps/{}/token", self.registration))
    }
}

page!(TokenPage);

/// `/register/steps/{id}/verify-email`: `csrf`, `code`.
#[derive(Template)]
#[template(path = "register_verify_email.html")]
pub struct VerifyEmailPage {
    pub ctx: PageContext,
    pub registration: Ulid,
    /// Where the code was sent to.
    pub email: String,
    pub form: FormState,
}

impl VerifyEmailPage {
    fn action(&self) -> String {
        self.ctx.href(format!(
            "/register/steps/{}/verify-email",
            self.registration
        ))
    }
}

page!(VerifyEmailPage);

/// `/register/steps/{id}/display-name`: `csrf`, `action=set|skip`, `display_name`.
#[derive(Template)]
#[template(path = "register_display_name.html")]
pub struct DisplayNamePage {
    pub ctx: PageContext,
    pub registration: Ulid,
    /// What is shown if the step is skipped.
    pub username: String,
    pub form: FormState,
}

impl DisplayNamePage {
    fn action(&self) -> String {
        self.ctx.href(format!(
            "/register/steps/{}/display-name",
            self.registration
        ))
    }
}

page!(DisplayNamePage);

/// The verified address belongs to an account already.
#[derive(Template)]
#[template(path = "register_email_in_use.html")]
pub struct EmailInUsePage {
    pub ctx: PageContext,
    pub email: String,
    pub can_recover: bool,
    pub continuation: Option<crate::pages::Continuation>,
}

impl EmailInUsePage {
    fn on(&self, path: &str) -> String {
        let path = crate::pages::Continuation::on(self.continuation.as_ref(), path);
        self.ctx.href(path)
    }
}

page!(EmailInUsePage);
