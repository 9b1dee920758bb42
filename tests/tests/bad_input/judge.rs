//! What every answer has to be, whatever was asked.

use reqwest::{Method, Url};
use serde_json::Value;

use crate::{
    attempt::{Answer, Attempt},
    endpoint::{Endpoint, Speaks},
};

/// Words that only the inside of the program uses.
const INSIDE: [&str; 14] = [
    "$argon2",
    "$2b$",
    "SELECT ",
    "INSERT INTO",
    "UPDATE ",
    "DELETE FROM",
    "sqlx",
    "SqliteError",
    "no such column",
    "constraint failed",
    "violates ",
    "panicked",
    "called `",
    ".rs:",
];

/// What holds of one server.
#[derive(Debug)]
pub struct Judge {
    /// What `http.public_base` says.
    pub origin: Url,
    /// Where else a browser may be sent, up to the query.
    pub registered: Vec<String>,
    /// What nobody may read anywhere.
    pub secrets: Vec<String>,
}

impl Judge {
    /// What is wrong with the answer, if anything.
    pub fn complaint(&self, endpoint: &Endpoint, sent: &Attempt, got: &Answer) -> Option<String> {
        let status = got.status;
        if status >= 500 {
            return Some(format!("the server fails: {status}"));
        }
        if sent.must_fail && !(400..500).contains(&status) {
            return Some(format!("a required parameter is not: {status}"));
        }
        if let Some(location) = self.leads_astray(got) {
            return Some(format!("a browser is sent to {location}"));
        }
        if let Some(word) = self.betrayed(got) {
            return Some(format!("the answer tells {word:?}"));
        }
        // Of an answer to HEAD there is nothing to read, and a request whose head is too large does
        // not come as far as an endpoint.
        if sent.method == Method::HEAD || matches!(status, 414 | 431) {
            return None;
        }
        // It may lead elsewhere, or nowhere, which is a page.
        if sent.path != endpoint.path {
            let is_in_form = [endpoint.speaks, Speaks::Html].map(|form| is_in_form(form, got));
            return (status >= 400 && is_in_form == [false; 2]).then(|| "in no form".to_owned());
        }
        if endpoint.speaks == Speaks::Html
            && let Some(missing) = insecure(got)
        {
            return Some(format!("a page without {missing}"));
        }
        if endpoint.speaks == Speaks::GraphQl && status == 200 && sent.method != Method::OPTIONS {
            let answer: Option<Value> = serde_json::from_str(&got.text).ok();
            let is_executed = answer.is_some_and(|answer| answer.get("data").is_some());
            return (!is_executed).then(|| "200 without data".to_owned());
        }
        let refused = (400..500).contains(&status);
        (refused && !is_in_form(endpoint.speaks, got)).then(|| {
            let kind = got.header("content-type");
            format!("not in the form of {:?}: {status} {kind}", endpoint.speaks)
        })
    }

    fn leads_astray(&self, got: &Answer) -> Option<String> {
        let location = got.headers.get("location")?;
        let shown = || format!("{location:?}");
        let Ok(text) = location.to_str() else {
            return Some(shown());
        };
        if self.is_known(text) {
            None
        } else {
            Some(shown())
        }
    }

    fn is_known(&self, address: &str) -> bool {
        let Ok(url) = self.origin.join(address) else {
            return false;
        };
        let here = url.scheme() == self.origin.scheme()
            && (url.host(), url.port()) == (self.origin.host(), self.origin.port());
        let end = address.find(['?', '#']).unwrap_or(address.len());
        here || self.registered.iter().any(|known| known == &address[..end])
    }

    fn betrayed(&self, got: &Answer) -> Option<String> {
        let kind = got.header("content-type");
        if kind.contains("javascript") || kind.contains("css") {
            return None;
        }
        let secrets = self.secrets.iter().map(String::as_str);
        let mut words = INSIDE.into_iter().chain(secrets);
        words
            .find(|word| got.text.contains(word))
            .map(str::to_owned)
    }
}

/// The header that a page lacks.
fn insecure(got: &Answer) -> Option<&'static str> {
    let policy = got.header("content-security-policy");
    let wanted = [
        (
            "content-security-policy",
            policy.starts_with("default-src 'none'"),
        ),
        ("frame-ancestors", policy.contains("frame-ancestors 'none'")),
        ("x-frame-options", got.header("x-frame-options") == "DENY"),
        ("nosniff", got.header("x-content-type-options") == "nosniff"),
        ("referrer-policy", !got.header("referrer-policy").is_empty()),
        ("cache-control", got.header("cache-control") == "no-store"),
    ];
    wanted.into_iter().find(|(_, is)| !is).map(|(name, _)| name)
}

fn is_in_form(speaks: Speaks, got: &Answer) -> bool {
    let kind = got.header("content-type");
    let json: Option<Value> = kind
        .starts_with("application/json")
        .then(|| serde_json::from_str(&got.text).ok())
        .flatten();
    let has = |name: &str| {
        let text = json.as_ref().and_then(|json| json[name].as_str());
        text.is_some_and(|text| !text.is_empty())
    };
    let errors = |name: &str| {
        let errors = json.as_ref().and_then(|json| json["errors"].as_array());
        errors.is_some_and(|all| !all.is_empty() && all.iter().all(|one| one[name].is_string()))
    };
    match speaks {
        Speaks::Html => kind.starts_with("text/html") && got.text.contains("<html"),
        Speaks::OAuth => has("error") && has("error_description"),
        Speaks::Userinfo if matches!(got.status, 400 | 401) => got.text.is_empty(),
        Speaks::Userinfo => has("error") && has("error_description"),
        Speaks::Matrix => has("errcode") && has("error"),
        // The wrong method is told by `allow` (contract admin-api.md 1).
        Speaks::Admin if got.status == 405 => {
            got.text.is_empty() && !got.header("allow").is_empty()
        }
        Speaks::Admin => errors("title"),
        // As existing clients know it (contract graphql.md 1.6).
        Speaks::GraphQl if got.text == "invalid HTTP header (authorization)" => true,
        Speaks::GraphQl => errors("message"),
        Speaks::Plain => true,
    }
}
