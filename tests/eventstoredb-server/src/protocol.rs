//! The generated protocol.

#![allow(
    dead_code,
    missing_debug_implementations,
    clippy::all,
    clippy::pedantic,
    reason = "generated code is taken as it comes"
)]

pub mod google {
    pub mod rpc {
        tonic::include_proto!("google.rpc");
    }
}

pub mod event_store {
    pub mod client {
        tonic::include_proto!("event_store.client");

        pub mod streams {
            tonic::include_proto!("event_store.client.streams");
        }

        pub mod gossip {
            tonic::include_proto!("event_store.client.gossip");
        }

        pub mod server_features {
            tonic::include_proto!("event_store.client.server_features");
        }
    }
}

pub use event_store::client::*;

impl From<::uuid::Uuid> for Uuid {
    fn from(id: ::uuid::Uuid) -> Self {
        Self {
            value: Some(uuid::Value::String(id.to_string())),
        }
    }
}

impl Uuid {
    /// `None` if it is no UUID.
    pub fn parse(&self) -> Option<::uuid::Uuid> {
        match self.value.as_ref()? {
            uuid::Value::String(text) => text.parse().ok(),
            uuid::Value::Structured(bits) => Some(::uuid::Uuid::from_u64_pair(
                bits.most_significant_bits.cast_unsigned(),
                bits.least_significant_bits.cast_unsigned(),
            )),
        }
    }
}
