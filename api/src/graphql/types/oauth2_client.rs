use async_graphql::{Description, Enum, ID, Object};
use muniment_domain::ClientId;
use url::Url;

use crate::{
    auth::Client,
    graphql::{context::RequestContext, id::Kind},
};

/// An OAuth 2.0 client: an application that acts for users, or for itself. Everybody may see it.
#[derive(Debug, Clone, Description)]
pub struct Oauth2Client {
    id: ClientId,
    name: Option<String>,
    uri: Option<Url>,
    redirect_uris: Vec<Url>,
}

/// What an OAuth 2.0 client is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum Oauth2ApplicationType {
    /// Runs in a browser or on a server.
    Web,
    /// Is installed on a device.
    Native,
}

impl From<&Client> for Oauth2Client {
    fn from(client: &Client) -> Self {
        Self {
            id: client.id,
            name: client.name.clone(),
            uri: client.uri.clone(),
            redirect_uris: client.redirect_uris.clone(),
        }
    }
}

impl Oauth2Client {
    pub fn find(request: &RequestContext, id: ClientId) -> Option<Self> {
        request.app.clients.get(id).map(Self::from)
    }
}

#[Object(use_type_description)]
impl Oauth2Client {
    /// The global id.
    pub async fn id(&self) -> ID {
        Kind::Oauth2Client.id(self.id)
    }

    /// The `client_id` of OAuth 2.0.
    async fn client_id(&self) -> String {
        self.id.to_string()
    }

    /// What the client calls itself.
    async fn client_name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Its home page.
    async fn client_uri(&self) -> Option<&Url> {
        self.uri.as_ref()
    }

    /// Its logo.
    async fn logo_uri(&self) -> Option<Url> {
        None
    }

    /// Its terms of service.
    async fn tos_uri(&self) -> Option<Url> {
        None
    }

    /// Its privacy policy.
    async fn policy_uri(&self) -> Option<Url> {
        None
    }

    /// Where it may have users sent back to.
    async fn redirect_uris(&self) -> &[Url] {
        &self.redirect_uris
    }

    /// What it says it is.
    async fn application_type(&self) -> Option<Oauth2ApplicationType> {
        None
    }
}
