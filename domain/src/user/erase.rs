//! `EraseUser`: the last thing that happens to an account. Its name stays taken, as nobody else may
//! become who they were.

use super::{EmailRemovalReason, Standing, User, UserError, UserEvent, deactivate};

pub(super) fn decide(user: &User) -> Result<Vec<UserEvent>, UserError> {
    if user.standing == Standing::Erased {
        return Ok(Vec::new());
    }
    let user_id = user.registered()?;
    let mut events = deactivate::decide(user, true)?;
    // A deactivated account may have been given addresses since.
    if events.is_empty() {
        events.extend(deactivate::remove_emails(
            user,
            user_id,
            EmailRemovalReason::Erasure,
        ));
    }
    events.extend(
        user.upstream_links
            .iter()
            .map(|link_id| UserEvent::UserUpstreamUnlinked {
                user_id,
                link_id: *link_id,
            }),
    );
    events.push(UserEvent::UserErased { user_id });
    Ok(events)
}

#[cfg(test)]
mod tests {
    use super::super::given::{ALICE, alice, deactivated, email, email_id, user};
    use super::*;
    use crate::UserCommand;

    const ERASED: UserEvent = UserEvent::UserErased { user_id: ALICE };

    fn removed(reason: EmailRemovalReason) -> UserEvent {
        UserEvent::UserEmailRemoved {
            user_id: ALICE,
            email_id: email_id(7),
            reason,
        }
    }

    #[test]
    fn erasing_deactivates_first() {
        user(vec![alice(), email(7, "alice@example.com")])
            .when(UserCommand::EraseUser)
            .then_expect_events(vec![
                UserEvent::UserDeactivated {
                    user_id: ALICE,
                    erase_on_homeserver: true,
                    shredded_emails: vec![email_id(7)],
                },
                removed(EmailRemovalReason::Deactivation),
                ERASED,
            ]);
    }

    #[test]
    fn erasing_a_deactivated_user_removes_what_came_since() {
        user(vec![alice(), deactivated()])
            .when(UserCommand::EraseUser)
            .then_expect_events(vec![ERASED]);
        user(vec![alice(), deactivated(), email(7, "alice@example.com")])
            .when(UserCommand::EraseUser)
            .then_expect_events(vec![removed(EmailRemovalReason::Erasure), ERASED]);
    }

    #[test]
    fn erasing_frees_upstream_identities() {
        let link_id = crate::UpstreamLinkId::default();
        let linked = UserEvent::UserUpstreamLinked {
            user_id: ALICE,
            link_id,
            provider_id: crate::UpstreamProviderId::default(),
            subject: "alice-at-work".to_owned().into(),
            account_name: None,
        };
        let unlinked = UserEvent::UserUpstreamUnlinked {
            user_id: ALICE,
            link_id,
        };
        user(vec![alice(), linked, deactivated()])
            .when(UserCommand::EraseUser)
            .then_expect_events(vec![unlinked, ERASED]);
    }

    #[test]
    fn erasing_twice_changes_nothing() {
        user(vec![alice(), deactivated(), ERASED])
            .when(UserCommand::EraseUser)
            .then_expect_events(vec![]);
    }

    #[test]
    fn nothing_happens_to_an_erased_user() {
        for command in [
            UserCommand::LockUser { deactivate: false },
            UserCommand::UnlockUser { reactivate: true },
            UserCommand::ReactivateUser,
            UserCommand::GrantAdmin,
            UserCommand::RemoveEmail {
                email_id: email_id(7),
            },
        ] {
            user(vec![alice(), deactivated(), ERASED])
                .when(command)
                .then_expect_error(UserError::Erased);
        }
        user(vec![alice(), deactivated(), ERASED])
            .when(UserCommand::DeactivateUser { erase: true })
            .then_expect_events(vec![]);
    }

    #[test]
    fn an_unknown_user_cannot_be_erased() {
        user(vec![])
            .when(UserCommand::EraseUser)
            .then_expect_error(UserError::NotFound);
    }
}
