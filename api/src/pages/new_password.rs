//! Two fields for a new password, wherever one is chosen.

use super::{FormState, Input, PageError, Posted, Problem};
use crate::app::App;

/// Refuses what is missing, differs or is too easy to guess.
pub async fn check(app: &App, posted: &Posted, form: &mut FormState) -> Result<(), PageError> {
    let password = posted.input(Input::Password);
    let confirm = posted.input(Input::PasswordConfirm);
    for (input, value) in [
        (Input::Password, password),
        (Input::PasswordConfirm, confirm),
    ] {
        if value.is_empty() {
            form.refuse(input, Problem::Required);
        }
    }
    if password != confirm {
        form.refuse(Input::Password, Problem::Mismatch);
        form.refuse(Input::PasswordConfirm, Problem::Mismatch);
    }
    if !password.is_empty() && !app.passwords.is_strong_enough(password).await? {
        form.refuse(Input::Password, Problem::TooWeak);
    }
    Ok(())
}
