//! A request as it goes out: of an endpoint, and with something wrong about it.

use reqwest::{
    Method,
    header::{HeaderName, HeaderValue},
};
use serde_json::{Value, json};

use crate::{
    endpoint::{Body, Endpoint},
    mutation::{Mutation, Odd},
    world::World,
};

/// A target longer than this cannot be sent.
const LONGEST_TARGET: usize = 60_000;

/// Whoever is refused before the body was read may find the connection closed while sending it.
const MAY_BE_CUT: usize = 10_000;

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.and_then(|value| value.to_str().ok()).unwrap_or("")
    }
}

/// Names and values are encoded already.
#[derive(Debug, Clone)]
pub struct Attempt {
    pub method: Method,
    pub path: String,
    query: Vec<(String, String)>,
    form: Vec<(String, String)>,
    json: Option<Value>,
    raw: Option<Vec<u8>>,
    content_type: Option<Vec<u8>>,
    headers: Vec<(String, Vec<u8>)>,
    /// Of a parameter without which, or with two of which, it is to be refused.
    pub must_fail: bool,
}

/// Every byte but letters and digits percent-encoded.
pub fn encoded(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => char::from(*byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

fn pairs(pairs: &[(String, String)]) -> Vec<(String, String)> {
    let encode =
        |(name, value): &(String, String)| (encoded(name.as_bytes()), encoded(value.as_bytes()));
    pairs.iter().map(encode).collect()
}

fn joined(pairs: &[(String, String)]) -> String {
    let one = |(name, value): &(String, String)| format!("{name}={value}");
    pairs.iter().map(one).collect::<Vec<_>>().join("&")
}

impl Attempt {
    /// The request that nothing is wrong with.
    pub fn of(endpoint: &Endpoint) -> Self {
        let (form, json, kind) = match &endpoint.body {
            Body::None => (Vec::new(), None, None),
            Body::Form(form) => (pairs(form), None, Some("application/x-www-form-urlencoded")),
            Body::Json(json) => (Vec::new(), Some(json.clone()), Some("application/json")),
        };
        let bytes = |(name, value): &(String, String)| (name.clone(), value.clone().into_bytes());
        Self {
            method: endpoint.method.clone(),
            path: endpoint.path.clone(),
            query: pairs(&endpoint.query),
            form,
            json,
            raw: None,
            content_type: kind.map(|kind| kind.as_bytes().to_vec()),
            headers: endpoint.headers.iter().map(bytes).collect(),
            must_fail: false,
        }
    }

    /// The names of all parameters.
    pub fn names(&self) -> Vec<String> {
        let pairs = self.query.iter().chain(&self.form);
        let mut names: Vec<String> = pairs.map(|(name, _)| name.clone()).collect();
        if let Some(Value::Object(members)) = &self.json {
            names.extend(members.keys().map(|name| encoded(name.as_bytes())));
        }
        names
    }

    /// The same with something wrong about it.
    pub fn mutated(endpoint: &Endpoint, mutation: &Mutation) -> Self {
        let mut this = Self::of(endpoint);
        let pick = |index: &proptest::sample::Index, names: &[String]| {
            (!names.is_empty()).then(|| names[index.index(names.len())].clone())
        };
        let names = this.names();
        let required = |name: &str| {
            let is = |one: &String| encoded(one.as_bytes()) == name;
            endpoint.required.iter().any(is)
        };
        match mutation {
            Mutation::LeaveOut(index) => {
                if let Some(name) = pick(index, &names) {
                    this.leave_out(&name);
                    this.must_fail = required(&name);
                }
            }
            Mutation::Double(index, value) => {
                if let Some(name) = pick(index, &names) {
                    // JSON does not say what a member is that comes twice.
                    this.must_fail = required(&name) && this.json.is_none();
                    this.add(&name, value);
                }
            }
            Mutation::Replace(index, odd) => {
                if let Some(name) = pick(index, &names) {
                    // Without a value is absent (RFC 6749 section 3.2), but not in JSON.
                    let is_absent = matches!(odd, Odd::Empty) && this.json.is_none();
                    let is_none = is_absent || matches!(odd, Odd::NoText);
                    this.must_fail = required(&name) && is_none;
                    this.replace(&name, odd);
                }
            }
            Mutation::Retype(index, value) => {
                if let Some(name) = pick(index, &names) {
                    this.retype(&name, value);
                }
            }
            Mutation::Add(name, value) => this.add(&encoded(name.as_bytes()), value),
            Mutation::Path(index, odd) => this.replace_segment(index, odd),
            Mutation::ContentType(kind) => {
                this.content_type = kind.map(|kind| kind.as_bytes().to_vec());
            }
            Mutation::OtherBody => this.turn_body(),
            Mutation::Raw(kind, bytes) => {
                this.content_type = Some(kind.as_bytes().to_vec());
                this.raw = Some(bytes.clone());
            }
            Mutation::Method(method) => this.method = method.clone(),
            Mutation::Header(name, value) => {
                this.headers.retain(|(known, _)| known != name);
                this.headers.push(((*name).to_owned(), value.clone()));
            }
            Mutation::NoHeader(name) => this.headers.retain(|(known, _)| known != name),
        }
        this
    }

    fn leave_out(&mut self, name: &str) {
        self.query.retain(|(known, _)| known != name);
        self.form.retain(|(known, _)| known != name);
        if let Some(Value::Object(members)) = &mut self.json {
            members.retain(|known, _| encoded(known.as_bytes()) != name);
        }
    }

    fn add(&mut self, name: &str, odd: &Odd) {
        let pair = (name.to_owned(), encoded(&odd.bytes()));
        if let Some(json) = &self.json {
            // A member that comes twice can be written, but not be a value.
            let text = json.to_string();
            let value = json!(String::from_utf8_lossy(&odd.bytes()));
            let name = json!(name);
            if let Some(rest) = text.strip_prefix('{') {
                let comma = if rest == "}" { "" } else { "," };
                self.raw = Some(format!("{{{name}:{value}{comma}{rest}").into_bytes());
            }
        } else if self.form.is_empty() {
            self.query.push(pair);
        } else {
            self.form.push(pair);
        }
    }

    fn replace(&mut self, name: &str, odd: &Odd) {
        let bytes = odd.bytes();
        for (known, value) in self.query.iter_mut().chain(&mut self.form) {
            if known == name {
                *value = encoded(&bytes);
            }
        }
        let Some(Value::Object(members)) = &mut self.json else {
            return;
        };
        for (known, value) in members.iter_mut() {
            if encoded(known.as_bytes()) == name {
                *value = json!(String::from_utf8_lossy(&bytes));
            }
        }
        if matches!(odd, Odd::NoText) {
            // Written as it is, which no value can say.
            let text = self
                .json
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default();
            let parts: Vec<&str> = text.split('\u{fffd}').collect();
            let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
            self.raw = Some(parts.join(&b'\xff'));
        }
    }

    fn retype(&mut self, name: &str, to: &Value) {
        for (known, value) in self.query.iter_mut().chain(&mut self.form) {
            if known == name {
                *value = encoded(to.to_string().as_bytes());
            }
        }
        if let Some(Value::Object(members)) = &mut self.json {
            for (known, value) in members.iter_mut() {
                if encoded(known.as_bytes()) == name {
                    *value = to.clone();
                }
            }
        }
    }

    fn replace_segment(&mut self, index: &proptest::sample::Index, odd: &Odd) {
        let mut segments: Vec<String> = self.path.split('/').map(str::to_owned).collect();
        let at = 1 + index.index(segments.len().max(2) - 1);
        if let Some(segment) = segments.get_mut(at) {
            *segment = encoded(&odd.bytes());
        }
        self.path = segments.join("/");
    }

    /// JSON where a form is wanted, and the other way round.
    fn turn_body(&mut self) {
        if let Some(json) = self.json.take() {
            let text = encoded(json.to_string().as_bytes());
            self.form = vec![("json".to_owned(), text)];
            self.content_type = Some(b"application/x-www-form-urlencoded".to_vec());
        } else {
            let names = self.form.iter().map(|(name, _)| name.clone());
            self.json = Some(names.map(|name| (name, json!("x"))).collect());
            self.form.clear();
            self.content_type = Some(b"application/json".to_vec());
        }
    }

    /// `None` if the server closed the connection over a body that it had no use for.
    pub async fn send(&self, world: &World) -> Option<Answer> {
        let (target, body) = (self.target(), self.body());
        let url = world.server.url(&target);
        let mut request = world.client.request(self.method.clone(), url);
        if let Some(kind) = &self.content_type {
            let value = HeaderValue::from_bytes(kind).expect("it can be sent");
            request = request.header("content-type", value);
        }
        for (name, value) in &self.headers {
            let name: HeaderName = name.parse().expect("a name");
            request = request.header(name, HeaderValue::from_bytes(value).expect("a value"));
        }
        let length = body.len();
        if length > 0 {
            request = request.body(body);
        }
        let response = match request.send().await {
            Ok(response) => response,
            Err(_) if length > MAY_BE_CUT => return None,
            Err(error) => panic!("{error:?} for {}", self.shown()),
        };
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = match response.bytes().await {
            Ok(bytes) => bytes,
            Err(_) if length > MAY_BE_CUT => return None,
            Err(error) => panic!("{error:?} for {}", self.shown()),
        };
        Some(Answer {
            status,
            headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        })
    }

    /// For a failure: what was sent, without what would fill screens.
    pub fn shown(&self) -> String {
        let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).chars().take(200).collect();
        let headers = self.headers.iter();
        let headers: Vec<(&str, String)> = headers
            .map(|(name, value)| (name.as_str(), lossy(value)))
            .collect();
        let (target, body) = (self.target(), self.body());
        let (target, body): (String, String) = (lossy(target.as_bytes()), lossy(&body));
        let kind: Option<String> = self.content_type.as_deref().map(lossy);
        format!("{} {target} {headers:?} {kind:?} {body:?}", self.method)
    }

    fn target(&self) -> String {
        let query = joined(&self.query);
        let mut target = self.path.clone();
        if !query.is_empty() {
            target = format!("{target}?{query}");
        }
        // It is ASCII.
        target.truncate(LONGEST_TARGET);
        target
    }

    fn body(&self) -> Vec<u8> {
        match (&self.raw, &self.json) {
            (Some(raw), _) => raw.clone(),
            (None, Some(json)) => json.to_string().into_bytes(),
            (None, None) => joined(&self.form).into_bytes(),
        }
    }
}
