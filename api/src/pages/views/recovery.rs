use askama::Template;
use ulid::Ulid;

use crate::pages::{FormState, Input, PageContext, page::page};

/// `GET` and `POST /recover`: `csrf`, `email`.
#[derive(Template)]
#[template(path = "recovery_start.html")]
pub struct RecoveryStartPage {
    pub ctx: PageContext,
    pub form: FormState,
}

page!(RecoveryStartPage);

/// `GET` and `POST /recover/progress/{id}`: `csrf`, which sends the mail again. With
/// [`Problem::RateLimited`](crate::pages::Problem) on the form it is answered with 429.
#[derive(Template)]
#[template(path = "recovery_progress.html")]
pub struct RecoveryProgressPage {
    pub ctx: PageContext,
    pub session: Ulid,
    /// As it was typed: there need not be an account.
    pub email: String,
    /// Whether the mail was just sent again.
    pub resent: bool,
    pub form: FormState,
}

impl RecoveryProgressPage {
    fn action(&self) -> String {
        self.ctx.href(format!("/recover/progress/{}", self.session))
    }
}

page!(
    RecoveryProgressPage,
    fn status(&self) -> poem::http::StatusCode {
        if self.form.is_valid() {
            poem::http::StatusCode::OK
        } else {
            poem::http::StatusCode::TOO_MANY_REQUESTS
        }
    }
);

/// The password was set with this recovery already.
#[derive(Template)]
#[template(path = "recovery_consumed.html")]
pub struct RecoveryConsumedPage {
    pub ctx: PageContext,
}

page!(RecoveryConsumedPage);

/// Recovery is switched off.
#[derive(Template)]
#[template(path = "recovery_disabled.html")]
pub struct RecoveryDisabledPage {
    pub ctx: PageContext,
}

page!(RecoveryDisabledPage);
