//! `GrantAdmin` and `RevokeAdmin`: whether the user may ask for administrators' scopes. Sessions
//! that were already granted them are not affected.

use super::{User, UserError, UserEvent};

pub(super) fn decide_grant(user: &User) -> Result<Vec<UserEvent>, UserError> {
    let user_id = user.registered()?;
    Ok((!user.can_request_admin)
        .then_some(UserEvent::UserAdminGranted { user_id })
        .into_iter()
        .collect())
}

pub(super) fn decide_revoke(user: &User) -> Result<Vec<UserEvent>, UserError> {
    let user_id = user.registered()?;
    Ok(user
        .can_request_admin
        .then_some(UserEvent::UserAdminRevoked { user_id })
        .into_iter()
        .collect())
}

#[cfg(test)]
mod tests {
    use super::super::given::{ALICE, alice, user};
    use super::*;
    use crate::UserCommand;

    const GRANTED: UserEvent = UserEvent::UserAdminGranted { user_id: ALICE };
    const REVOKED: UserEvent = UserEvent::UserAdminRevoked { user_id: ALICE };

    #[test]
    fn granting_and_revoking_are_recorded() {
        user(vec![alice()])
            .when(UserCommand::GrantAdmin)
            .then_expect_events(vec![GRANTED]);
        user(vec![alice(), GRANTED])
            .when(UserCommand::RevokeAdmin)
            .then_expect_events(vec![REVOKED]);
    }

    #[test]
    fn what_is_so_already_changes_nothing() {
        user(vec![alice(), GRANTED])
            .when(UserCommand::GrantAdmin)
            .then_expect_events(vec![]);
        user(vec![alice()])
            .when(UserCommand::RevokeAdmin)
            .then_expect_events(vec![]);
    }

    #[test]
    fn an_unknown_user_gets_no_rights() {
        user(vec![])
            .when(UserCommand::GrantAdmin)
            .then_expect_error(UserError::NotFound);
    }
}
