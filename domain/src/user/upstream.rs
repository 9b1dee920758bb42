//! `LinkUpstream` and `UnlinkUpstream`. That nobody else has the identity is a claim's business.

use super::{User, UserError, UserEvent};
use crate::{Pii, UpstreamLinkId, UpstreamProviderId};

pub(super) fn decide_link(
    user: &User,
    link_id: UpstreamLinkId,
    provider_id: UpstreamProviderId,
    subject: String,
    account_name: Option<String>,
) -> Result<Vec<UserEvent>, UserError> {
    let user_id = user.registered()?;
    if user.upstream_links.contains(&link_id) {
        return Ok(Vec::new());
    }
    Ok(vec![UserEvent::UserUpstreamLinked {
        user_id,
        link_id,
        provider_id,
        subject: subject.into(),
        account_name: account_name.map(Pii::from),
    }])
}

pub(super) fn decide_unlink(
    user: &User,
    link_id: UpstreamLinkId,
) -> Result<Vec<UserEvent>, UserError> {
    let user_id = user.registered()?;
    if !user.upstream_links.contains(&link_id) {
        return Err(UserError::UpstreamLinkNotFound);
    }
    Ok(vec![UserEvent::UserUpstreamUnlinked { user_id, link_id }])
}

#[cfg(test)]
mod tests {
    use super::super::given::{ALICE, alice, user};
    use super::*;
    use crate::UserCommand;

    fn linked() -> UserEvent {
        UserEvent::UserUpstreamLinked {
            user_id: ALICE,
            link_id: UpstreamLinkId::default(),
            provider_id: UpstreamProviderId::default(),
            subject: "alice-at-work".to_owned().into(),
            account_name: None,
        }
    }

    #[test]
    fn an_identity_is_linked_and_unlinked() {
        user(vec![alice()])
            .when(UserCommand::LinkUpstream {
                link_id: UpstreamLinkId::default(),
                provider_id: UpstreamProviderId::default(),
                subject: "alice-at-work".to_owned(),
                account_name: None,
            })
            .then_expect_events(vec![linked()]);
        user(vec![alice(), linked()])
            .when(UserCommand::UnlinkUpstream {
                link_id: UpstreamLinkId::default(),
            })
            .then_expect_events(vec![UserEvent::UserUpstreamUnlinked {
                user_id: ALICE,
                link_id: UpstreamLinkId::default(),
            }]);
    }

    #[test]
    fn what_is_not_linked_is_not_unlinked() {
        user(vec![alice()])
            .when(UserCommand::UnlinkUpstream {
                link_id: UpstreamLinkId::default(),
            })
            .then_expect_error(UserError::UpstreamLinkNotFound);
    }
}
