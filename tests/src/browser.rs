//! A browser: cookies, forms with their hidden fields, and redirects that are looked at.

use std::collections::BTreeMap;

use reqwest::{
    Method, RequestBuilder,
    header::{COOKIE, HeaderMap, SET_COOKIE},
};
use serde_json::{Value, json};

use crate::TestServer;

#[derive(Debug)]
pub struct Browser<'s> {
    pub server: &'s TestServer,
    pub cookies: BTreeMap<String, String>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    /// Reads an answer to its end.
    pub async fn of(response: reqwest::Response) -> Self {
        Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            text: response.text().await.expect("it goes on to the end"),
        }
    }

    /// Sends a request and reads the answer.
    pub async fn to(request: RequestBuilder) -> Self {
        Self::of(request.send().await.expect("the server answers")).await
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    #[must_use]
    pub fn location(&self) -> &str {
        self.headers["location"].to_str().unwrap()
    }

    /// The value of the page's hidden field `csrf`.
    #[must_use]
    pub fn csrf(&self) -> String {
        self.hidden("csrf").expect("the page has a form")
    }

    #[must_use]
    pub fn hidden(&self, name: &str) -> Option<String> {
        let at = self.text.find(&format!("name=\"{name}\""))?;
        let start = self.text[..at].rfind('<')?;
        let tag = &self.text[start..start + self.text[start..].find('>')?];
        let value = tag.split_once("value=\"")?.1;
        Some(value[..value.find('"')?].to_owned())
    }

    #[track_caller]
    pub fn leads_to(&self, path: &str) {
        assert_eq!((self.status, self.location()), (303, path), "{self:?}");
    }

    #[track_caller]
    pub fn says(&self, text: &str) {
        assert!(self.text.contains(text), "{text:?} is not in {}", self.text);
    }

    #[track_caller]
    pub fn says_not(&self, text: &str) {
        assert!(!self.text.contains(text), "{text:?} is in {}", self.text);
    }
}

impl<'s> Browser<'s> {
    #[must_use]
    pub fn new(server: &'s TestServer) -> Self {
        Self {
            server,
            cookies: BTreeMap::new(),
        }
    }

    /// The request as this browser sends it.
    pub fn with_cookies(&self, request: RequestBuilder) -> RequestBuilder {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = request.header("user-agent", "a browser of the tests");
        if cookies.is_empty() {
            request
        } else {
            request.header(COOKIE, cookies.join("; "))
        }
    }

    pub async fn send(&mut self, request: RequestBuilder) -> Answer {
        let request = self.with_cookies(request);
        let response = request.send().await.expect("the server answers");
        for set in response.headers().get_all(SET_COOKIE) {
            let set = set.to_str().unwrap();
            let (name, rest) = set.split_once('=').unwrap();
            let (value, attributes) = rest.split_once(';').unwrap();
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Answer::of(response).await
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        let request = self.server.request(Method::GET, path);
        self.send(request).await
    }

    /// Sends these fields and no others.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let request = self.server.request(Method::POST, path).form(fields);
        self.send(request).await
    }

    /// Opens the page and sends its form, with its token.
    pub async fn fill(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let page = self.get(path).await;
        let csrf = page.csrf();
        let mut all = vec![("csrf", csrf.as_str())];
        all.extend_from_slice(fields);
        self.post(path, &all).await
    }

    pub async fn sign_in(&mut self, path: &str, name: &str, password: &str) -> Answer {
        let fields = [("username", name), ("password", password)];
        self.fill(path, &fields).await
    }

    pub async fn graphql(&mut self, query: &str, variables: Value) -> Value {
        let request = self.server.post("/graphql");
        let request = request.json(&json!({"query": query, "variables": variables}));
        let answer = self.send(request).await;
        assert_eq!(answer.status, 200);
        serde_json::from_str(&answer.text).unwrap()
    }
}
