//! OAuth 2.0 and `OpenID` Connect: discovery and the token endpoint.

mod credentials;
mod discovery;
mod error;
mod form;
mod keys;
mod token;

use std::sync::Arc;

use poem::{EndpointExt, Route, get, http::Method, middleware::Cors, post};

use crate::app::App;

/// The well-known documents.
pub fn add_discovery(route: Route, app: &Arc<App>) -> Route {
    let document = || {
        get(discovery::document)
            .with(cors([Method::GET]))
            .data(app.clone())
    };
    route
        .at("/.well-known/openid-configuration", document())
        // RFC 8414 section 3: the same facts for clients that know OAuth 2.0 alone.
        .at("/.well-known/oauth-authorization-server", document())
}

/// The endpoints that clients call.
pub fn add_endpoints(route: Route, app: &Arc<App>, max_body: usize) -> Route {
    route
        .at(
            "/oauth2/keys.json",
            get(keys::keys).with(cors([Method::GET])).data(app.clone()),
        )
        .at(
            "/oauth2/token",
            post(token::token)
                .with(cors([Method::POST]))
                .data(app.clone())
                .data(form::MaxBody(max_body)),
        )
}

/// Contract oauth2.md 1.5.
fn cors<const N: usize>(methods: [Method; N]) -> Cors {
    Cors::new()
        .allow_methods(methods)
        .allow_headers([
            "authorization",
            "accept",
            "accept-language",
            "content-language",
            "content-type",
            "x-requested-with",
        ])
        .max_age(3600)
}
