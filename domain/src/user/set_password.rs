//! `SetPassword`: the fact that it was set. Strength and hashing come before.

use super::{Origin, User, UserError, UserEvent};
use crate::PasswordId;

pub(super) fn decide(
    user: &User,
    password_id: PasswordId,
    scheme_version: u16,
    origin: Origin,
) -> Result<Vec<UserEvent>, UserError> {
    let user_id = user.registered()?;
    Ok(vec![UserEvent::UserPasswordSet {
        user_id,
        password_id,
        scheme_version,
        origin,
    }])
}

#[cfg(test)]
mod tests {
    use super::super::given::{ALICE, alice, deactivated, user};
    use super::*;
    use crate::UserCommand;

    fn set() -> UserCommand {
        UserCommand::SetPassword {
            password_id: PasswordId::default(),
            scheme_version: 1,
            origin: Origin::Admin,
        }
    }

    #[test]
    fn setting_a_password_is_recorded_each_time() {
        let password_set = UserEvent::UserPasswordSet {
            user_id: ALICE,
            password_id: PasswordId::default(),
            scheme_version: 1,
            origin: Origin::Admin,
        };
        user(vec![alice(), password_set.clone()])
            .when(set())
            .then_expect_events(vec![password_set.clone()]);
        user(vec![alice(), deactivated()])
            .when(set())
            .then_expect_events(vec![password_set]);
    }

    #[test]
    fn an_unknown_user_gets_no_password() {
        user(vec![])
            .when(set())
            .then_expect_error(UserError::NotFound);
    }
}
