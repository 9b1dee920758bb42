//! Global ids, `<prefix>:<ULID>`, and the kinds of things that have one (contract graphql.md 4).

use std::fmt::Display;

use async_graphql::ID;
use muniment_domain::parse_ulid;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What an id or a cursor points at. Serialised it is the tag of a cursor, which differs from the
/// prefix of an id and from the name of the GraphQL type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Ours alone.
    AuditEvent,
    Authentication,
    BrowserSession,
    CompatSession,
    CompatSsoLogin,
    /// Ours alone.
    HistoryEvent,
    #[serde(rename = "OAuth2Client")]
    Oauth2Client,
    #[serde(rename = "OAuth2Session")]
    Oauth2Session,
    /// Ours alone.
    PersonalSession,
    #[serde(rename = "UpstreamOAuth2Provider")]
    UpstreamOauth2Provider,
    #[serde(rename = "UpstreamOAuth2Link")]
    UpstreamOauth2Link,
    User,
    UserEmail,
    UserEmailAuthentication,
    UserRecoveryTicket,
}

/// Whatever is wrong with an id, or that it names another kind of thing than asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("invalid id")]
pub struct InvalidId;

impl Kind {
    const ALL: [Self; 15] = [
        Self::AuditEvent,
        Self::Authentication,
        Self::BrowserSession,
        Self::CompatSession,
        Self::CompatSsoLogin,
        Self::HistoryEvent,
        Self::Oauth2Client,
        Self::Oauth2Session,
        Self::PersonalSession,
        Self::UpstreamOauth2Provider,
        Self::UpstreamOauth2Link,
        Self::User,
        Self::UserEmail,
        Self::UserEmailAuthentication,
        Self::UserRecoveryTicket,
    ];

    const fn prefix(self) -> &'static str {
        match self {
            Self::AuditEvent => "audit_event",
            Self::Authentication => "authentication",
            Self::BrowserSession => "browser_session",
            Self::CompatSession => "compat_session",
            Self::CompatSsoLogin => "compat_sso_login",
            Self::HistoryEvent => "history_event",
            Self::Oauth2Client => "oauth2_client",
            Self::Oauth2Session => "oauth2_session",
            Self::PersonalSession => "personal_session",
            Self::UpstreamOauth2Provider => "upstream_oauth2_provider",
            Self::UpstreamOauth2Link => "upstream_oauth2_link",
            Self::User => "user",
            Self::UserEmail => "user_email",
            Self::UserEmailAuthentication => "user_email_authentication",
            Self::UserRecoveryTicket => "user_recovery_ticket",
        }
    }

    /// The global id of the thing of this kind with this ULID.
    pub fn id(self, ulid: impl Display) -> ID {
        ID(format!("{}:{ulid}", self.prefix()))
    }
}

/// Reads an id of any kind.
pub fn parse(id: &str) -> Result<(Kind, Uuid), InvalidId> {
    let (prefix, ulid) = id.split_once(':').ok_or(InvalidId)?;
    let kind = Kind::ALL
        .into_iter()
        .find(|kind| kind.prefix() == prefix)
        .ok_or(InvalidId)?;
    Ok((kind, parse_ulid(ulid).map_err(|_| InvalidId)?))
}

/// Reads an id that must be of one kind.
pub fn parse_as<T: From<Uuid>>(kind: Kind, id: &ID) -> Result<T, InvalidId> {
    match parse(id)? {
        (found, uuid) if found == kind => Ok(uuid.into()),
        _ => Err(InvalidId),
    }
}

#[cfg(test)]
mod tests {
    use muniment_domain::{EmailId, UserId};

    use super::*;

    const ULID: &str = "01040G2081040G2081040G2081";

    #[test]
    fn every_kind_reads_back_what_it_writes() {
        for kind in Kind::ALL {
            let id = kind.id(ULID);
            let (read, uuid) = parse(&id).unwrap();
            assert_eq!(read, kind);
            assert_eq!(kind.id(UserId::from_uuid(uuid)), id);
        }
    }

    #[test]
    fn the_ulid_is_read_in_any_case() {
        assert_eq!(
            parse(&format!("user:{}", ULID.to_lowercase())),
            parse(&format!("user:{ULID}"))
        );
    }

    #[test]
    fn whatever_is_wrong_the_answer_is_the_same() {
        for id in [
            "",
            "junk",
            "captcha_config",
            ULID,
            "user",
            "user:",
            "user:zzz",
            "user:01040G2081040G2081040G208",
            "user:01040G2081040G2081040G208U",
            &format!("cat:{ULID}"),
            &format!("User:{ULID}"),
            &format!("user:{ULID}:{ULID}"),
            &format!("user: {ULID}"),
        ] {
            assert_eq!(parse(id), Err(InvalidId), "{id}");
        }
        assert_eq!(InvalidId.to_string(), "invalid id");
    }

    #[test]
    fn an_id_of_another_kind_is_refused() {
        let id = Kind::UserEmail.id(ULID);
        assert!(parse_as::<EmailId>(Kind::UserEmail, &id).is_ok());
        assert_eq!(parse_as::<UserId>(Kind::User, &id), Err(InvalidId));
    }
}
