//! One call, and what its answer means.

use std::time::Duration;

use reqwest::{
    Client, Method, RequestBuilder, StatusCode,
    header::{AUTHORIZATION, HeaderMap, HeaderValue},
};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::HomeserverError;
use crate::ambient;

/// For a question, which somebody may be waiting for.
const READ_PATIENCE: Duration = Duration::from_secs(10);
/// Telling it of many devices takes long. Less than what the worker gives an item.
const WRITE_PATIENCE: Duration = Duration::from_secs(45);
/// Calls that may be repeated are made this often at most.
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(100);
/// Of an answer.
const MAX_BODY: usize = 64 * 1024;

pub struct Caller {
    client: Client,
    /// Ends with `_synapse/mas/`.
    base: Url,
    headers: HeaderMap,
}

/// What is said with every status that is not a success.
#[derive(Default, Deserialize)]
struct Complaint {
    #[serde(default)]
    errcode: String,
}

struct Answer {
    status: StatusCode,
    body: Vec<u8>,
}

impl Caller {
    pub fn new(endpoint: &Url, secret: &str) -> Result<Self, HomeserverError> {
        let refused = |what: &str| HomeserverError::Refused(what.to_owned());
        let mut base = endpoint.clone();
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let base = base
            .join("_synapse/mas/")
            .map_err(|_| refused("matrix.endpoint is not the base of an API"))?;
        let mut bearer = HeaderValue::try_from(format!("Bearer {secret}"))
            .map_err(|_| refused("matrix.secret holds what no HTTP header can hold"))?;
        bearer.set_sensitive(true);
        Ok(Self {
            client: ambient::http_client()
                .map_err(|error| HomeserverError::Refused(error.to_string()))?,
            base,
            headers: HeaderMap::from_iter([(AUTHORIZATION, bearer)]),
        })
    }

    fn request(&self, method: Method, endpoint: &str) -> RequestBuilder {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{endpoint}", url.path()));
        self.client
            .request(method, url)
            .headers(self.headers.clone())
    }

    /// The body of a good answer.
    pub async fn get(&self, endpoint: &str, localpart: &str) -> Result<Vec<u8>, HomeserverError> {
        let answer = self.ask(endpoint, localpart).await?;
        if answer.status.is_success() {
            Ok(answer.body)
        } else {
            Err(complaint(endpoint, &answer))
        }
    }

    /// Names that Synapse refuses are what is asked for, not an error.
    pub async fn is_available(&self, localpart: &str) -> Result<bool, HomeserverError> {
        let endpoint = "is_localpart_available";
        let answer = self.ask(endpoint, localpart).await?;
        if answer.status.is_success() {
            return Ok(true);
        }
        match errcode(&answer).as_str() {
            "M_USER_IN_USE" | "M_INVALID_USERNAME" | "M_EXCLUSIVE" => Ok(false),
            _ => Err(complaint(endpoint, &answer)),
        }
    }

    /// A question changes nothing and may be repeated.
    async fn ask(&self, endpoint: &str, localpart: &str) -> Result<Answer, HomeserverError> {
        let mut attempt = 1;
        loop {
            let request = self
                .request(Method::GET, endpoint)
                .query(&[("localpart", localpart)])
                .timeout(READ_PATIENCE);
            match send(request).await {
                Ok(answer) if answer.status.is_server_error() && attempt < ATTEMPTS => {}
                Err(error) if !error.is_timeout() && attempt < ATTEMPTS => {}
                Ok(answer) => return Ok(answer),
                Err(error) => return Err(unreachable(&error)),
            }
            tokio::time::sleep(PAUSE * attempt).await;
            attempt += 1;
        }
    }

    /// A change is made again here only if it cannot have arrived; otherwise that is for the outbox
    /// to decide.
    pub async fn post(&self, endpoint: &str, body: &Value) -> Result<(), HomeserverError> {
        let mut attempt = 1;
        let answer = loop {
            let request = self
                .request(Method::POST, endpoint)
                .json(body)
                .timeout(WRITE_PATIENCE);
            match send(request).await {
                Err(error) if error.is_connect() && attempt < ATTEMPTS => {}
                Ok(answer) => break answer,
                Err(error) => return Err(unreachable(&error)),
            }
            tokio::time::sleep(PAUSE * attempt).await;
            attempt += 1;
        };
        if answer.status.is_success() {
            Ok(())
        } else {
            Err(complaint(endpoint, &answer))
        }
    }
}

async fn send(request: RequestBuilder) -> Result<Answer, reqwest::Error> {
    let mut response = request.send().await?;
    let status = response.status();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_BODY {
            // Too long to be what it should be; cut, it will not be understood.
            body.truncate(MAX_BODY);
            break;
        }
    }
    Ok(Answer { status, body })
}

fn unreachable(error: &reqwest::Error) -> HomeserverError {
    HomeserverError::Unavailable(
        if error.is_timeout() {
            "the homeserver did not answer in time"
        } else if error.is_connect() {
            "the homeserver cannot be reached"
        } else {
            "the connection to the homeserver broke off"
        }
        .to_owned(),
    )
}

fn errcode(answer: &Answer) -> String {
    let complaint: Complaint = serde_json::from_slice(&answer.body).unwrap_or_default();
    // A code of Matrix's, and nothing that somebody chose.
    let plain = complaint.errcode.len() <= 64
        && complaint
            .errcode
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_.".contains(&b));
    if plain {
        complaint.errcode
    } else {
        String::new()
    }
}

fn complaint(endpoint: &str, answer: &Answer) -> HomeserverError {
    let (status, code) = (answer.status, errcode(answer));
    let text = format!(
        "the homeserver's {endpoint} answered {} {code}",
        status.as_u16()
    );
    let text = text.trim_end().to_owned();
    match status {
        StatusCode::NOT_FOUND if code == "M_NOT_FOUND" => HomeserverError::UserNotFound,
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => HomeserverError::Unavailable(format!(
            "{text}: matrix.secret is not the one that it has"
        )),
        // Until it is updated or configured, which an operator may well do.
        StatusCode::NOT_FOUND => HomeserverError::Unavailable(format!(
            "{text}: is it Synapse with matrix_authentication_service, and is matrix.endpoint right?"
        )),
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {
            HomeserverError::Unavailable(text)
        }
        status if status.is_server_error() || status.is_redirection() => {
            HomeserverError::Unavailable(text)
        }
        _ => HomeserverError::Refused(text),
    }
}
