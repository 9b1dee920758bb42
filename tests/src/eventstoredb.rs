//! A log of record in EventStoreDB for one test.

use eventstoredb_server::Cluster;
use muniment_store::log::eventstoredb::EventStoreDbOptions;
use rand::{TryRngCore, rngs::OsRng};

/// A connection string: the server to use instead of the one in this process.
pub const URL: &str = "EVENTSTOREDB_URL";

/// A stream that nobody else uses, on a server of its own or on a real one.
#[derive(Debug)]
pub struct EventStore {
    options: EventStoreDbOptions,
    cluster: Option<Cluster>,
}

impl EventStore {
    pub async fn start() -> Self {
        let Ok(uri) = std::env::var(URL) else {
            return Self::cluster(1).await;
        };
        let name = OsRng.try_next_u64().expect("there is randomness");
        Self {
            options: EventStoreDbOptions {
                uri,
                stream: format!("muniment_test_{name:016x}-log"),
            },
            cluster: None,
        }
    }

    /// Always in this process, where it can be made to fail.
    pub async fn cluster(nodes: usize) -> Self {
        let cluster = Cluster::start(nodes).await.expect("the nodes start");
        Self {
            options: EventStoreDbOptions::new(cluster.uri()),
            cluster: Some(cluster),
        }
    }

    #[must_use]
    pub const fn options(&self) -> &EventStoreDbOptions {
        &self.options
    }

    /// All that the stream holds, as bytes; nothing of a server elsewhere.
    #[must_use]
    pub fn stored(&self) -> Vec<u8> {
        let events = self
            .cluster
            .iter()
            .flat_map(|cluster| cluster.stream(&self.options.stream));
        let bytes =
            events.flat_map(|event| [event.event.data, event.event.custom_metadata].concat());
        bytes.collect()
    }

    /// The nodes in this process.
    pub const fn nodes(&mut self) -> &mut Cluster {
        self.cluster
            .as_mut()
            .expect("the server is in this process")
    }
}
