//! What the homeserver did for a user because it was asked here: `SetDisplayName`,
//! `AllowCrossSigningReset`. It keeps what it was told; who asked for it is known here alone.

use super::{User, UserError, UserEvent};
use crate::Pii;

/// Somebody may have changed the name on the homeserver since, so that the same name counts again.
pub(super) fn decide_display_name(
    user: &User,
    display_name: Option<String>,
) -> Result<Vec<UserEvent>, UserError> {
    let user_id = user.registered()?;
    Ok(vec![UserEvent::UserDisplayNameSet {
        user_id,
        display_name: display_name.map(Pii::from),
    }])
}

/// Each time it is for some minutes.
pub(super) fn decide_cross_signing_reset(user: &User) -> Result<Vec<UserEvent>, UserError> {
    let user_id = user.registered()?;
    Ok(vec![UserEvent::UserCrossSigningResetAllowed { user_id }])
}

#[cfg(test)]
mod tests {
    use super::super::given::{ALICE, alice, user};
    use super::*;
    use crate::UserCommand;

    fn named(name: Option<&str>) -> UserEvent {
        UserEvent::UserDisplayNameSet {
            user_id: ALICE,
            display_name: name.map(|name| name.to_owned().into()),
        }
    }

    #[test]
    fn each_display_name_that_the_homeserver_took_is_recorded() {
        for name in [Some("Alice"), None] {
            let set = UserCommand::SetDisplayName {
                display_name: name.map(str::to_owned),
            };
            user(vec![alice(), named(Some("Alice"))])
                .when(set)
                .then_expect_events(vec![named(name)]);
        }
    }

    #[test]
    fn each_permission_to_reset_cross_signing_is_recorded() {
        let allowed = UserEvent::UserCrossSigningResetAllowed { user_id: ALICE };
        user(vec![alice(), allowed.clone()])
            .when(UserCommand::AllowCrossSigningReset)
            .then_expect_events(vec![allowed]);
    }

    #[test]
    fn nobody_has_neither() {
        for command in [
            UserCommand::AllowCrossSigningReset,
            UserCommand::SetDisplayName { display_name: None },
        ] {
            user(Vec::new())
                .when(command)
                .then_expect_error(UserError::NotFound);
        }
    }
}
