//! A connection to a database that can fail on demand.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};
use url::Url;

/// Passes bytes on to a PostgreSQL server, until told otherwise.
#[derive(Debug)]
pub struct Proxy {
    /// The database's URI, through the proxy.
    pub uri: String,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    /// Counts up at each cut, so that connections from before it end.
    cuts: watch::Sender<u64>,
    refusing: AtomicBool,
    /// How many COMMITs are still to lose their answer.
    answers_to_lose: AtomicUsize,
}

impl Proxy {
    /// A proxy in front of the server that a `postgres://` URI names.
    pub async fn before(uri: &str) -> Self {
        let mut url = Url::parse(uri).expect("the URI is one");
        let server = format!(
            "{}:{}",
            url.host_str().expect("the URI names a host"),
            url.port().unwrap_or(5432)
        );
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        url.set_host(Some("127.0.0.1"))
            .expect("the URI takes a host");
        url.set_port(Some(port)).expect("the URI takes a port");
        let state = Arc::new(State {
            cuts: watch::channel(0).0,
            refusing: AtomicBool::new(false),
            answers_to_lose: AtomicUsize::new(0),
        });
        tokio::spawn(accept(listener, server, state.clone()));
        Self {
            uri: url.into(),
            state,
        }
    }

    /// Ends every connection and lets none through, as a server that is stopped.
    pub fn cut(&self) {
        self.state.refusing.store(true, Ordering::SeqCst);
        self.state.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// Lets connections through again.
    pub fn restore(&self) {
        self.state.refusing.store(false, Ordering::SeqCst);
    }

    /// Passes the next COMMIT on, and ends the connection before its answer.
    pub fn lose_the_next_commits_answer(&self) {
        self.state.answers_to_lose.store(1, Ordering::SeqCst);
    }

    /// Whether the answer that was to be lost has been.
    pub fn has_lost_it(&self) -> bool {
        self.state.answers_to_lose.load(Ordering::SeqCst) == 0
    }
}

async fn accept(listener: TcpListener, server: String, state: Arc<State>) {
    while let Ok((client, _)) = listener.accept().await {
        if state.refusing.load(Ordering::SeqCst) {
            continue;
        }
        let Ok(server) = TcpStream::connect(&server).await else {
            continue;
        };
        tokio::spawn(pass(client, server, state.clone()));
    }
}

/// Copies both ways until either side ends, the connection is cut, or an answer is to be lost.
async fn pass(client: TcpStream, server: TcpStream, state: Arc<State>) {
    let mut cuts = state.cuts.subscribe();
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::select! {
        () = copy(from_client, to_server, &state) => {}
        () = copy_plainly(from_server, to_client) => {}
        _ = cuts.changed() => {}
    }
}

async fn copy(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, state: &State) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(read) = from.read(&mut buffer).await {
        if read == 0 || to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
        let commits = buffer[..read].windows(7).any(|bytes| bytes == b"COMMIT\0");
        let lose = commits
            && state
                .answers_to_lose
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                    left.checked_sub(1)
                })
                .is_ok();
        if lose {
            // The server has the COMMIT; ending here loses what it says to it.
            drop(to.flush().await);
            return;
        }
    }
}

async fn copy_plainly(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin) {
    drop(tokio::io::copy(&mut from, &mut to).await);
}
