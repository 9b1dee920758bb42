//! `m.login.password`.

use muniment_domain::CompatLogin;
use muniment_projections::queries;
use serde::Deserialize;
use serde_json::Value;

use super::{
    body,
    error::{MatrixError, WRONG_CREDENTIALS},
    login::{Call, Known},
};
use crate::{
    accounts::{self, PasswordAttempt},
    policy::CompatLoginKind,
};

pub const TYPE: &str = "m.login.password";

#[derive(Deserialize)]
struct Proof {
    password: String,
    /// Deprecated, and wins where it is given.
    user: Option<String>,
    identifier: Option<Value>,
}

#[derive(Deserialize)]
struct Identifier {
    r#type: String,
    user: Option<String>,
}

/// Whose name and password these are.
pub async fn check(call: &Call<'_>) -> Result<Known, MatrixError> {
    const WRONG: &str = "password is a text, and user or identifier tells whose it is";
    let app = call.app;
    let proof: Proof = body::shaped(&call.body, WRONG)?;
    let name = name(&proof)?;
    let found = if name.contains('\0') {
        None
    } else {
        // Names alone: an address is not looked up here.
        queries::user_by_username(&app.reads, accounts::localpart(app, &name)).await?
    };
    let found = found.filter(|user| user.deactivated_at.is_none());
    if let Some(user) = found.as_ref().filter(|user| user.locked_at.is_some()) {
        // Told without a look at the password, and no more often than those are looked at.
        let admitted = app.limits.check_password(call.visitor.ip, Some(user.id));
        return Err(match admitted {
            Ok(()) => MatrixError::UserLocked,
            Err(_) => MatrixError::LimitExceeded,
        });
    }
    let (visitor, correlation) = (&call.visitor, call.correlation);
    let attempt =
        accounts::check_password(app, found, &proof.password, visitor, correlation).await?;
    match attempt {
        PasswordAttempt::Limited => Err(MatrixError::LimitExceeded),
        PasswordAttempt::Wrong => Err(WRONG_CREDENTIALS),
        PasswordAttempt::Right { user, .. } => Ok(Known {
            user: *user,
            login: CompatLogin::Password,
            kind: CompatLoginKind::Password,
            browser_session: None,
        }),
    }
}

fn name(proof: &Proof) -> Result<String, MatrixError> {
    const WRONG: MatrixError = MatrixError::BadJson("identifier has to tell whose password it is");
    if let Some(user) = &proof.user {
        return Ok(user.clone());
    }
    let identifier = proof.identifier.clone().ok_or(WRONG)?;
    let identifier: Identifier = serde_json::from_value(identifier).map_err(|_| WRONG)?;
    if identifier.r#type != "m.id.user" {
        return Err(MatrixError::Unknown(
            "Identifiers of this type are not known here",
        ));
    }
    identifier.user.ok_or(WRONG)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(proof: Value) -> Result<String, String> {
        let proof = serde_json::from_value(proof).unwrap();
        name(&proof).map_err(|error| format!("{error:?}"))
    }

    #[test]
    fn the_deprecated_name_wins() {
        let identifier = json!({"type": "m.id.user", "user": "new"});
        let both = json!({"password": "", "user": "old", "identifier": identifier});
        assert_eq!(told(both), Ok("old".to_owned()));
        let one = json!({"password": "", "identifier": identifier});
        assert_eq!(told(one), Ok("new".to_owned()));
    }

    #[test]
    fn other_identifiers_are_not_known_and_none_is_a_mistake() {
        let phone = json!({"password": "", "identifier": {"type": "m.id.phone", "phone": "1"}});
        assert!(told(phone).unwrap_err().starts_with("Unknown"));
        for identifier in [
            json!(null),
            json!("x"),
            json!({}),
            json!({"type": "m.id.user"}),
        ] {
            let proof = json!({"password": "", "identifier": identifier});
            assert!(told(proof).unwrap_err().starts_with("BadJson"));
        }
    }
}
