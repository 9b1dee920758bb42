//! Where a person was going when they were asked to sign in (contract oauth2.md 14.6).

use std::fmt::{self, Display};

use ulid::Ulid;
use url::form_urlencoded::Serializer;

/// Goes along as the query of links and form actions, or as hidden fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Continuation {
    AuthorizationGrant(Ulid),
    DeviceCodeGrant(Ulid),
    CompatSsoLogin(Ulid),
    ChangePassword,
    LinkUpstream(Ulid),
    ManageAccount {
        action: Option<String>,
        device_id: Option<String>,
    },
}

impl Continuation {
    /// From a query or a form. What is not understood is as if it were not there.
    pub fn from_pairs<K: AsRef<str>, V: AsRef<str>>(pairs: &[(K, V)]) -> Option<Self> {
        let get = |name: &str| {
            pairs
                .iter()
                .find(|(key, _)| key.as_ref() == name)
                .map(|(_, value)| value.as_ref())
        };
        let id = || get("id").and_then(|id| id.parse().ok());
        Some(match get("kind")? {
            "continue_authorization_grant" => Self::AuthorizationGrant(id()?),
            "continue_device_code_grant" => Self::DeviceCodeGrant(id()?),
            "continue_compat_sso_login" => Self::CompatSsoLogin(id()?),
            "change_password" => Self::ChangePassword,
            "link_upstream" => Self::LinkUpstream(id()?),
            "manage_account" => Self::ManageAccount {
                action: get("action").map(str::to_owned),
                device_id: get("device_id").map(str::to_owned),
            },
            _ => return None,
        })
    }

    /// Names and values, as a query or hidden fields carry them.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let (kind, id) = match self {
            Self::AuthorizationGrant(id) => ("continue_authorization_grant", Some(id)),
            Self::DeviceCodeGrant(id) => ("continue_device_code_grant", Some(id)),
            Self::CompatSsoLogin(id) => ("continue_compat_sso_login", Some(id)),
            Self::ChangePassword => ("change_password", None),
            Self::LinkUpstream(id) => ("link_upstream", Some(id)),
            Self::ManageAccount { .. } => ("manage_account", None),
        };
        let mut pairs = vec![("kind", kind.to_owned())];
        pairs.extend(id.map(|id| ("id", id.to_string())));
        if let Self::ManageAccount { action, device_id } = self {
            pairs.extend(action.clone().map(|action| ("action", action)));
            pairs.extend(device_id.clone().map(|id| ("device_id", id)));
        }
        pairs
    }

    /// As a cookie carries it.
    pub fn to_json(&self) -> serde_json::Value {
        let pairs = self.pairs().into_iter();
        pairs
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect::<serde_json::Map<_, _>>()
            .into()
    }

    pub fn from_json(value: &serde_json::Value) -> Option<Self> {
        let fields = value.as_object()?.iter();
        let pairs: Vec<_> = fields
            .filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
            .collect();
        Self::from_pairs(&pairs)
    }

    /// Where it goes on, as a path of this server.
    pub fn target(&self) -> String {
        match self {
            Self::AuthorizationGrant(id) => format!("/consent/{id}"),
            Self::DeviceCodeGrant(id) => format!("/device/{id}"),
            Self::CompatSsoLogin(id) => format!("/complete-compat-sso/{id}"),
            Self::ChangePassword => "/account/password/change".to_owned(),
            Self::LinkUpstream(id) => format!("/upstream/link/{id}"),
            Self::ManageAccount { .. } => {
                let pairs = self.pairs();
                with_query("/account/", pairs.into_iter().skip(1))
            }
        }
    }

    /// `path` with this as its query; just `path` when there is none.
    pub fn on(continuation: Option<&Self>, path: impl Display) -> String {
        with_query(path, continuation.map(Self::pairs).unwrap_or_default())
    }
}

/// `path?name=value&…`, or just `path`.
pub fn with_query<'a>(
    path: impl Display,
    pairs: impl IntoIterator<Item = (&'a str, String)>,
) -> String {
    let query = Serializer::new(String::new()).extend_pairs(pairs).finish();
    let separator = if query.is_empty() { "" } else { "?" };
    format!("{path}{separator}{query}")
}

/// As a query.
impl Display for Continuation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&with_query("", self.pairs())[1..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_read_back_from_what_it_writes() {
        let id = Ulid::from(7);
        for continuation in [
            Continuation::AuthorizationGrant(id),
            Continuation::DeviceCodeGrant(id),
            Continuation::CompatSsoLogin(id),
            Continuation::ChangePassword,
            Continuation::LinkUpstream(id),
            Continuation::ManageAccount {
                action: Some("org.matrix.session_end".to_owned()),
                device_id: Some("A&B".to_owned()),
            },
        ] {
            let query = continuation.to_string();
            let pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
            assert_eq!(Continuation::from_pairs(&pairs), Some(continuation.clone()));
            let json = continuation.to_json();
            assert_eq!(Continuation::from_json(&json), Some(continuation));
        }
    }

    #[test]
    fn what_is_not_understood_is_ignored() {
        for pairs in [
            vec![],
            vec![("kind", "continue_authorization_grant")],
            vec![("kind", "continue_authorization_grant"), ("id", "x")],
            vec![("kind", "https://evil.example"), ("id", "x")],
        ] {
            assert_eq!(Continuation::from_pairs(&pairs), None);
        }
    }

    #[test]
    fn the_account_keeps_its_action() {
        let manage = Continuation::ManageAccount {
            action: Some("a b".to_owned()),
            device_id: None,
        };
        assert_eq!(manage.target(), "/account/?action=a+b");
        let plain = Continuation::ManageAccount {
            action: None,
            device_id: None,
        };
        assert_eq!(plain.target(), "/account/");
    }
}
