//! Old events in today's form.
//!
//! What was stored stays as it is. On reading, before anything is decoded, the JSON of an old version
//! is brought to the next one, step by step, until it is the one that the code knows. A step is pure,
//! looks at nothing but the payload, and never changes once its target version was released.

use serde_json::{Value, json};

use crate::event_kinds;

/// One step: from this type and version to the next version, and how.
type Step = (&'static str, u32, fn(&mut Value));

const STEPS: &[Step] = &[
    ("user.deactivated", 1, user_deactivated_from_1),
    ("oauth2_session.started", 1, oauth2_session_started_from_1),
    (
        "registration_token.created",
        1,
        registration_token_created_from_1,
    ),
];

/// Why an event cannot be brought to today's form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UpcastError {
    #[error("this program does not know the type: the log was written by a newer version")]
    UnknownType,
    #[error("this program does not know the version: the log was written by a newer one")]
    UnknownVersion,
}

/// Brings a payload (opened or sealed) of a stored type and version to the version written now.
pub fn upcast(event_type: &str, version: &str, payload: &mut Value) -> Result<(), UpcastError> {
    let kind = event_kinds()
        .find(|kind| kind.event_type == event_type)
        .ok_or(UpcastError::UnknownType)?;
    // The usual case needs no number.
    if kind.version == version {
        return Ok(());
    }
    let number = |text: &str| text.parse::<u32>().map_err(|_| UpcastError::UnknownVersion);
    let (mut at, current) = (number(version)?, number(kind.version)?);
    while at < current {
        let (_, _, step) = STEPS
            .iter()
            .find(|(of, from, _)| *of == event_type && *from == at)
            .ok_or(UpcastError::UnknownVersion)?;
        step(payload);
        at += 1;
    }
    if at == current {
        Ok(())
    } else {
        Err(UpcastError::UnknownVersion)
    }
}

/// `erase` said only what to ask the homeserver for, although its name promised more; our own data
/// was not erased then.
fn user_deactivated_from_1(payload: &mut Value) {
    if let Some(body) = payload
        .get_mut("UserDeactivated")
        .and_then(Value::as_object_mut)
    {
        let erase = body.remove("erase").unwrap_or_default();
        body.insert("erase_on_homeserver".to_owned(), erase);
        body.insert("shredded_emails".to_owned(), json!([]));
    }
}

/// Only client credentials and issued tokens started sessions then, outside any browser.
fn oauth2_session_started_from_1(payload: &mut Value) {
    if let Some(body) = payload
        .get_mut("Oauth2SessionStarted")
        .and_then(Value::as_object_mut)
    {
        for field in ["browser_session_id", "user_agent", "ip"] {
            body.insert(field.to_owned(), Value::Null);
        }
    }
}

/// Every invitation was for anybody then.
fn registration_token_created_from_1(payload: &mut Value) {
    if let Some(body) = payload
        .get_mut("RegistrationTokenCreated")
        .and_then(Value::as_object_mut)
    {
        for field in ["username", "email"] {
            body.insert(field.to_owned(), Value::Null);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deactivation_of_version_1_shredded_nothing_here() {
        let id = "00000000-0000-0000-0000-000000000001";
        let mut payload = json!({"UserDeactivated": {"user_id": id, "erase": true}});
        upcast("user.deactivated", "1", &mut payload).unwrap();
        assert_eq!(
            payload,
            json!({"UserDeactivated": {
                "user_id": id,
                "erase_on_homeserver": true,
                "shredded_emails": [],
            }})
        );
    }

    #[test]
    fn todays_form_is_left_as_it_is() {
        let mut payload = json!({"UserLocked": {"user_id": "x"}});
        let before = payload.clone();
        upcast("user.locked", "1", &mut payload).unwrap();
        assert_eq!(payload, before);
    }

    #[test]
    fn what_a_newer_program_wrote_is_refused_rather_than_misread() {
        let mut payload = json!({});
        assert_eq!(
            upcast("user.locked", "2", &mut payload),
            Err(UpcastError::UnknownVersion)
        );
        assert_eq!(
            upcast("user.teleported", "1", &mut payload),
            Err(UpcastError::UnknownType)
        );
        assert_eq!(
            upcast("user.locked", "one", &mut payload),
            Err(UpcastError::UnknownVersion)
        );
    }

    #[test]
    fn every_older_version_has_its_step() {
        for kind in event_kinds() {
            let current: u32 = kind.version.parse().unwrap();
            for from in 1..current {
                assert!(
                    STEPS
                        .iter()
                        .any(|(of, at, _)| *of == kind.event_type && *at == from),
                    "{} has no step from version {from}",
                    kind.event_type
                );
            }
        }
    }
}
