//! All operations, as one API.

use std::collections::HashMap;

use poem::{endpoint::BoxEndpoint, http::Method};
use poem_openapi::{
    OpenApi, Tags,
    registry::{MetaApi, MetaOperation, MetaPath, Registry},
};

use super::{
    answer, audit, compat_sessions, events, oauth2_clients, oauth2_sessions, personal_sessions,
    policy_data, server, upstream_oauth_links, upstream_oauth_providers, user_emails,
    user_registration_tokens, user_sessions, users,
};

/// Where every operation lives; never with a listener's prefix.
pub const ROOT: &str = "/api/admin/v1";

/// How the document groups operations.
#[derive(Tags)]
pub enum Tag {
    /// Information about the server
    #[oai(rename = "server")]
    Server,
    /// See what has happened
    #[oai(rename = "event")]
    Event,
    /// Manage sessions of the legacy Matrix login
    #[oai(rename = "compat-session")]
    CompatSession,
    /// Manage the data that the policy goes by
    #[oai(rename = "policy-data")]
    PolicyData,
    /// See OAuth 2.0 clients
    #[oai(rename = "oauth2-client")]
    OAuth2Client,
    /// Manage sessions of OAuth 2.0 clients
    #[oai(rename = "oauth2-session")]
    OAuth2Session,
    /// Manage personal sessions, with which programs act as users
    #[oai(rename = "personal-session")]
    PersonalSession,
    /// Manage users
    #[oai(rename = "user")]
    User,
    /// Manage emails associated with users
    #[oai(rename = "user-email")]
    UserEmail,
    /// Manage browser sessions of users
    #[oai(rename = "user-session")]
    UserSession,
    /// Manage tokens that people may register with
    #[oai(rename = "user-registration-token")]
    UserRegistrationToken,
    /// Manage links between users and their identities at upstream providers
    #[oai(rename = "upstream-oauth-link")]
    UpstreamOAuthLink,
    /// See upstream providers
    #[oai(rename = "upstream-oauth-provider")]
    UpstreamOAuthProvider,
    /// See what the history was sealed as, and have things about it proven
    #[oai(rename = "audit")]
    Audit,
}

/// What every operation can answer, unless it says it better itself.
const COMMON: [(u16, &str); 5] = [
    (
        400,
        "The authorization header is missing or malformed, or a parameter cannot be read",
    ),
    (
        401,
        "The access token is not accepted, or lacks the scope `urn:mas:admin`",
    ),
    (
        403,
        "The scopes of the access token are for other operations of this API",
    ),
    (
        500,
        "Something failed; the title has an id to look up in the log",
    ),
    (503, "The database is not available; try again later"),
];

/// What every operation that takes a body can answer.
const WITH_BODY: [(u16, &str); 3] = [
    (413, "The body is larger than 2 MiB"),
    (415, "The content type is not JSON"),
    (422, "The body does not have the expected shape"),
];

/// Tuples of more than twelve have no default.
type All = (
    (server::Operations, events::Operations, audit::Operations),
    compat_sessions::Operations,
    oauth2_clients::Operations,
    oauth2_sessions::Operations,
    personal_sessions::Operations,
    policy_data::Operations,
    users::Operations,
    user_emails::Operations,
    user_sessions::Operations,
    user_registration_tokens::Operations,
    upstream_oauth_links::Operations,
    upstream_oauth_providers::Operations,
);

/// Every operation of the Admin API.
#[derive(Default)]
pub struct Operations(All);

impl OpenApi for Operations {
    /// One entry a path, though each operation is declared on its own.
    fn meta() -> Vec<MetaApi> {
        let mut paths: Vec<MetaPath> = Vec::new();
        for mut path in All::meta().into_iter().flat_map(|api| api.paths) {
            path.operations.iter_mut().for_each(document_common);
            match paths.iter_mut().find(|known| known.path == path.path) {
                Some(known) => known.operations.extend(path.operations),
                None => paths.push(path),
            }
        }
        vec![MetaApi { paths }]
    }

    fn register(registry: &mut Registry) {
        All::register(registry);
    }

    fn add_routes(self, table: &mut HashMap<String, HashMap<Method, BoxEndpoint<'static>>>) {
        self.0.add_routes(table);
    }
}

fn document_common(operation: &mut MetaOperation) {
    let with_body: &[_] = match &operation.request {
        Some(_) => &WITH_BODY,
        None => &[],
    };
    let responses = &mut operation.responses.responses;
    for (status, description) in COMMON.iter().chain(with_body) {
        if !responses.iter().any(|known| known.status == Some(*status)) {
            responses.push(answer::refusal(*status, description));
        }
    }
}
