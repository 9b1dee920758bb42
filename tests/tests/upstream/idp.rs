//! A provider made by hand: answers at its token endpoint what a test has prepared for a code.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

pub const ISSUER: &str = "https://idp.example/";
pub const SECRET: &str = "a secret of both, of some length";
pub const CLIENT: &str = "the-client";

/// Answers by code: status and body.
type Answers = Arc<Mutex<BTreeMap<String, (u16, String)>>>;

pub struct Idp {
    pub base: String,
    answers: Answers,
}

impl Idp {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let answers = Answers::default();
        let known = answers.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, known.clone()));
            }
        });
        Self { base, answers }
    }

    /// The provider's entry in the configuration, with more lines.
    pub fn entry(&self, id: &str, more: &str) -> String {
        let more = more.replace('\n', "\n      ");
        format!(
            "    - id: {id}
      issuer: {ISSUER}
      human_name: Handmade
      client_id: {CLIENT}
      client_secret: {SECRET}
      token_endpoint_auth_method: client_secret_post
      scope: openid
      discovery_mode: disabled
      pkce_method: always
      id_token_signed_response_alg: HS256
      authorization_endpoint: {base}/authorize
      token_endpoint: {base}/token
      jwks_uri: {base}/keys
      {more}
",
            base = self.base
        )
    }

    /// Whoever comes with this code gets this ID token.
    pub fn will_tell(&self, code: &str, claims: &Value) {
        let body = json!({"access_token": "at", "token_type": "Bearer",
            "id_token": signed(claims, SECRET)});
        self.will_answer(code, 200, &body.to_string());
    }

    pub fn will_answer(&self, code: &str, status: u16, body: &str) {
        let answer = (status, body.to_owned());
        self.answers.lock().unwrap().insert(code.to_owned(), answer);
    }
}

/// HS256.
pub fn signed(claims: &Value, secret: &str) -> String {
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let message = format!("{}.{}", encode(&json!({"alg": "HS256"})), encode(claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(message.as_bytes());
    let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
    format!("{message}.{signature}")
}

/// One request; a code serves once.
async fn serve(mut stream: TcpStream, answers: Answers) {
    let mut request = Vec::new();
    let mut chunk = [0; 4096];
    let body = loop {
        let Ok(read) = stream.read(&mut chunk).await else {
            return;
        };
        request.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8_lossy(&request).to_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .split_once("content-length: ")
                .map_or("0", |(_, rest)| rest);
            let length: usize = length.lines().next().unwrap().parse().unwrap();
            if body.len() >= length {
                let whole = String::from_utf8_lossy(&request).into_owned();
                break whole.split_once("\r\n\r\n").unwrap().1.to_owned();
            }
        }
        if read == 0 {
            return;
        }
    };
    let fields: BTreeMap<_, _> = url::form_urlencoded::parse(body.as_bytes()).collect();
    let right = fields
        .get("client_secret")
        .is_some_and(|secret| secret == SECRET)
        && fields
            .get("code_verifier")
            .is_some_and(|verifier| verifier.len() == 43);
    let prepared = fields
        .get("code")
        .filter(|_| right)
        .and_then(|code| answers.lock().unwrap().remove(code.as_ref()));
    let (status, body) =
        prepared.unwrap_or_else(|| (400, r#"{"error":"invalid_grant"}"#.to_owned()));
    let answer = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\nlocation: /elsewhere\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    // The client may have seen enough.
    drop(stream.write_all(answer.as_bytes()).await);
}
