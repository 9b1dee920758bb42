//! All operations, as one API.

use std::collections::HashMap;

use poem::{endpoint::BoxEndpoint, http::Method};
use poem_openapi::{
    OpenApi, Tags,
    registry::{MetaApi, MetaOperation, MetaPath, Registry},
};

use super::{answer, server, user_emails, user_sessions, users};

/// Where every operation lives; never with a listener's prefix.
pub const ROOT: &str = "/api/admin/v1";

/// How the document groups operations.
#[derive(Tags)]
pub enum Tag {
    /// Information about the server
    #[oai(rename = "server")]
    Server,
    /// Manage users
    #[oai(rename = "user")]
    User,
    /// Manage emails associated with users
    #[oai(rename = "user-email")]
    UserEmail,
    /// Manage browser sessions of users
    #[oai(rename = "user-session")]
    UserSession,
}

/// What every operation can answer, unless it says it better itself.
const COMMON: [(u16, &str); 4] = [
    (
        400,
        "The authorization header is missing or malformed, or a parameter cannot be read",
    ),
    (
        401,
        "The access token is not accepted, or lacks the scope `urn:mas:admin`",
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

type All = (
    server::Operations,
    users::Operations,
    user_emails::Operations,
    user_sessions::Operations,
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
