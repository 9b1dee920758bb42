use crate::EmailId;

/// Why an account refuses a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UserError {
    #[error("no such user")]
    NotFound,
    #[error("the user was erased")]
    Erased,
    #[error("the user is registered already")]
    AlreadyRegistered,
    #[error("the user has this email address already")]
    EmailExists { email_id: EmailId },
    #[error("the user has no such email address")]
    EmailNotFound,
    #[error("the user has no such link to an upstream provider")]
    UpstreamLinkNotFound,
    /// The password that was checked is not the current one any more.
    #[error("the user has another password by now")]
    PasswordChanged,
}

impl UserError {
    /// Stable identifier of the reason, for programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotFound => "user.not_found",
            Self::Erased => "user.erased",
            Self::AlreadyRegistered => "user.already_registered",
            Self::EmailExists { .. } => "user.email_exists",
            Self::EmailNotFound => "user.email_not_found",
            Self::UpstreamLinkNotFound => "user.upstream_link_not_found",
            Self::PasswordChanged => "user.password_changed",
        }
    }
}
