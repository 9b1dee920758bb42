//! `RegisterUser`. That the name is free is not decided here but by the claim it takes.

use super::{Origin, User, UserError, UserEvent};
use crate::{UserId, Username};

pub(super) fn decide(
    user: &User,
    user_id: UserId,
    username: Username,
    origin: Origin,
) -> Result<Vec<UserEvent>, UserError> {
    if user.id.is_some() {
        return Err(UserError::AlreadyRegistered);
    }
    Ok(vec![UserEvent::UserRegistered {
        user_id,
        username: username.into(),
        origin,
    }])
}

#[cfg(test)]
mod tests {
    use super::super::given::{ALICE, alice, user};
    use super::*;
    use crate::UserCommand;

    fn register() -> UserCommand {
        UserCommand::RegisterUser {
            user_id: ALICE,
            username: Username::parse("alice").unwrap(),
            origin: Origin::Admin,
        }
    }

    #[test]
    fn registering_a_new_user_is_recorded() {
        user(vec![])
            .when(register())
            .then_expect_events(vec![alice()]);
    }

    #[test]
    fn a_user_registers_once() {
        user(vec![alice()])
            .when(register())
            .then_expect_error(UserError::AlreadyRegistered);
    }
}
