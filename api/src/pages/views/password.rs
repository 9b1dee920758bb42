use askama::Template;

use crate::pages::{FormState, Input, PageContext, page::page};

/// `GET` and `POST /account/password/change`: `csrf`, `current_password`, `password`,
/// `password_confirm`.
#[derive(Template)]
#[template(path = "password_change.html")]
pub struct PasswordChangePage {
    pub ctx: PageContext,
    /// Whose password; for password managers too.
    pub username: String,
    pub form: FormState,
}

page!(PasswordChangePage);

/// Why a password cannot be changed here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unchangeable {
    /// Nobody changes passwords here.
    SwitchedOff,
    /// This account has none.
    NoPassword,
}

/// In place of [`PasswordChangePage`].
#[derive(Template)]
#[template(path = "password_unchangeable.html")]
pub struct PasswordUnchangeablePage {
    pub ctx: PageContext,
    pub reason: Unchangeable,
}

impl PasswordUnchangeablePage {
    fn text(&self) -> String {
        self.ctx.t(match self.reason {
            Unchangeable::SwitchedOff => "password-switched-off",
            Unchangeable::NoPassword => "password-none",
        })
    }
}

page!(PasswordUnchangeablePage);

/// `GET` and `POST /account/password/recovery`: `csrf`, `ticket`, `password`, `password_confirm`.
#[derive(Template)]
#[template(path = "password_recovery.html")]
pub struct PasswordRecoveryPage {
    pub ctx: PageContext,
    /// Whose password; for password managers too.
    pub username: String,
    pub ticket: String,
    pub form: FormState,
}

page!(PasswordRecoveryPage);

/// Why the link of a recovery mail leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeadLink {
    Unknown,
    Expired,
    /// The account is locked or deactivated.
    Inactive,
}

/// In place of [`PasswordRecoveryPage`].
#[derive(Template)]
#[template(path = "password_dead_link.html")]
pub struct DeadLinkPage {
    pub ctx: PageContext,
    pub reason: DeadLink,
}

impl DeadLinkPage {
    fn text(&self) -> String {
        self.ctx.t(match self.reason {
            DeadLink::Unknown => "recovery-link-unknown",
            DeadLink::Expired => "recovery-link-expired",
            DeadLink::Inactive => "recovery-link-inactive",
        })
    }
}

page!(DeadLinkPage);

/// A new password is set.
#[derive(Template)]
#[template(path = "password_set.html")]
pub struct PasswordSetPage {
    pub ctx: PageContext,
    /// Else the person signs in with it now.
    pub signed_in: bool,
}

page!(PasswordSetPage);
