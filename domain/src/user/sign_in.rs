//! What happens to an account when somebody signs in, or tries to: `UpgradePasswordHash`,
//! `ReportFailedSignIns`, `AcceptTerms`.

use std::net::IpAddr;

use super::{User, UserError, UserEvent};
use crate::{PasswordId, Pii};

pub(super) fn decide_upgrade(
    user: &User,
    password_id: PasswordId,
    upgraded_from: PasswordId,
    scheme_version: u16,
) -> Result<Vec<UserEvent>, UserError> {
    let user_id = user.registered()?;
    // Else the old password would come back.
    if user.password != Some(upgraded_from) {
        return Err(UserError::PasswordChanged);
    }
    Ok(vec![UserEvent::UserPasswordHashUpgraded {
        user_id,
        password_id,
        upgraded_from,
        scheme_version,
    }])
}

pub(super) fn decide_failed(
    user: &User,
    attempts: u32,
    since: i64,
    ip: Option<IpAddr>,
) -> Result<Vec<UserEvent>, UserError> {
    let user_id = user.registered()?;
    Ok(vec![UserEvent::UserSignInsFailed {
        user_id,
        attempts,
        since,
        ip: ip.map(Pii::from),
    }])
}

pub(super) fn decide_terms(user: &User, terms_uri: String) -> Result<Vec<UserEvent>, UserError> {
    let user_id = user.registered()?;
    if user.terms.contains(&terms_uri) {
        return Ok(Vec::new());
    }
    Ok(vec![UserEvent::UserTermsAccepted { user_id, terms_uri }])
}

#[cfg(test)]
mod tests {
    use super::super::given::{ALICE, alice, user};
    use super::*;
    use crate::{UserCommand, user::Origin};

    fn password(n: u128) -> PasswordId {
        PasswordId::from_uuid(uuid::Uuid::from_u128(n))
    }

    fn password_set(n: u128) -> UserEvent {
        UserEvent::UserPasswordSet {
            user_id: ALICE,
            password_id: password(n),
            scheme_version: 1,
            origin: Origin::Admin,
        }
    }

    fn upgrade(from: u128) -> UserCommand {
        UserCommand::UpgradePasswordHash {
            password_id: password(9),
            upgraded_from: password(from),
            scheme_version: 2,
        }
    }

    #[test]
    fn a_hash_is_upgraded_while_the_password_is_the_same() {
        user(vec![alice(), password_set(1)])
            .when(upgrade(1))
            .then_expect_events(vec![UserEvent::UserPasswordHashUpgraded {
                user_id: ALICE,
                password_id: password(9),
                upgraded_from: password(1),
                scheme_version: 2,
            }]);
        user(vec![alice(), password_set(1), password_set(2)])
            .when(upgrade(1))
            .then_expect_error(UserError::PasswordChanged);
    }

    #[test]
    fn terms_are_accepted_once() {
        let accept = UserCommand::AcceptTerms {
            terms_uri: "https://example.com/tos".to_owned(),
        };
        let accepted = UserEvent::UserTermsAccepted {
            user_id: ALICE,
            terms_uri: "https://example.com/tos".to_owned(),
        };
        user(vec![alice()])
            .when(accept.clone())
            .then_expect_events(vec![accepted.clone()]);
        user(vec![alice(), accepted])
            .when(accept)
            .then_expect_events(Vec::new());
    }
}
