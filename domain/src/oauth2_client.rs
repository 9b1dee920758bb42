//! An OAuth 2.0 client that registered itself (RFC 7591).
//!
//! It enters the log with the first account that consents to it; until then it is a short-lived row,
//! so that strangers cannot make the log grow. Clients of the configuration are not events.

use cqrs_es::{Aggregate, event_sink::EventSink};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Claim, ClientId, StoredEvent, catalogue::events};

/// What a client says of itself (RFC 7591 section 2), as far as it is kept. Texts are as registered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientMetadata {
    pub redirect_uris: Vec<String>,
    pub grant_types: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tos_uri: Option<String>,
    /// Public keys (RFC 7517).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks: Option<serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_token_signed_response_alg: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub userinfo_signed_response_alg: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_method: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_signing_alg: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initiate_login_uri: Option<String>,
}

/// What can be asked of a client.
#[derive(Debug, Clone)]
pub enum ClientCommand {
    /// Does nothing when it is registered already.
    RegisterClient {
        client_id: ClientId,
        metadata: Box<ClientMetadata>,
    },
    DeleteClient,
}

events! {
    /// What has happened to a client.
    pub enum ClientEvent of "oauth2_client" {
        /// Somebody consented to a client that had registered itself: it is kept from now on.
        ClientRegistered is "oauth2_client.registered" version "1" {
            client_id: ClientId,
            metadata: Box<ClientMetadata>,
        }
        /// The client is refused from now on, and its sessions ended with it.
        ClientDeleted is "oauth2_client.deleted" version "1" {
            client_id: ClientId,
        }
    }
}

impl StoredEvent for ClientEvent {
    fn subject(&self) -> Option<Uuid> {
        None
    }

    fn claims(&self) -> Vec<Claim> {
        Vec::new()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    #[error("no such client")]
    NotFound,
}

impl ClientError {
    /// Stable identifier of the reason, for programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotFound => "oauth2_client.not_found",
        }
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Client {
    registered: Option<ClientId>,
    deleted: bool,
}

impl Aggregate for Client {
    const TYPE: &'static str = "oauth2_client";
    type Command = ClientCommand;
    type Event = ClientEvent;
    type Error = ClientError;
    type Services = ();

    async fn handle(
        &mut self,
        command: Self::Command,
        (): &Self::Services,
        sink: &EventSink<Self>,
    ) -> Result<(), Self::Error> {
        let event = match (command, self.registered) {
            (_, Some(_)) if self.deleted => return Err(ClientError::NotFound),
            (ClientCommand::RegisterClient { .. }, Some(_)) => return Ok(()),
            (
                ClientCommand::RegisterClient {
                    client_id,
                    metadata,
                },
                None,
            ) => ClientEvent::ClientRegistered {
                client_id,
                metadata,
            },
            (ClientCommand::DeleteClient, Some(client_id)) => {
                ClientEvent::ClientDeleted { client_id }
            }
            (ClientCommand::DeleteClient, None) => return Err(ClientError::NotFound),
        };
        sink.write(event, self).await;
        Ok(())
    }

    fn apply(&mut self, event: Self::Event) {
        match event {
            ClientEvent::ClientRegistered { client_id, .. } => self.registered = Some(client_id),
            ClientEvent::ClientDeleted { .. } => self.deleted = true,
        }
    }
}

#[cfg(test)]
mod tests {
    use cqrs_es::test::TestFramework;

    use super::*;

    fn register() -> ClientCommand {
        ClientCommand::RegisterClient {
            client_id: ClientId::default(),
            metadata: Box::default(),
        }
    }

    fn registered() -> ClientEvent {
        ClientEvent::ClientRegistered {
            client_id: ClientId::default(),
            metadata: Box::default(),
        }
    }

    const DELETED: ClientEvent = ClientEvent::ClientDeleted {
        client_id: ClientId::from_uuid(Uuid::nil()),
    };

    fn given(events: Vec<ClientEvent>) -> cqrs_es::test::AggregateTestExecutor<Client> {
        TestFramework::with(()).given(events)
    }

    #[test]
    fn the_second_consent_changes_nothing() {
        given(Vec::new())
            .when(register())
            .then_expect_events(vec![registered()]);
        given(vec![registered()])
            .when(register())
            .then_expect_events(Vec::new());
    }

    #[test]
    fn a_deleted_client_does_not_come_back() {
        given(vec![registered()])
            .when(ClientCommand::DeleteClient)
            .then_expect_events(vec![DELETED]);
        given(vec![registered(), DELETED])
            .when(register())
            .then_expect_error(ClientError::NotFound);
    }
}
