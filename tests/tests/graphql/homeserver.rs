//! A homeserver made by hand: remembers what it is told, and refuses what it is to refuse.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use muniment_tests::LIMIT;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

#[derive(Debug, Default)]
struct State {
    told: Vec<(String, Value)>,
    refused: BTreeSet<String>,
}

#[derive(Debug)]
pub struct FakeHomeserver {
    base: String,
    state: Arc<Mutex<State>>,
}

impl FakeHomeserver {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}/", listener.local_addr().unwrap());
        let state = Arc::<Mutex<State>>::default();
        let known = state.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, known.clone()));
            }
        });
        Self { base, state }
    }

    /// The beginning of the section `matrix` of a configuration.
    pub fn section(&self) -> String {
        format!(
            "  kind: synapse\n  secret: of-both\n  endpoint: {}\n",
            self.base
        )
    }

    /// From now on this endpoint fails.
    pub fn refuse(&self, endpoint: &str) {
        self.state
            .lock()
            .unwrap()
            .refused
            .insert(endpoint.to_owned());
    }

    /// It works again.
    pub fn accept(&self, endpoint: &str) {
        self.state.lock().unwrap().refused.remove(endpoint);
    }

    /// What was told to an endpoint until now.
    pub fn told(&self, endpoint: &str) -> Vec<Value> {
        let state = self.state.lock().unwrap();
        let to_it = state.told.iter().filter(|(to, _)| to == endpoint);
        to_it.map(|(_, body)| body.clone()).collect()
    }

    /// Waits until something was told to an endpoint.
    pub async fn is_told(&self, endpoint: &str, what: impl Fn(&Value) -> bool) -> Value {
        let deadline = tokio::time::Instant::now() + LIMIT;
        loop {
            if let Some(found) = self.told(endpoint).into_iter().find(&what) {
                return found;
            }
            let told = self.state.lock().unwrap().told.clone();
            assert!(tokio::time::Instant::now() < deadline, "{told:?}");
            tokio::task::yield_now().await;
        }
    }
}

/// One request.
async fn serve(mut stream: TcpStream, state: Arc<Mutex<State>>) {
    let mut request = Vec::new();
    let mut chunk = [0; 4096];
    let (head, body) = loop {
        let Ok(read) = stream.read(&mut chunk).await else {
            return;
        };
        request.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let lower = head.to_lowercase();
            let length = lower.split_once("content-length: ");
            let length = length.map_or("0", |(_, rest)| rest.lines().next().unwrap());
            if body.len() >= length.parse().unwrap() {
                break (head.to_owned(), body.to_owned());
            }
        }
        if read == 0 {
            return;
        }
    };
    let path = head.split(' ').nth(1).unwrap().to_owned();
    let path = path.split('?').next().unwrap();
    let endpoint = path.trim_start_matches("/_synapse/mas/").to_owned();
    let refused = {
        let mut state = state.lock().unwrap();
        let refused = state.refused.contains(&endpoint);
        if !refused {
            let body = serde_json::from_str(&body).unwrap_or_default();
            state.told.push((endpoint, body));
        }
        refused
    };
    let (status, body) = if refused {
        (400, r#"{"errcode":"M_UNKNOWN","error":"not today"}"#)
    } else {
        (200, "{}")
    };
    let answer = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{body}",
        body.len()
    );
    // The client may have seen enough.
    drop(stream.write_all(answer.as_bytes()).await);
}
