//! Which operation takes which scope. What is not in the table takes [`Scope::ADMIN`] alone, and
//! that takes everything.
//!
//! No narrower scope leads to a wider one: what hands out rights (the admin flag, policy data,
//! personal tokens, which act as anybody with any scope) is for `urn:mas:admin`, and so is what signs
//! in as an administrator ([`super::known::may_take_over`]).

use muniment_domain::Scope;
use poem::http::Method;

const READ: &str = Scope::ADMIN_READ;
const USERS: &str = Scope::ADMIN_USERS;
const SESSIONS: &str = Scope::ADMIN_SESSIONS;
const TOKENS: &str = Scope::ADMIN_TOKENS;
const AUDIT: &str = Scope::AUDIT;

/// Method, path below the root, and the scopes besides [`Scope::ADMIN`] any of which will do.
const TABLE: &[(&str, &str, &[&str])] = &[
    ("GET", "/version", &[READ, USERS, SESSIONS, TOKENS, AUDIT]),
    (
        "GET",
        "/site-config",
        &[READ, USERS, SESSIONS, TOKENS, AUDIT],
    ),
    ("GET", "/events", &[AUDIT]),
    ("GET", "/events/:id", &[AUDIT]),
    ("GET", "/oauth2-clients", &[READ]),
    ("GET", "/oauth2-clients/:id", &[READ]),
    ("GET", "/policy-data/latest", &[READ]),
    ("GET", "/policy-data/:id", &[READ]),
    ("GET", "/upstream-oauth-providers", &[READ, USERS]),
    ("GET", "/upstream-oauth-providers/:id", &[READ, USERS]),
    ("GET", "/users", &[READ, USERS]),
    ("POST", "/users", &[USERS]),
    ("GET", "/users/:id", &[READ, USERS]),
    ("GET", "/users/by-username/:username", &[READ, USERS]),
    // What it does to them takes one or the other: `users::bulk`.
    ("POST", "/users/bulk", &[USERS, SESSIONS]),
    ("POST", "/users/:id/set-password", &[USERS]),
    ("POST", "/users/:id/send-password-link", &[USERS]),
    ("POST", "/users/:id/deactivate", &[USERS]),
    ("POST", "/users/:id/reactivate", &[USERS]),
    ("POST", "/users/:id/lock", &[USERS]),
    ("POST", "/users/:id/unlock", &[USERS]),
    ("POST", "/users/:id/kill-sessions", &[SESSIONS]),
    ("GET", "/user-emails", &[READ, USERS]),
    ("POST", "/user-emails", &[USERS]),
    ("GET", "/user-emails/:id", &[READ, USERS]),
    ("DELETE", "/user-emails/:id", &[USERS]),
    ("GET", "/upstream-oauth-links", &[READ, USERS]),
    ("POST", "/upstream-oauth-links", &[USERS]),
    ("GET", "/upstream-oauth-links/:id", &[READ, USERS]),
    ("DELETE", "/upstream-oauth-links/:id", &[USERS]),
    ("GET", "/compat-sessions", &[READ, SESSIONS]),
    ("GET", "/compat-sessions/:id", &[READ, SESSIONS]),
    ("POST", "/compat-sessions/:id/finish", &[SESSIONS]),
    ("GET", "/oauth2-sessions", &[READ, SESSIONS]),
    ("GET", "/oauth2-sessions/:id", &[READ, SESSIONS]),
    ("POST", "/oauth2-sessions/:id/finish", &[SESSIONS]),
    ("GET", "/user-sessions", &[READ, SESSIONS]),
    ("GET", "/user-sessions/:id", &[READ, SESSIONS]),
    ("POST", "/user-sessions/:id/finish", &[SESSIONS]),
    ("GET", "/personal-sessions", &[READ, SESSIONS, TOKENS]),
    ("GET", "/personal-sessions/:id", &[READ, SESSIONS, TOKENS]),
    ("POST", "/personal-sessions/:id/revoke", &[SESSIONS, TOKENS]),
    ("GET", "/user-registration-tokens", &[READ, TOKENS]),
    ("POST", "/user-registration-tokens", &[TOKENS]),
    ("GET", "/user-registration-tokens/:id", &[READ, TOKENS]),
    ("PUT", "/user-registration-tokens/:id", &[TOKENS]),
    ("POST", "/user-registration-tokens/:id/revoke", &[TOKENS]),
    ("POST", "/user-registration-tokens/:id/unrevoke", &[TOKENS]),
    ("GET", "/audit/checkpoint", &[READ, AUDIT]),
    ("GET", "/audit/checkpoints", &[READ, AUDIT]),
    ("GET", "/audit/checkpoints/:id", &[READ, AUDIT]),
    ("GET", "/audit/proofs/inclusion", &[READ, AUDIT]),
    ("GET", "/audit/proofs/consistency", &[READ, AUDIT]),
];

/// Any of these will do for an operation; the path is below the root, its parameters as `:id`, whatever
/// they are called.
pub fn narrower(method: &Method, path: &str) -> &'static [&'static str] {
    TABLE
        .iter()
        .find(|(known, place, _)| *known == method.as_str() && is_same(place, path))
        .map_or(&[], |(_, _, scopes)| scopes)
}

/// Whether two paths are one, whatever their parameters are called.
pub fn is_same(one: &str, other: &str) -> bool {
    let (mut one, mut other) = (one.split('/'), other.split('/'));
    loop {
        match (one.next(), other.next()) {
            (None, None) => return true,
            (Some(a), Some(b)) if a == b || (a.starts_with(':') && b.starts_with(':')) => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_takes_the_whole_scope() {
        assert_eq!(narrower(&Method::GET, "/users"), [READ, USERS]);
        for (method, path) in [
            (Method::DELETE, "/users"),
            (Method::POST, "/users/:id/set-admin"),
            (Method::POST, "/policy-data"),
            (Method::POST, "/personal-sessions"),
            (Method::POST, "/personal-sessions/:id/regenerate"),
        ] {
            assert!(narrower(&method, path).is_empty(), "{method} {path}");
        }
    }

    #[test]
    fn who_may_read_changes_nothing() {
        for (method, path, scopes) in TABLE {
            // What reads the history as well leaves a trace in it.
            let reads = *method == "GET" && **scopes != [AUDIT];
            assert_eq!(scopes.contains(&READ), reads, "{method} {path}");
            assert!(
                *method == "GET" || !scopes.contains(&AUDIT),
                "{method} {path}"
            );
        }
    }
}
