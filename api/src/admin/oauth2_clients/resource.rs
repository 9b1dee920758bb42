use poem_openapi::Object;
use serde::Serialize;

use crate::{
    admin::{
        envelope::Resource,
        schema::{Id, Uri},
    },
    auth::{
        Client,
        clients::{
            AUTHORIZATION_CODE, CLIENT_CREDENTIALS, ClientOrigin, DEVICE_CODE, REFRESH_TOKEN,
        },
    },
};

/// The grants that are told of, in this order.
const GRANTS: [&str; 4] = [
    AUTHORIZATION_CODE,
    REFRESH_TOKEN,
    CLIENT_CREDENTIALS,
    DEVICE_CODE,
];

/// An OAuth 2.0 client
#[derive(Serialize, Object)]
pub struct OAuth2Client {
    #[serde(skip)]
    #[oai(skip)]
    id: Id,
    /// The client ID
    client_id: String,
    /// The human-readable name of the client
    #[oai(nullable)]
    client_name: Option<String>,
    /// The address of the client's page
    #[oai(nullable)]
    client_uri: Option<Uri>,
    /// The address of the client's logo
    #[oai(nullable)]
    logo_uri: Option<Uri>,
    /// Where the client may have users sent back to
    redirect_uris: Vec<Uri>,
    /// The grant types that the client may use
    grant_types: Vec<String>,
    /// Whether the client is one of the configuration
    is_static: bool,
}

impl From<&Client> for OAuth2Client {
    fn from(client: &Client) -> Self {
        let metadata = &client.metadata;
        let granted = GRANTS.iter().filter(|grant| client.may_use(grant));
        Self {
            id: Id(client.id.as_uuid()),
            client_id: client.id.to_string(),
            client_name: metadata.client_name.clone(),
            client_uri: metadata.client_uri.as_deref().map(Uri::of),
            logo_uri: metadata.logo_uri.as_deref().map(Uri::of),
            redirect_uris: metadata
                .redirect_uris
                .iter()
                .map(|uri| Uri::of(uri))
                .collect(),
            grant_types: granted.map(|grant| (*grant).to_owned()).collect(),
            is_static: client.origin == ClientOrigin::Configured,
        }
    }
}

impl Resource for OAuth2Client {
    const TYPE: &'static str = "oauth2-client";
    const PATH: &'static str = "/api/admin/v1/oauth2-clients";

    fn id(&self) -> Id {
        self.id
    }
}
