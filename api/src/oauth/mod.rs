//! OAuth 2.0 and `OpenID` Connect: what clients, their users and the homeserver meet (contract oauth2.md
//! 3 to 13).

mod asking;
mod authorize;
mod consent;
mod credentials;
mod device;
mod discovery;
mod error;
mod introspect;
mod keys;
mod registration;
mod revoke;
mod token;
mod userinfo;
mod webfinger;

pub use asking::{person, reason};

use std::sync::Arc;

use poem::{
    Endpoint, EndpointExt, Response, RouteMethod,
    error::ResponseError,
    get,
    http::{Method, StatusCode},
    middleware::Cors,
    post,
};

use self::error::OauthError;

use crate::{
    app::App,
    http::{Routes, form},
    pages::Pages,
};

/// The well-known documents.
pub fn add_discovery(route: Routes, app: &Arc<App>) -> Routes {
    let document = |handler: RouteMethod| {
        told(handler.data(app.clone()), "GET, HEAD").with(cors([Method::GET]))
    };
    route
        .at(
            "/.well-known/openid-configuration",
            document(get(discovery::metadata)),
        )
        // RFC 8414 section 3: the same facts for clients that know OAuth 2.0 alone.
        .at(
            "/.well-known/oauth-authorization-server",
            document(get(discovery::metadata)),
        )
        .at(
            "/.well-known/webfinger",
            document(get(webfinger::webfinger)),
        )
}

/// The endpoints that clients and homeservers call.
pub fn add_endpoints(route: Routes, app: &Arc<App>, max_body: usize) -> Routes {
    let posted = |handler: RouteMethod| {
        let handler = handler.data(app.clone()).data(form::MaxBody(max_body));
        told(handler, "POST").with(cors([Method::POST]))
    };
    let userinfo = get(userinfo::userinfo)
        .post(userinfo::userinfo)
        .data(app.clone())
        .data(form::MaxBody(max_body));
    let keys = get(keys::keys).data(app.clone());
    route
        .at(
            "/oauth2/keys.json",
            told(keys, "GET, HEAD").with(cors([Method::GET])),
        )
        .at("/oauth2/token", posted(post(token::token)))
        .at("/oauth2/introspect", posted(post(introspect::introspect)))
        .at("/oauth2/revoke", posted(post(revoke::revoke)))
        .at("/oauth2/device", posted(post(device::start)))
        .at("/oauth2/registration", posted(post(registration::register)))
        .at(
            "/oauth2/userinfo",
            told(userinfo, "GET, HEAD, POST").with(cors([Method::GET, Method::POST])),
        )
}

/// The pages on which people answer clients.
pub fn add_pages(pages: Pages<'_>) -> Pages<'_> {
    pages
        .at("/authorize", get(authorize::authorize))
        .at("/consent/:id", get(consent::show).post(consent::give))
        .at("/link", get(device::show_link).post(device::enter))
        .at("/device/:id", get(device::show).post(device::decide))
}

/// What goes wrong before a handler is reached is told as OAuth 2.0 does it, too.
pub fn told(
    handler: impl Endpoint + 'static,
    allowed: &'static str,
) -> impl Endpoint<Output = Response> + 'static {
    handler
        .map_to_response()
        .catch_all_error(move |error: poem::Error| async move {
            if error.is::<OauthError>() || error.is_from_response() {
                return error.into_response();
            }
            let refused = match error.status() {
                StatusCode::METHOD_NOT_ALLOWED => OauthError::Method { allowed },
                status if status.is_client_error() => {
                    OauthError::InvalidRequest("the request cannot be read")
                }
                _ => OauthError::internal(error),
            };
            refused.as_response()
        })
        .map_to_response()
}

/// Contract oauth2.md 1.5.
pub fn cors<const N: usize>(methods: [Method; N]) -> Cors {
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
