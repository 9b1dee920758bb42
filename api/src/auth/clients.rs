//! OAuth 2.0 clients: those of the configuration, and those that registered themselves.

mod list;

pub use list::{ClientKind, Wanted};

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use muniment_domain::{ClientId, ClientMetadata};
use muniment_projections::{Reads, queries};
use muniment_store::{grants, sql::DatabaseError};
use url::Url;
use zeroize::Zeroizing;

/// `grant_type`, as clients register it.
pub const AUTHORIZATION_CODE: &str = "authorization_code";
pub const REFRESH_TOKEN: &str = "refresh_token";
pub const CLIENT_CREDENTIALS: &str = "client_credentials";
pub const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// How a client proves who it is (RFC 7591 section 2, `token_endpoint_auth_method`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthMethod {
    None,
    /// In the Authorization header.
    SecretBasic,
    /// In the body.
    SecretPost,
    /// By an assertion signed with the secret.
    SecretJwt,
    /// By an assertion signed with a key of the client's.
    PrivateKeyJwt,
}

impl AuthMethod {
    pub const ALL: [Self; 5] = [
        Self::SecretBasic,
        Self::SecretPost,
        Self::SecretJwt,
        Self::PrivateKeyJwt,
        Self::None,
    ];

    /// On the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::SecretBasic => "client_secret_basic",
            Self::SecretPost => "client_secret_post",
            Self::SecretJwt => "client_secret_jwt",
            Self::PrivateKeyJwt => "private_key_jwt",
        }
    }

    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }

    #[must_use]
    pub const fn needs_secret(self) -> bool {
        matches!(self, Self::SecretBasic | Self::SecretPost | Self::SecretJwt)
    }
}

/// Where a client is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientOrigin {
    Configured,
    /// It registered itself, and somebody has consented to it.
    Registered,
    /// It registered itself, and nobody has consented to it yet.
    Pending,
}

/// A client.
#[derive(Clone)]
pub struct Client {
    pub id: ClientId,
    pub origin: ClientOrigin,
    /// Unset for a client that registered without one, which cannot authenticate.
    pub auth_method: Option<AuthMethod>,
    pub metadata: ClientMetadata,
    /// Of a client of the configuration; those of others are sealed in rows.
    secret: Option<Zeroizing<String>>,
}

impl Client {
    /// One of the configuration, which may use every grant.
    #[must_use]
    pub fn configured(
        id: ClientId,
        auth_method: AuthMethod,
        secret: Option<Zeroizing<String>>,
        metadata: ClientMetadata,
    ) -> Self {
        let grants = [
            AUTHORIZATION_CODE,
            REFRESH_TOKEN,
            CLIENT_CREDENTIALS,
            DEVICE_CODE,
        ];
        Self {
            id,
            origin: ClientOrigin::Configured,
            auth_method: Some(auth_method),
            metadata: ClientMetadata {
                grant_types: grants.map(str::to_owned).to_vec(),
                token_endpoint_auth_method: Some(auth_method.name().to_owned()),
                ..metadata
            },
            secret,
        }
    }

    fn of_metadata(id: ClientId, origin: ClientOrigin, metadata: ClientMetadata) -> Self {
        let method = metadata.token_endpoint_auth_method.as_deref();
        Self {
            id,
            origin,
            auth_method: method.and_then(AuthMethod::from_name),
            metadata,
            secret: None,
        }
    }

    #[must_use]
    pub fn may_use(&self, grant: &str) -> bool {
        self.metadata.grant_types.iter().any(|own| own == grant)
    }

    /// Whether it can prove who it is.
    #[must_use]
    pub fn is_confidential(&self) -> bool {
        !matches!(self.auth_method, None | Some(AuthMethod::None))
    }

    /// What people know it by: its name, else its host, else its id.
    #[must_use]
    pub fn display_name(&self) -> String {
        let name = self.metadata.client_name.as_deref().map(str::trim);
        name.filter(|name| !name.is_empty())
            .map(str::to_owned)
            .or_else(|| self.uri()?.host_str().map(str::to_owned))
            .unwrap_or_else(|| self.id.to_string())
    }

    #[must_use]
    pub fn uri(&self) -> Option<Url> {
        self.metadata.client_uri.as_deref()?.parse().ok()
    }

    /// Where users may be sent back to.
    #[must_use]
    pub fn redirect_uris(&self) -> Vec<Url> {
        let uris = self.metadata.redirect_uris.iter();
        uris.filter_map(|uri| uri.parse().ok()).collect()
    }

    pub(super) fn configured_secret(&self) -> Option<&Zeroizing<String>> {
        self.secret.as_ref()
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("id", &self.id)
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

/// The clients of the configuration, and which of them may administrate; the way to all others.
#[derive(Debug, Default)]
pub struct Clients {
    configured: HashMap<ClientId, Arc<Client>>,
    admins: HashSet<ClientId>,
}

impl Clients {
    #[must_use]
    pub fn new(clients: Vec<Client>, admins: HashSet<ClientId>) -> Self {
        Self {
            configured: clients
                .into_iter()
                .map(|client| (client.id, Arc::new(client)))
                .collect(),
            admins,
        }
    }

    /// The client with this id, wherever it is known from.
    pub async fn find(
        &self,
        reads: &Reads,
        id: ClientId,
    ) -> Result<Option<Arc<Client>>, DatabaseError> {
        if let Some(client) = self.configured.get(&id) {
            return Ok(Some(client.clone()));
        }
        let registered = queries::registered_client(reads, id).await?;
        if let Some(row) = registered {
            let client = Client::of_metadata(id, ClientOrigin::Registered, row.metadata);
            return Ok(Some(Arc::new(client)));
        }
        let pending = grants::pending_client(reads.database(), id).await?;
        Ok(pending.map(|row| {
            let client = Client::of_metadata(id, ClientOrigin::Pending, row.metadata);
            Arc::new(client)
        }))
    }

    /// Several of them at once; those that there are not are missing.
    pub async fn find_all(
        &self,
        reads: &Reads,
        ids: &[ClientId],
    ) -> Result<HashMap<ClientId, Arc<Client>>, DatabaseError> {
        let mut found: HashMap<ClientId, Arc<Client>> = ids
            .iter()
            .filter_map(|id| Some((*id, self.configured.get(id)?.clone())))
            .collect();
        let missing = |found: &HashMap<ClientId, Arc<Client>>| -> Vec<ClientId> {
            let ids = ids.iter().copied();
            ids.filter(|id| !found.contains_key(id)).collect()
        };
        let unknown = missing(&found);
        if !unknown.is_empty() {
            for (id, row) in queries::registered_clients(reads, &unknown).await? {
                let client = Client::of_metadata(id, ClientOrigin::Registered, row.metadata);
                found.insert(id, Arc::new(client));
            }
        }
        let unknown = missing(&found);
        if !unknown.is_empty() {
            for row in grants::pending_clients(reads.database(), &unknown).await? {
                let client = Client::of_metadata(row.id, ClientOrigin::Pending, row.metadata);
                found.insert(row.id, Arc::new(client));
            }
        }
        Ok(found)
    }

    /// Those of the configuration, in no particular order.
    pub fn configured(&self) -> impl Iterator<Item = &Arc<Client>> {
        self.configured.values()
    }

    /// The client that a local operator acts through: the first that may administrate.
    #[must_use]
    pub fn local_administration(&self) -> Option<&Client> {
        self.configured
            .values()
            .filter(|client| self.admins.contains(&client.id))
            .min_by_key(|client| client.id)
            .map(|client| &**client)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_of_the_configuration_may_use_every_grant() {
        let id = ClientId::default();
        let client = Client::configured(id, AuthMethod::None, None, ClientMetadata::default());
        for grant in [AUTHORIZATION_CODE, REFRESH_TOKEN, DEVICE_CODE] {
            assert!(client.may_use(grant));
        }
        assert!(!client.is_confidential());
        assert_eq!(client.display_name(), id.to_string());
    }

    #[test]
    fn a_client_that_registered_no_method_is_not_confidential() {
        let metadata = ClientMetadata {
            client_name: Some(" ".to_owned()),
            client_uri: Some("https://app.example.org/".to_owned()),
            ..ClientMetadata::default()
        };
        let client = Client::of_metadata(ClientId::default(), ClientOrigin::Pending, metadata);
        assert!(!client.is_confidential());
        assert!(!client.may_use(AUTHORIZATION_CODE));
        assert_eq!(client.display_name(), "app.example.org");
    }
}
