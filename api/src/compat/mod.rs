//! The legacy Matrix login, for clients that do not speak OAuth 2.0 (contract oauth2.md 17). A proxy
//! leads these paths of the homeserver's here.

mod body;
mod error;
mod login;
mod login_token;
mod logout;
mod password;
mod refresh;
mod sso;

use std::sync::Arc;

use poem::{Endpoint, EndpointExt, IntoResponse, Response, get, http::Method, post};

use self::error::MatrixError;
use crate::{
    app::App,
    http::{Routes, form::MaxBody},
    oauth::cors,
    pages::Pages,
};

/// The endpoints that clients call, and the one that they open a browser at.
pub fn add_endpoints(route: Routes, app: &Arc<App>, max_body: usize) -> Routes {
    let limit = MaxBody(max_body);
    let route = route
        .at(
            "/_matrix/client/:version/login",
            api(get(login::flows).post(login::login), app, limit),
        )
        .at(
            "/_matrix/client/:version/refresh",
            api(post(refresh::refresh), app, limit),
        )
        .at(
            "/_matrix/client/:version/logout",
            api(post(logout::logout), app, limit),
        )
        .at(
            "/_matrix/client/:version/logout/all",
            api(post(logout::logout_all), app, limit),
        );
    let redirect = "/_matrix/client/:version/login/sso/redirect";
    Pages::on(route, app, max_body)
        .at(redirect, get(sso::redirect))
        .at(&format!("{redirect}/"), get(sso::redirect))
        .at(&format!("{redirect}/:idp"), get(sso::redirect))
        .routes()
}

/// The page on which people confirm such a sign-in.
pub fn add_pages(pages: Pages<'_>) -> Pages<'_> {
    let page = get(sso::show).post(sso::confirm);
    pages.at("/complete-compat-sso/:id", page)
}

/// What goes wrong before a handler is reached is told in Matrix's form, too.
fn api(
    handler: impl Endpoint + 'static,
    app: &Arc<App>,
    limit: MaxBody,
) -> impl Endpoint<Output = Response> + 'static {
    handler
        .map_to_response()
        .data(app.clone())
        .data(limit)
        .catch_all_error(|error: poem::Error| async move {
            if error.is::<MatrixError>() || error.is_from_response() {
                return error.into_response();
            }
            MatrixError::of_status(error.status()).into_response()
        })
        .with(cors([Method::GET, Method::POST]))
        .map_to_response()
}
