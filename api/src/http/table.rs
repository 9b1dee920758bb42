//! The routes of a listener while they are put together: what is served, and the list of it.

use poem::{IntoEndpoint, Route};

/// Routes to which more are added. Nothing is served that is not on the list, so that a test can hold
/// its own list against it.
#[derive(Default)]
pub struct Routes {
    route: Route,
    paths: Vec<String>,
}

impl Routes {
    /// Adds an endpoint, under a path that is not taken.
    #[must_use]
    pub fn at<E>(mut self, path: impl AsRef<str>, endpoint: E) -> Self
    where
        E: IntoEndpoint,
        E::Endpoint: 'static,
    {
        self.paths.push(path.as_ref().to_owned());
        self.route = self.route.at(path, endpoint);
        self
    }

    /// Adds all of `inner`, whose paths begin with this one.
    #[must_use]
    pub fn nest(mut self, path: &str, inner: Self) -> Self {
        self.paths.extend(inner.paths);
        self.route = self.route.nest_no_strip(path, inner.route);
        self
    }

    /// What is to be served, and the path of each endpoint of it.
    pub fn done(self) -> (Route, Vec<String>) {
        (self.route, self.paths)
    }
}
