//! The nodes: starting, stopping, who leads, and what is to go wrong next.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use tokio_stream::{StreamExt, wrappers::TcpListenerStream};
use tokio_util::sync::CancellationToken;
use tonic::transport::Server;

use crate::{
    connection::Connection,
    discovery::Discovery,
    memory::{Expected, Memory, Proposed, Stored, Written},
    protocol::{
        gossip::gossip_server::GossipServer,
        server_features::server_features_server::ServerFeaturesServer,
        streams::streams_server::StreamsServer,
    },
    streams::StreamsOfNode,
};

/// What goes wrong with one append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The events are written, and the connection is cut before the answer.
    CutAfterWrite,
    /// The connection is cut, and nothing is written.
    CutBeforeWrite,
    /// The events are written, and no answer ever comes.
    SilentAfterWrite,
    /// Refused, as by a server that is out of disk.
    Refuse,
}

pub(crate) struct State {
    pub memory: Memory,
    pub leader: usize,
    pub ports: Vec<u16>,
    pub down: HashSet<usize>,
    pub faults: VecDeque<Fault>,
    pub appends: u64,
    cuts: Vec<CancellationToken>,
}

pub(crate) struct Shared {
    state: Mutex<State>,
    /// Counts writes, for subscriptions.
    pub written: watch::Sender<u64>,
}

impl Shared {
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Cuts every connection to a node.
    pub fn cut(&self, node: usize) {
        let fresh = CancellationToken::new();
        std::mem::replace(&mut self.state().cuts[node], fresh).cancel();
    }
}

/// Nodes of one cluster on free ports of this machine, with one memory. They stop when it is dropped.
pub struct Cluster {
    shared: Arc<Shared>,
    nodes: Vec<Option<JoinHandle<()>>>,
}

impl Cluster {
    /// The first of the nodes leads.
    pub async fn start(nodes: usize) -> std::io::Result<Self> {
        let mut listeners = Vec::new();
        for _ in 0..nodes {
            listeners.push(TcpListener::bind(("127.0.0.1", 0)).await?);
        }
        let ports = listeners
            .iter()
            .map(|listener| Ok(listener.local_addr()?.port()))
            .collect::<std::io::Result<_>>()?;
        let state = State {
            memory: Memory::default(),
            leader: 0,
            ports,
            down: HashSet::new(),
            faults: VecDeque::new(),
            appends: 0,
            cuts: (0..nodes).map(|_| CancellationToken::new()).collect(),
        };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            written: watch::Sender::new(0),
        });
        let nodes = listeners
            .into_iter()
            .enumerate()
            .map(|(node, listener)| Some(serve(shared.clone(), node, listener)))
            .collect();
        Ok(Self { shared, nodes })
    }

    /// A connection string that names all nodes.
    #[must_use]
    pub fn uri(&self) -> String {
        let ports = &self.shared.state().ports;
        let hosts: Vec<String> = ports
            .iter()
            .map(|port| format!("127.0.0.1:{port}"))
            .collect();
        format!("esdb://{}?tls=false&discoveryInterval=20", hosts.join(","))
    }

    /// What is to happen to the next append; several are taken in order.
    pub fn inject(&self, fault: Fault) {
        self.shared.state().faults.push_back(fault);
    }

    /// Makes another node the leader. The others refuse to write and name it.
    pub fn lead(&self, node: usize) {
        self.shared.state().leader = node;
    }

    /// Ends a node: its port is closed and its connections are cut.
    pub async fn stop(&mut self, node: usize) {
        self.shared.state().down.insert(node);
        if let Some(serving) = self.nodes[node].take() {
            serving.abort();
            // It was aborted, so this is an error, and what there is to wait for.
            drop(serving.await);
        }
        self.shared.cut(node);
    }

    /// Starts a node that was stopped, where it was.
    pub async fn resume(&mut self, node: usize) -> std::io::Result<()> {
        let port = self.shared.state().ports[node];
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        self.shared.state().down.remove(&node);
        self.nodes[node] = Some(serve(self.shared.clone(), node, listener));
        Ok(())
    }

    /// How many appends have reached the cluster, whatever became of them.
    #[must_use]
    pub fn appends(&self) -> u64 {
        self.shared.state().appends
    }

    /// A stream's events.
    #[must_use]
    pub fn stream(&self, name: &str) -> Vec<Stored> {
        let state = self.shared.state();
        let events = state.memory.stream_from(name, 0);
        events.into_iter().cloned().collect()
    }

    /// Appends as another client would.
    pub fn append(&self, stream: &str, expected: Expected, events: Vec<Proposed>) -> Written {
        let written = self.shared.state().memory.append(stream, expected, events);
        self.shared.written.send_modify(|count| *count += 1);
        written
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for (node, serving) in self.nodes.iter().enumerate() {
            if let Some(serving) = serving {
                serving.abort();
            }
            self.shared.cut(node);
        }
    }
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cluster")
            .field("uri", &self.uri())
            .finish_non_exhaustive()
    }
}

fn serve(shared: Arc<Shared>, node: usize, listener: TcpListener) -> JoinHandle<()> {
    let of_connections = shared.clone();
    let incoming = TcpListenerStream::new(listener).map(move |stream| {
        let cut = of_connections.state().cuts[node].clone();
        stream.map(|stream| Connection::new(stream, cut))
    });
    let server = Server::builder()
        .add_service(StreamsServer::new(StreamsOfNode {
            shared: shared.clone(),
            node,
        }))
        .add_service(GossipServer::new(Discovery(shared.clone())))
        .add_service(ServerFeaturesServer::new(Discovery(shared)))
        .serve_with_incoming(incoming);
    tokio::spawn(async move {
        // A test whose server has ended sees that by itself.
        drop(server.await);
    })
}
