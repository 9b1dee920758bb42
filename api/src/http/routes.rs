//! Which listener serves what.

use std::sync::Arc;

use poem::{Endpoint, EndpointExt, Response, Route};

use super::{Routes, connection_info, health, metrics, observe::Observe};
use crate::{
    admin,
    app::App,
    compat,
    config::{Config, Listener, Resource},
    graphql::{self, GraphqlOptions},
    oauth,
    pages::{self, assets},
};

/// What there is of a server that looks back. Nobody signs in there, and nothing is changed.
const fn is_of_past(resource: &Resource) -> bool {
    match resource {
        Resource::AdminApi
        | Resource::Graphql(_)
        | Resource::Health
        | Resource::Prometheus
        | Resource::ConnectionInfo => true,
        Resource::Discovery
        | Resource::OAuth
        | Resource::Assets
        | Resource::Human
        | Resource::Compat => false,
    }
}

/// All routes of one listener, under its prefix.
pub fn routes(
    app: &Arc<App>,
    listener: &Listener,
    config: &Config,
) -> impl Endpoint<Output = Response> + use<> {
    let max_body = config.http.max_request_body;
    let prefix = listener.prefix.clone().unwrap_or_default();
    let mut route = Routes::default();
    let looks_back = app.past.is_some();
    let resources = listener.resources.iter();
    for resource in resources.filter(|resource| !looks_back || is_of_past(resource)) {
        route = match resource {
            Resource::Discovery => oauth::add_discovery(route, app),
            Resource::OAuth => oauth::add_endpoints(route, app, max_body),
            Resource::Health => health::add(route, app),
            Resource::Prometheus => metrics::add(route, app),
            Resource::Assets => assets::add(route),
            Resource::AdminApi => route.nest("/api", admin::routes(app.clone())),
            Resource::Graphql(access) => route.nest(
                "/graphql",
                graphql::routes(
                    app.clone(),
                    GraphqlOptions {
                        playground: access.playground,
                        bearer_access: access.undocumented_oauth2_access,
                        prefix: prefix.clone(),
                        max_body,
                        limits: config.graphql,
                    },
                ),
            ),
            Resource::Human => pages::routes::add(route, app, max_body),
            Resource::Compat => compat::add_endpoints(route, app, max_body),
            Resource::ConnectionInfo => connection_info::add(route),
        };
    }
    let (route, mut paths) = route.done();
    paths.sort_unstable();
    tracing::debug!(listener.name = %listener.name, routes = paths.join(" "), "serving");
    let inner = if prefix.is_empty() {
        route.boxed()
    } else {
        Route::new().nest(prefix, route).boxed()
    };
    Observe {
        inner,
        app: app.clone(),
    }
}
