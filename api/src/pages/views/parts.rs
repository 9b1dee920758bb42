//! What several pages show: people, applications, permissions, other sign-in services.

use std::fmt;

use muniment_domain::Scope;
use ulid::Ulid;
use url::Url;

use crate::pages::{Continuation, PageContext};

/// The account that a page speaks of.
#[derive(Clone)]
pub struct Person {
    pub username: String,
    /// `@alice:example.com`
    pub mxid: String,
    /// As the homeserver knows it; it may not have answered in time.
    pub display_name: Option<String>,
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person").finish_non_exhaustive()
    }
}

impl Person {
    pub fn name(&self) -> &str {
        let name = self.display_name.as_deref().map(str::trim);
        name.filter(|name| !name.is_empty())
            .unwrap_or(&self.username)
    }

    pub fn initial(&self) -> String {
        initial(self.name())
    }
}

/// An application that asks for something. Its logo is not loaded: that would tell its host who
/// reads the page.
#[derive(Debug, Clone)]
pub struct ClientCard {
    pub name: Option<String>,
    pub client_id: String,
    pub uri: Option<Url>,
    pub policy_uri: Option<Url>,
    pub tos_uri: Option<Url>,
}

impl ClientCard {
    /// Its name; else its host; else its id.
    pub fn name(&self) -> &str {
        let name = self.name.as_deref().map(str::trim);
        name.filter(|name| !name.is_empty())
            .or_else(|| self.host())
            .unwrap_or(&self.client_id)
    }

    pub fn host(&self) -> Option<&str> {
        self.uri.as_ref().and_then(Url::host_str)
    }

    pub fn initial(&self) -> String {
        initial(self.name())
    }

    /// Its own pages, where they are on the web: no other scheme becomes a link.
    pub fn links(&self, ctx: &PageContext) -> Vec<(String, &str)> {
        let links = [
            ("client-policy", &self.policy_uri),
            ("client-tos", &self.tos_uri),
        ];
        links
            .into_iter()
            .filter_map(|(key, uri)| Some((key, uri.as_ref()?)))
            .filter(|(_, uri)| matches!(uri.scheme(), "https" | "http"))
            .map(|(key, uri)| (ctx.t1(key, "client", self.name()), uri.as_str()))
            .collect()
    }
}

/// Where an answer goes, for people: a host, or the scheme of an application on this device.
pub fn destination(uri: &Url) -> String {
    match uri.scheme() {
        "http" | "https" => uri.host_str().unwrap_or_default().to_owned(),
        other => format!("{other}:"),
    }
}

/// Another service that people may sign in with.
#[derive(Debug, Clone)]
pub struct ProviderButton {
    pub id: Ulid,
    /// Its name for people.
    pub name: String,
}

impl ProviderButton {
    pub fn href(&self, ctx: &PageContext, continuation: Option<&Continuation>) -> String {
        let path = format!("/upstream/authorize/{}", self.id);
        ctx.href(Continuation::on(continuation, path))
    }
}

/// Something that an application would be able to do, in plain words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    pub text: String,
    /// Power over other people's accounts.
    pub is_grave: bool,
}

/// The scopes of a request, each meaning once.
pub fn permissions<'a>(
    ctx: &PageContext,
    scopes: impl IntoIterator<Item = &'a str>,
) -> Vec<Permission> {
    let mut found: Vec<Permission> = Vec::new();
    for scope in scopes {
        let permission = permission(ctx, scope);
        if !found.contains(&permission) {
            found.push(permission);
        }
    }
    // What weighs most is read first; the order among equals stays.
    found.sort_by_key(|permission| !permission.is_grave);
    found
}

fn permission(ctx: &PageContext, scope: &str) -> Permission {
    let device = Scope::DEVICE
        .iter()
        .find_map(|prefix| scope.strip_prefix(prefix));
    let (text, is_grave) = match scope {
        "openid" => (ctx.t("scope-openid"), false),
        "email" => (ctx.t("scope-email"), false),
        "urn:matrix:client:api:*" | "urn:matrix:org.matrix.msc2967.client:api:*" => {
            (ctx.t("scope-matrix"), false)
        }
        "urn:mas:graphql:*" => (ctx.t("scope-account"), false),
        "urn:synapse:admin:*" => (ctx.t("scope-homeserver-admin"), true),
        Scope::ADMIN => (ctx.t("scope-admin"), true),
        Scope::ADMIN_READ => (ctx.t("scope-admin-read"), true),
        Scope::ADMIN_USERS => (ctx.t("scope-admin-users"), true),
        Scope::ADMIN_SESSIONS => (ctx.t("scope-admin-sessions"), true),
        Scope::ADMIN_TOKENS => (ctx.t("scope-admin-tokens"), true),
        Scope::AUDIT => (ctx.t("scope-audit"), true),
        _ => match device {
            Some(id) => (ctx.t1("scope-device", "device", id), false),
            None => (ctx.t1("scope-other", "scope", scope), false),
        },
    };
    Permission { text, is_grave }
}

fn initial(name: &str) -> String {
    name.chars()
        .find(|c| c.is_alphanumeric())
        .map_or_else(|| "?".to_owned(), |c| c.to_uppercase().collect())
}
