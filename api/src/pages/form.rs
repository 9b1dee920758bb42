//! What was typed into a form and what is wrong with it. A handler says what; the catalogue has the
//! words.
//!
//! ```text
//! let mut form = FormState::new();
//! form.keep(Input::Username, &posted.username);
//! if posted.password.is_empty() {
//!     form.refuse(Input::Password, Problem::Required);
//! }
//! if !form.is_valid() { return LoginPage { form, … }.into_response(); }
//! ```

use std::{borrow::Borrow, fmt};

use super::{PageContext, PolicyReason};

/// A field of some form. The names are on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Input {
    Username,
    Email,
    CurrentPassword,
    Password,
    PasswordConfirm,
    AcceptTerms,
    Token,
    Code,
    DisplayName,
    ConfirmDevice,
    ImportEmail,
    ImportDisplayName,
}

impl Input {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Username => "username",
            Self::Email => "email",
            Self::CurrentPassword => "current_password",
            Self::Password => "password",
            Self::PasswordConfirm => "password_confirm",
            Self::AcceptTerms => "accept_terms",
            Self::Token => "token",
            Self::Code => "code",
            Self::DisplayName => "display_name",
            Self::ConfirmDevice => "confirm_device",
            Self::ImportEmail => "import_email",
            Self::ImportDisplayName => "import_display_name",
        }
    }

    /// Never shown again once typed.
    const fn is_secret(self) -> bool {
        matches!(
            self,
            Self::CurrentPassword | Self::Password | Self::PasswordConfirm
        )
    }
}

/// What is wrong with a field, or with the form as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    Required,
    Invalid,
    /// A username that somebody has.
    Exists,
    /// Two fields that should say the same.
    Mismatch,
    /// A password that is too easy to guess.
    TooWeak,
    /// Username or password, never told which.
    InvalidCredentials,
    RateLimited,
    /// The answer to the captcha is missing or wrong.
    Captcha,
    /// The invitation cannot be used any more.
    Invitation,
    /// The invitation is for another name or address.
    NotInvited,
    Policy(PolicyReason),
}

impl Problem {
    /// In words, for a field or for the form.
    fn text(&self, input: Option<Input>, ctx: &PageContext) -> String {
        ctx.t(match self {
            Self::Required => match input {
                Some(Input::AcceptTerms) => "problem-terms-required",
                Some(Input::ConfirmDevice) => "problem-confirm-device",
                _ => "problem-required",
            },
            Self::Invalid => match input {
                Some(Input::Email) => "problem-email-invalid",
                Some(Input::Code) => "problem-code-invalid",
                Some(Input::CurrentPassword) => "problem-current-password",
                Some(Input::Token) => "problem-token-invalid",
                Some(Input::DisplayName) => "problem-display-name-invalid",
                _ => "problem-invalid",
            },
            Self::Exists => "problem-exists",
            Self::Mismatch => "problem-mismatch",
            Self::TooWeak => "problem-too-weak",
            Self::InvalidCredentials => "problem-invalid-credentials",
            Self::RateLimited => "problem-rate-limited",
            Self::Captcha => "problem-captcha",
            Self::Invitation => "problem-invitation",
            Self::NotInvited => match input {
                Some(Input::Username) => "problem-not-invited-username",
                Some(Input::Email) => "problem-not-invited-email",
                _ => "problem-not-invited",
            },
            Self::Policy(reason) => return reason.text(ctx),
        })
    }
}

/// A form as it is shown: empty at first, or as it was sent.
#[derive(Clone, Default)]
pub struct FormState {
    values: Vec<(Input, String)>,
    problems: Vec<(Option<Input>, Problem)>,
}

impl FormState {
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps what was typed, so that nobody types it twice. Passwords are not kept.
    pub fn keep(&mut self, input: Input, value: impl Into<String>) {
        self.values.retain(|(kept, _)| *kept != input);
        if !input.is_secret() {
            self.values.push((input, value.into()));
        }
    }

    /// The same, in a row.
    #[must_use]
    pub fn with(mut self, input: Input, value: impl Into<String>) -> Self {
        self.keep(input, value);
        self
    }

    /// Keeps a tick.
    pub fn keep_checked(&mut self, input: Input, checked: bool) {
        self.keep(input, if checked { "on" } else { "" });
    }

    /// Something is wrong with a field.
    pub fn refuse(&mut self, input: Input, problem: Problem) {
        self.problems.push((Some(input), problem));
    }

    /// Something is wrong that no single field is to blame for.
    pub fn refuse_form(&mut self, problem: Problem) {
        self.problems.push((None, problem));
    }

    /// `None` is the form, as a violation without a field is.
    pub fn refuse_at(&mut self, input: Option<Input>, problem: Problem) {
        self.problems.push((input, problem));
    }

    pub fn is_valid(&self) -> bool {
        self.problems.is_empty()
    }

    /// Whether this field was refused already.
    pub fn is_refused(&self, input: impl Borrow<Input>) -> bool {
        let input = *input.borrow();
        self.problems.iter().any(|(at, _)| *at == Some(input))
    }

    /// Whether it was refused because of this.
    pub fn is_refused_for(&self, input: Input, problem: &Problem) -> bool {
        self.problems
            .iter()
            .any(|(at, found)| *at == Some(input) && found == problem)
    }

    pub fn value(&self, input: impl Borrow<Input>) -> &str {
        let input = *input.borrow();
        self.values
            .iter()
            .find(|(kept, _)| *kept == input)
            .map_or("", |(_, value)| value)
    }

    pub fn is_checked(&self, input: impl Borrow<Input>) -> bool {
        self.value(input) == "on"
    }

    #[cfg(test)]
    pub fn problems(&self) -> &[(Option<Input>, Problem)] {
        &self.problems
    }

    /// In words, under a field.
    pub fn texts_at(&self, input: impl Borrow<Input>, ctx: &PageContext) -> Vec<String> {
        let input = *input.borrow();
        self.problems
            .iter()
            .filter(|(at, _)| *at == Some(input))
            .map(|(_, problem)| problem.text(Some(input), ctx))
            .collect()
    }

    /// In words, at the head of the form: with the fields to go to.
    pub fn summary(&self, ctx: &PageContext) -> Vec<(Option<Input>, String)> {
        self.problems
            .iter()
            .map(|(at, problem)| {
                let text = problem.text(*at, ctx);
                let line = match at {
                    // What the label of a box says is a sentence already.
                    None | Some(Input::AcceptTerms | Input::ConfirmDevice) => text,
                    Some(input) => {
                        let label = ctx.t(&format!("label-{}", input.name()));
                        format!("{label}: {text}")
                    }
                };
                (*at, line)
            })
            .collect()
    }

    /// For `aria-describedby`: the ids of a field's hint and of its problems.
    pub fn described_by(&self, input: impl Borrow<Input>, hint: bool) -> String {
        let input = *input.borrow();
        let (name, mut ids) = (input.name(), Vec::new());
        if hint {
            ids.push(format!("{name}-hint"));
        }
        if self.is_refused(input) {
            ids.push(format!("{name}-error"));
        }
        ids.join(" ")
    }
}

/// Without what was typed.
impl fmt::Debug for FormState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FormState")
            .field("problems", &self.problems)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_kept_but_never_a_password() {
        let mut form = FormState::new().with(Input::Username, "ali");
        form.keep(Input::Username, "alice");
        form.keep(Input::Password, "hunter2");
        form.keep(Input::PasswordConfirm, "hunter2");
        form.keep_checked(Input::AcceptTerms, true);
        assert_eq!(form.value(Input::Username), "alice");
        assert_eq!(form.value(Input::Password), "");
        assert!(form.is_checked(Input::AcceptTerms));
        let debug = format!("{form:?}");
        assert!(!debug.contains("hunter2") && !debug.contains("alice"));
    }

    #[test]
    fn one_problem_is_enough() {
        let mut form = FormState::new();
        assert!(form.is_valid());
        form.refuse(Input::Username, Problem::Exists);
        assert!(!form.is_valid());
        assert!(form.is_refused_for(Input::Username, &Problem::Exists));
        assert!(!form.is_refused_for(Input::Username, &Problem::Required));
        assert_eq!(
            form.described_by(Input::Username, true),
            "username-hint username-error"
        );
        assert_eq!(form.described_by(Input::Email, false), "");
    }
}
