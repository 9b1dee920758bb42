//! An endpoint with a request that nothing is wrong with.

use reqwest::Method;
use serde_json::Value;

/// How an endpoint tells what it refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaks {
    /// A page for people.
    Html,
    /// `error` and `error_description` (RFC 6749 section 5.2).
    OAuth,
    /// The same, but of a token that is not good only the status (contract oauth2.md 11).
    Userinfo,
    /// `errcode` and `error`.
    Matrix,
    /// `errors`, each with a title.
    Admin,
    /// `errors`, each with a message.
    GraphQl,
    /// The status says it all.
    Plain,
}

#[derive(Debug, Clone)]
pub enum Body {
    None,
    Form(Vec<(String, String)>),
    Json(Value),
}

#[derive(Debug, Clone)]
pub struct Endpoint {
    pub method: Method,
    /// As the server lists it.
    pub route: String,
    /// With its variables filled in.
    pub path: String,
    pub speaks: Speaks,
    pub query: Vec<(String, String)>,
    pub body: Body,
    pub headers: Vec<(String, String)>,
    /// Parameters without which, and with two of which, it is refused.
    pub required: Vec<String>,
    /// What the request is answered as it stands.
    pub answers: u16,
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

impl Endpoint {
    pub fn new(method: Method, route: &str, speaks: Speaks) -> Self {
        Self {
            method,
            route: route.to_owned(),
            path: route.to_owned(),
            speaks,
            query: Vec::new(),
            body: Body::None,
            headers: Vec::new(),
            required: Vec::new(),
            answers: 200,
        }
    }

    pub fn get(route: &str, speaks: Speaks) -> Self {
        Self::new(Method::GET, route, speaks)
    }

    pub fn post(route: &str, speaks: Speaks) -> Self {
        Self::new(Method::POST, route, speaks)
    }

    /// Fills in the variable of the route.
    #[must_use]
    pub fn with(mut self, value: &str) -> Self {
        let start = self.route.find([':', '*', '{']);
        let start = start.expect("the route has a variable");
        let end = self.route[start..].find('/').map(|at| start + at);
        let rest = end.map_or("", |end| &self.route[end..]);
        self.path = format!("{}{value}{rest}", &self.route[..start]);
        self
    }

    #[must_use]
    pub fn query(mut self, pairs: &[(&str, &str)]) -> Self {
        self.query = owned(pairs);
        self
    }

    #[must_use]
    pub fn form(mut self, pairs: &[(&str, &str)]) -> Self {
        self.body = Body::Form(owned(pairs));
        self
    }

    #[must_use]
    pub fn json(mut self, body: Value) -> Self {
        self.body = Body::Json(body);
        self
    }

    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    #[must_use]
    pub fn required(mut self, names: &[&str]) -> Self {
        self.required = names.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    #[must_use]
    pub const fn answers(mut self, status: u16) -> Self {
        self.answers = status;
        self
    }
}
