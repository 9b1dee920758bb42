//! Where the pages are. Everything here is wrapped alike: cookies, headers, errors as pages.

use std::sync::Arc;

use poem::{Endpoint, EndpointExt, IntoEndpoint, Route, get, post};

use super::{
    MaxForm, account, home, human, login, logout, recover, register, register_steps as steps,
};
use crate::{app::App, oauth, web::CookieManager};

/// Routes to which pages are added, each with all that [`Visit`](super::Visit) and
/// [`Posted`](super::Posted) need.
pub struct Pages<'a> {
    route: Route,
    app: &'a Arc<App>,
    max_form: usize,
}

impl<'a> Pages<'a> {
    pub const fn on(route: Route, app: &'a Arc<App>, max_form: usize) -> Self {
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
            .data(MaxForm(self.max_form))
            .with(CookieManager::new(self.app.cookies.clone()));
        let page = human(page, self.app.brand.clone());
        self.route = self.route.at(path, page.boxed());
        self
    }

    pub fn routes(self) -> Route {
        self.route
    }
}

/// Adds all that people see in a browser.
pub fn add(route: Route, app: &Arc<App>, max_form: usize) -> Route {
    oauth::add_pages(Pages::on(route, app, max_form))
        .at("/", get(home::home))
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
        .at("/account/password/recovery", get(account::recovery))
        .at("/account/*rest", get(account::account))
        .routes()
}
