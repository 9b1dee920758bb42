use muniment_domain::{ClientId, Scope};

use super::{RequestedBy, Rules, SessionCounts, Violation, session_limit::Limit};

/// How a client comes to its grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantKind {
    AuthorizationCode,
    DeviceCode,
    ClientCredentials,
}

impl GrantKind {
    /// A user takes part.
    const fn is_interactive(self) -> bool {
        matches!(self, Self::AuthorizationCode | Self::DeviceCode)
    }
}

/// The user who is to grant access.
#[derive(Debug, Clone, Copy)]
pub struct ResourceOwner<'a> {
    pub username: &'a str,
    pub can_request_admin: bool,
    /// The sessions there are, where they may be limited.
    pub session_counts: Option<SessionCounts>,
}

/// A client that wants access, for a user or for itself.
#[derive(Debug, Clone, Copy)]
pub struct AuthorizationGrant<'a> {
    pub user: Option<ResourceOwner<'a>>,
    pub client: ClientId,
    pub scope: &'a Scope,
    pub kind: GrantKind,
    pub requester: RequestedBy<'a>,
}

/// The two names that the same Matrix scopes go by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Stable,
    Unstable,
}

/// What a scope token stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    ForAnyone,
    ClientApi(Family),
    Device(Family, &'a str),
    SynapseAdmin,
    /// The Admin API, or a part of it.
    MasAdmin,
    Unknown,
}

impl<'a> Token<'a> {
    fn of(token: &'a str) -> Self {
        match token {
            "openid" | "email" | Scope::GRAPHQL => return Self::ForAnyone,
            "urn:synapse:admin:*" => return Self::SynapseAdmin,
            Scope::ADMIN => return Self::MasAdmin,
            part if Scope::PARTS_OF_ADMIN.contains(&part) => return Self::MasAdmin,
            _ => {}
        }
        for (prefix, family) in [
            ("urn:matrix:client:", Family::Stable),
            ("urn:matrix:org.matrix.msc2967.client:", Family::Unstable),
        ] {
            match token.strip_prefix(prefix) {
                Some("api:*") => return Self::ClientApi(family),
                Some(rest) => {
                    if let Some(device) = rest.strip_prefix("device:") {
                        return Self::Device(family, device);
                    }
                }
                None => {}
            }
        }
        Self::Unknown
    }
}

fn is_device_id(id: &str) -> bool {
    id.len() >= 10
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._~!$&'()*+,;=:@/-".contains(&b))
}

impl Rules {
    /// Whether a client may have what it asks for (contract oauth2.md 13.2 to 13.5).
    #[must_use]
    pub fn authorization_grant(&self, input: &AuthorizationGrant<'_>) -> Vec<Violation> {
        let mut violations: Vec<Violation> = input
            .scope
            .iter()
            .filter(|token| !self.is_grantable(token, input))
            .map(|token| Violation::new(format!("scope '{token}' not allowed")))
            .collect();
        // Without a user each of them is refused already.
        if input.kind.is_interactive() {
            violations.extend(combinations(input.scope));
        }
        violations.extend(self.requester(input.requester));
        if let Some(counts) = input.user.and_then(|user| user.session_counts) {
            violations.extend(self.session_limit(counts, Limit::Soft));
        }
        violations
    }

    /// Whether a user may make a personal token of this scope: whatever they could allow a client as
    /// well, and no more.
    #[must_use]
    pub fn personal_token(
        &self,
        user: ResourceOwner<'_>,
        scope: &Scope,
        requester: RequestedBy<'_>,
    ) -> Vec<Violation> {
        self.authorization_grant(&AuthorizationGrant {
            user: Some(user),
            // None: only one that acts for itself is looked at.
            client: ClientId::default(),
            scope,
            kind: GrantKind::AuthorizationCode,
            requester,
        })
    }

    fn is_grantable(&self, token: &str, input: &AuthorizationGrant<'_>) -> bool {
        let interactive = input.kind.is_interactive();
        let by_admin =
            || interactive && input.user.is_some_and(|user| self.may_request_admin(&user));
        match Token::of(token) {
            Token::ForAnyone => true,
            Token::ClientApi(_) => interactive,
            Token::Device(_, id) => interactive && is_device_id(id),
            Token::SynapseAdmin => by_admin(),
            Token::MasAdmin => {
                let for_itself = input.kind == GrantKind::ClientCredentials
                    && self.data.admin_clients.contains(&input.client);
                for_itself || by_admin()
            }
            Token::Unknown => false,
        }
    }

    /// Whether administrators' scopes may be granted by this user.
    #[must_use]
    pub fn may_request_admin(&self, user: &ResourceOwner<'_>) -> bool {
        user.can_request_admin || self.data.admin_users.contains(user.username)
    }
}

/// Contract oauth2.md 13.3.
fn combinations(scope: &Scope) -> Vec<Violation> {
    let tokens: Vec<Token<'_>> = scope.iter().map(Token::of).collect();
    let apis = |family| {
        tokens
            .iter()
            .filter(|t| **t == Token::ClientApi(family))
            .count()
    };
    let devices = |family| {
        let of_family = |token: &&Token<'_>| matches!(token, Token::Device(f, _) if *f == family);
        tokens.iter().filter(of_family).count()
    };
    let (stable, unstable) = (Family::Stable, Family::Unstable);
    let mut violations = Vec::new();
    if devices(stable) > 1 || devices(unstable) > 1 {
        violations.push(Violation::new("only one device scope is allowed at a time"));
    }
    if devices(stable) + devices(unstable) > 0 && apis(stable) + apis(unstable) == 0 {
        violations.push(Violation::new(
            "a device scope is only allowed together with the client-server API scope",
        ));
    }
    if apis(stable) + devices(stable) > 0 && apis(unstable) + devices(unstable) > 0 {
        violations.push(Violation::new(
            "stable and unstable Matrix scopes cannot be requested together",
        ));
    }
    violations
}

#[cfg(test)]
mod tests {
    use GrantKind::{AuthorizationCode, ClientCredentials, DeviceCode};
    use serde_json::{Value, json};

    use super::*;
    use crate::policy::{messages, tests::rules};

    const API: &str = "urn:matrix:client:api:*";
    const DEVICE: &str = "urn:matrix:client:device:ABCDEFGHIJ";
    const UNSTABLE_API: &str = "urn:matrix:org.matrix.msc2967.client:api:*";
    const UNSTABLE_DEVICE: &str = "urn:matrix:org.matrix.msc2967.client:device:ABCDEFGHIJ";

    fn alice(can_request_admin: bool) -> ResourceOwner<'static> {
        ResourceOwner {
            username: "alice",
            can_request_admin,
            session_counts: None,
        }
    }

    fn ask(data: &Value, user: Option<ResourceOwner<'_>>, kind: GrantKind, scope: &str) -> String {
        let scope = Scope::try_from(scope.to_owned()).unwrap();
        let input = AuthorizationGrant {
            user,
            client: ClientId::default(),
            scope: &scope,
            kind,
            requester: RequestedBy::default(),
        };
        messages(&rules(data).authorization_grant(&input), ", ")
    }

    fn allowed(kind: GrantKind, scope: &str) -> bool {
        ask(&json!({}), Some(alice(false)), kind, scope).is_empty()
    }

    #[test]
    fn some_scopes_are_for_anyone_and_by_every_grant() {
        for kind in [AuthorizationCode, DeviceCode, ClientCredentials] {
            assert!(allowed(kind, ""));
            assert!(allowed(kind, "openid email urn:mas:graphql:*"));
        }
    }

    #[test]
    fn an_unknown_scope_is_refused_and_named() {
        assert_eq!(
            ask(&json!({}), None, ClientCredentials, "phone profile openid"),
            "scope 'phone' not allowed, scope 'profile' not allowed"
        );
        for scope in [
            "offline_access",
            "urn:matrix:client:api",
            "urn:matrix:client:",
            "urn:mas:*",
        ] {
            assert!(!allowed(AuthorizationCode, scope), "{scope}");
        }
    }

    #[test]
    fn matrix_scopes_need_a_user_who_takes_part() {
        for scope in [
            format!("{API} {DEVICE}"),
            format!("{UNSTABLE_API} {UNSTABLE_DEVICE}"),
        ] {
            assert!(allowed(AuthorizationCode, &scope));
            assert!(allowed(DeviceCode, &scope));
            assert!(!allowed(ClientCredentials, &scope));
        }
        assert!(allowed(AuthorizationCode, API));
        assert!(!allowed(ClientCredentials, API));
    }

    #[test]
    fn device_scopes_come_alone_neither_nor_in_pairs_nor_in_two_families() {
        let other = format!("{DEVICE}K");
        assert!(!allowed(AuthorizationCode, DEVICE));
        assert!(!allowed(
            AuthorizationCode,
            &format!("{API} {DEVICE} {other}")
        ));
        assert!(!allowed(
            AuthorizationCode,
            &format!("{API} {UNSTABLE_API}")
        ));
        assert!(!allowed(
            AuthorizationCode,
            &format!("{API} {UNSTABLE_DEVICE}")
        ));
        assert_eq!(
            ask(
                &json!({}),
                None,
                AuthorizationCode,
                &format!("{UNSTABLE_API} {DEVICE}")
            ),
            "stable and unstable Matrix scopes cannot be requested together"
        );
    }

    #[test]
    fn a_device_id_has_ten_plain_characters_or_more() {
        let with = |id: &str| {
            allowed(
                AuthorizationCode,
                &format!("{API} urn:matrix:client:device:{id}"),
            )
        };
        assert!(with("AAAAAAAAAA"));
        assert!(with("a.~!$&'()*+,;=:@/-_"));
        assert!(!with("AAAAAAAAA"));
        assert!(!with("AAAAAAAAA#"));
        assert!(!with(""));
    }

    #[test]
    fn administrators_scopes_are_for_users_who_may_ask() {
        let named = json!({"admin_users": ["alice"]});
        for scope in [Scope::ADMIN, "urn:synapse:admin:*"] {
            assert!(!allowed(AuthorizationCode, scope));
            for kind in [AuthorizationCode, DeviceCode] {
                assert_eq!(ask(&json!({}), Some(alice(true)), kind, scope), "");
                assert_eq!(ask(&named, Some(alice(false)), kind, scope), "");
            }
            assert_ne!(ask(&named, Some(alice(true)), ClientCredentials, scope), "");
            assert_ne!(ask(&named, None, AuthorizationCode, scope), "");
        }
        let other_case = json!({"admin_users": ["Alice"]});
        assert_ne!(
            ask(
                &other_case,
                Some(alice(false)),
                AuthorizationCode,
                Scope::ADMIN
            ),
            ""
        );
    }

    #[test]
    fn a_personal_token_may_no_more_than_its_owner_could_allow() {
        let ask = |can_request_admin, scope: &str| {
            let scope = Scope::try_from(scope.to_owned()).unwrap();
            let user = alice(can_request_admin);
            let violations = rules(&json!({})).personal_token(user, &scope, RequestedBy::default());
            messages(&violations, ", ")
        };
        assert_eq!(ask(false, &format!("{API} {DEVICE} urn:mas:graphql:*")), "");
        assert_eq!(ask(false, "phone"), "scope 'phone' not allowed");
        for scope in [Scope::ADMIN, "urn:synapse:admin:*"] {
            assert_eq!(ask(false, scope), format!("scope '{scope}' not allowed"));
            assert_eq!(ask(true, scope), "");
        }
    }

    #[test]
    fn a_listed_client_may_administrate_by_itself_alone() {
        let listed = json!({"admin_clients": [ClientId::default().to_string()]});
        assert_eq!(ask(&listed, None, ClientCredentials, Scope::ADMIN), "");
        assert_ne!(
            ask(&listed, None, ClientCredentials, "urn:synapse:admin:*"),
            ""
        );
        assert_ne!(
            ask(&listed, Some(alice(false)), AuthorizationCode, Scope::ADMIN),
            ""
        );
    }

    #[test]
    fn parts_of_the_admin_scope_are_granted_by_whom_the_whole_is() {
        let listed = json!({"admin_clients": [ClientId::default().to_string()]});
        for scope in Scope::PARTS_OF_ADMIN {
            for kind in [AuthorizationCode, DeviceCode] {
                assert_eq!(ask(&json!({}), Some(alice(true)), kind, scope), "");
                assert_ne!(ask(&listed, Some(alice(false)), kind, scope), "");
            }
            assert_eq!(ask(&listed, None, ClientCredentials, scope), "");
            assert_ne!(ask(&json!({}), None, ClientCredentials, scope), "");
        }
        let other = "urn:muniment:admin:everything";
        assert_ne!(
            ask(&listed, Some(alice(true)), AuthorizationCode, other),
            ""
        );
    }

    #[test]
    fn a_user_with_too_many_sessions_has_to_end_some() {
        let data = json!({"session_limit": {"soft_limit": 32, "hard_limit": 64}});
        let with = |oauth2| {
            let session_counts = Some(SessionCounts {
                oauth2,
                ..SessionCounts::default()
            });
            let user = ResourceOwner {
                session_counts,
                ..alice(false)
            };
            ask(&data, Some(user), AuthorizationCode, "openid")
        };
        assert_eq!(with(31), "");
        assert_ne!(with(32), "");
        assert_eq!(ask(&data, None, ClientCredentials, "openid"), "");
    }
}
