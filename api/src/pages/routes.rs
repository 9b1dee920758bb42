//! Where the pages are. Everything here is wrapped alike: cookies, headers, errors as pages.

use std::sync::Arc;

use poem::{Endpoint, EndpointExt, IntoEndpoint, get, post};

use super::{
    account, home, human, login, logout, password, recover, register, register_steps as steps,
    upstream,
};
use crate::{
    app::App,
    compat,
    http::{Routes, form::MaxBody},
    oauth,
    web::CookieManager,
};

/// Routes to which pages are added, each with all that [`Visit`](super::Visit) and
/// [`Posted`](super::Posted) need.
pub struct Pages<'a> {
    route: Routes,
    app: &'a Arc<App>,
    max_form: usize,
}

impl<'a> Pages<'a> {
    pub const fn on(route: Routes, app: &'a Arc<App>, max_form: usize) -> Self {
        Self {
            route,
            app,
            max_form,
        }
    }

    /// Adds a page.
    #[must_use]
    pub fn at<E>(mut self, path: &str, methods: E) -> Self
    where
        E: IntoEndpoint,
        E::Endpoint: 'static,
    {
        let page = methods
            .into_endpoint()
            .map_to_response()
            .data(self.app.clone())
            .data(MaxBody(self.max_form))
            .with(CookieManager::new(self.app.cookies.clone()));
        let page = human(page, self.app.brand.clone());
        self.route = self.route.at(path, page.boxed());
        self
    }

    pub fn routes(self) -> Routes {
        self.route
    }
}

/// Adds all that people see in a browser.
pub fn add(route: Routes, app: &Arc<App>, max_form: usize) -> Routes {
    // For providers, not for people.
    let route = route.at(
        "/upstream/backchannel-logout/:id",
        oauth::told(
            post(upstream::signed_out)
                .data(app.clone())
                .data(MaxBody(max_form)),
            "POST",
        ),
    );
    compat::add_pages(oauth::add_pages(Pages::on(route, app, max_form)))
        .at("/", get(home::home))
        .at("/brand.css", get(home::brand_styles))
        .at("/login", get(login::show).post(login::submit))
        .at("/logout", post(logout::logout))
        .at("/register", get(register::choose))
        .at(
            "/register/password",
            get(register::show).post(register::submit),
        )
        .at(
            "/register/steps/:id/token",
            get(steps::token_form).post(steps::token_submit),
        )
        .at(
            "/register/steps/:id/verify-email",
            get(steps::email_form).post(steps::email_submit),
        )
        .at(
            "/register/steps/:id/display-name",
            get(steps::name_form).post(steps::name_submit),
        )
        .at("/register/steps/:id/finish", get(steps::finish))
        .at("/recover", get(recover::show).post(recover::submit))
        .at("/upstream/authorize/:id", get(upstream::leave))
        .at(
            "/upstream/callback/:id",
            get(upstream::answered).post(upstream::posted),
        )
        .at(
            "/upstream/link/:id",
            get(upstream::show).post(upstream::submit),
        )
        .at(
            "/recover/progress/:id",
            get(recover::progress).post(recover::resend),
        )
        .at(
            "/.well-known/change-password",
            get(account::change_password),
        )
        .at("/account", get(account::without_slash))
        .at("/account/", get(account::account))
        .at(
            "/account/password/change",
            get(password::show_change).post(password::change),
        )
        .at(
            "/account/password/recovery",
            get(password::show_recovery).post(password::recover),
        )
        .at("/account/*rest", get(account::account))
        .routes()
}
