//! A browser: cookies, forms with their hidden fields, and redirects that are looked at.

use std::collections::BTreeMap;

use muniment_tests::TestServer;
use reqwest::{
    Method, RequestBuilder,
    header::{COOKIE, HeaderMap, SET_COOKIE},
};
use serde_json::{Value, json};

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
    pub fn location(&self) -> &str {
        self.headers["location"].to_str().unwrap()
    }

    /// The value of the page's hidden field `csrf`.
    pub fn csrf(&self) -> String {
        self.hidden("csrf").expect("the page has a form")
    }

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
    pub fn new(server: &'s TestServer) -> Self {
        Self {
            server,
            cookies: BTreeMap::new(),
        }
    }

    pub async fn send(&mut self, request: RequestBuilder) -> Answer {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut request = request.header("user-agent", "a browser of the tests");
        if !cookies.is_empty() {
            request = request.header(COOKIE, cookies.join("; "));
        }
        let response = request.send().await.expect("the server answers");
        let headers = response.headers().clone();
        for set in headers.get_all(SET_COOKIE) {
            let set = set.to_str().unwrap();
            let (name, rest) = set.split_once('=').unwrap();
            let (value, attributes) = rest.split_once(';').unwrap();
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Answer {
            status: response.status().as_u16(),
            headers,
            text: response.text().await.expect("and goes on to the end"),
        }
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
