use std::{collections::HashMap, sync::Arc};

use poem::{
    Endpoint, EndpointExt, Response, Route,
    endpoint::{BoxEndpoint, make_sync},
    http::{Method, StatusCode},
};
use poem_openapi::OpenApi;

use super::{
    answer::json,
    condition,
    cors::Cors,
    document::openapi_document,
    guard::Guard,
    idempotency::{self, Repeats},
    methods::Methods,
    operations::{Operations, ROOT},
    rights, swagger,
};
use crate::{app::App, http::Routes};

/// Everything below `/api`, under the listener's prefix. Paths that are not here are left to the
/// listener's own "not found" page.
pub fn routes(app: Arc<App>) -> Routes {
    let mut table: HashMap<String, HashMap<Method, BoxEndpoint<'static>>> = HashMap::new();
    Operations::default().add_routes(&mut table);
    let document = openapi_document(Some(&app.site));
    let route = Routes::default()
        .at(
            "/api/spec.json",
            public(make_sync(move |_| json(StatusCode::OK, &document))),
        )
        .at("/api/doc/", public(swagger::page()))
        .at(
            "/api/doc/oauth2-callback",
            public(swagger::oauth2_callback()),
        );
    let repeats = Arc::new(Repeats { reads: reads() });
    // Each operation is wrapped here, none on its own account: there is no way around the guard.
    let guarded = move |method: &Method, path: &str, operation| Guard {
        operation,
        narrower: rights::narrower(method, below_root(path)),
        is_tagged: condition::is_tagged(method, below_root(path)),
        is_repeatable: idempotency::is_repeatable(below_root(path)),
        repeats: repeats.clone(),
        app: app.clone(),
    };
    table.into_iter().fold(route, |route, (path, methods)| {
        let methods = methods
            .into_iter()
            .map(|(method, operation)| {
                let guarded = guarded(&method, &path, operation);
                (method, guarded)
            })
            .collect();
        route.at(path, Cors(Methods::new(methods)))
    })
}

/// The operations that read, for whoever has passed the guard.
fn reads() -> Route {
    let mut table: HashMap<String, HashMap<Method, BoxEndpoint<'static>>> = HashMap::new();
    Operations::default().add_routes(&mut table);
    let reads = table
        .into_iter()
        .filter_map(|(path, mut methods)| Some((path, methods.remove(&Method::GET)?)));
    reads.fold(Route::new(), |route, (path, read)| route.at(path, read))
}

fn below_root(path: &str) -> &str {
    path.strip_prefix(ROOT).unwrap_or_default()
}

/// A page for everybody.
fn public(page: impl Endpoint<Output = Response> + 'static) -> impl Endpoint<Output = Response> {
    Cors(Methods::new(vec![(Method::GET, page.boxed())]))
}
