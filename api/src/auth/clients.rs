//! OAuth 2.0 clients of the configuration, and how they prove who they are.

use std::collections::{HashMap, HashSet};

use muniment_domain::ClientId;
use subtle::ConstantTimeEq;
use url::Url;
use zeroize::Zeroizing;

/// How a client authenticates (RFC 7591 section 2, `token_endpoint_auth_method`).
#[derive(Clone)]
pub enum ClientAuth {
    None,
    /// In the Authorization header.
    SecretBasic(Zeroizing<String>),
    /// In the body.
    SecretPost(Zeroizing<String>),
    /// By a signed assertion; not accepted yet.
    Assertion,
}

/// A client of the configuration.
#[derive(Clone)]
pub struct Client {
    pub id: ClientId,
    pub name: Option<String>,
    pub uri: Option<Url>,
    pub redirect_uris: Vec<Url>,
    pub auth: ClientAuth,
}

/// All known clients, and which of them may administrate.
#[derive(Debug, Default)]
pub struct Clients {
    by_id: HashMap<ClientId, Client>,
    admins: HashSet<ClientId>,
}

/// What a request showed to prove which client it comes from.
#[derive(Clone, PartialEq, Eq)]
pub enum Credentials {
    None { client_id: String },
    Basic { client_id: String, secret: String },
    Post { client_id: String, secret: String },
}

impl Credentials {
    fn client_id(&self) -> &str {
        match self {
            Self::None { client_id }
            | Self::Basic { client_id, .. }
            | Self::Post { client_id, .. } => client_id,
        }
    }
}

impl Clients {
    #[must_use]
    pub fn new(clients: Vec<Client>, admins: HashSet<ClientId>) -> Self {
        Self {
            by_id: clients
                .into_iter()
                .map(|client| (client.id, client))
                .collect(),
            admins,
        }
    }

    #[must_use]
    pub fn get(&self, id: ClientId) -> Option<&Client> {
        self.by_id.get(&id)
    }

    /// The client that these credentials belong to, if they do (contract oauth2.md 4.4).
    #[must_use]
    pub fn authenticate(&self, credentials: &Credentials) -> Option<&Client> {
        let client = self.get(credentials.client_id().parse().ok()?)?;
        let proven = match (&client.auth, credentials) {
            (ClientAuth::None, Credentials::None { .. }) => true,
            (ClientAuth::SecretBasic(known), Credentials::Basic { secret, .. })
            | (ClientAuth::SecretPost(known), Credentials::Post { secret, .. }) => {
                known.as_bytes().ct_eq(secret.as_bytes()).into()
            }
            _ => false,
        };
        proven.then_some(client)
    }

    /// The client that a local operator acts through: the first that may administrate.
    #[must_use]
    pub fn local_administration(&self) -> Option<&Client> {
        self.by_id
            .values()
            .filter(|client| self.admins.contains(&client.id))
            .min_by_key(|client| client.id)
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for ClientAuth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::SecretBasic(_) => "SecretBasic(***)",
            Self::SecretPost(_) => "SecretPost(***)",
            Self::Assertion => "Assertion",
        })
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credentials({})", self.client_id())
    }
}
