use std::sync::Arc;

use async_graphql::{Description, Enum, ID, Object, Result};
use muniment_domain::ClientId;
use url::Url;

use crate::{
    auth::Client,
    graphql::{context::RequestContext, id::Kind},
};

/// An OAuth 2.0 client: an application that acts for users, or for itself. Everybody may see it.
#[derive(Debug, Clone, Description)]
pub struct Oauth2Client(Arc<Client>);

/// What an OAuth 2.0 client is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum Oauth2ApplicationType {
    /// Runs in a browser or on a server.
    Web,
    /// Is installed on a device.
    Native,
}

impl From<Arc<Client>> for Oauth2Client {
    fn from(client: Arc<Client>) -> Self {
        Self(client)
    }
}

impl Oauth2Client {
    pub async fn find(request: &RequestContext, id: ClientId) -> Result<Option<Self>> {
        Ok(request.loaders.client(id).await?.map(Self))
    }
}

/// A text that was registered as a URL.
fn url(text: Option<&String>) -> Option<Url> {
    text?.parse().ok()
}

#[Object(use_type_description)]
impl Oauth2Client {
    /// The global id.
    pub async fn id(&self) -> ID {
        Kind::Oauth2Client.id(self.0.id)
    }

    /// The `client_id` of OAuth 2.0.
    async fn client_id(&self) -> String {
        self.0.id.to_string()
    }

    /// What the client calls itself.
    async fn client_name(&self) -> Option<&str> {
        self.0.metadata.client_name.as_deref()
    }

    /// Its home page.
    async fn client_uri(&self) -> Option<Url> {
        self.0.uri()
    }

    /// Its logo.
    async fn logo_uri(&self) -> Option<Url> {
        url(self.0.metadata.logo_uri.as_ref())
    }

    /// Its terms of service.
    async fn tos_uri(&self) -> Option<Url> {
        url(self.0.metadata.tos_uri.as_ref())
    }

    /// Its privacy policy.
    async fn policy_uri(&self) -> Option<Url> {
        url(self.0.metadata.policy_uri.as_ref())
    }

    /// Where it may have users sent back to.
    async fn redirect_uris(&self) -> Vec<Url> {
        self.0.redirect_uris()
    }

    /// What it says it is.
    async fn application_type(&self) -> Option<Oauth2ApplicationType> {
        match self.0.metadata.application_type.as_deref()? {
            "web" => Some(Oauth2ApplicationType::Web),
            "native" => Some(Oauth2ApplicationType::Native),
            _ => None,
        }
    }
}
