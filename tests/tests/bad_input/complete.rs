//! That no endpoint is left out: the server lists what it serves, and answers no other method.

use std::collections::{BTreeMap, BTreeSet};

use muniment_tests::{TestDatabase, each_backend};
use reqwest::Method;
use serde_json::Value;

use crate::{
    admin, attempt::encoded, compat, endpoint::Endpoint, oauth, others, pages, world::World,
};

each_backend!(every_endpoint_of_the_server_is_tried);

async fn every_endpoint_of_the_server_is_tried(database: TestDatabase) {
    let world = World::start(&database).await;
    let mut all: Vec<Endpoint> = oauth::endpoints(&world).await;
    all.extend(pages::endpoints(&world).await);
    all.extend(compat::endpoints(&world).await);
    all.extend(admin::endpoints(&world).await);
    all.extend(others::endpoints(&world).await);
    let mut known: BTreeMap<&str, (&str, Vec<&Method>)> = BTreeMap::new();
    for endpoint in &all {
        let entry = known.entry(&endpoint.route);
        let (_, methods) = entry.or_insert_with(|| (&endpoint.path, Vec::new()));
        methods.push(&endpoint.method);
    }
    let served = served(&world.server.log());
    let tried: BTreeSet<String> = known.keys().map(|route| nameless(route)).collect();
    assert_eq!(
        served, tried,
        "what is served, and what is tried with bad input"
    );
    let methods = [
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
    ];
    for (path, tried) in known.values() {
        for method in methods.iter().filter(|method| !tried.contains(method)) {
            let request = world.server.request(method.clone(), path);
            let answer = request
                .bearer_auth(&world.admin_token)
                .send()
                .await
                .unwrap();
            assert_eq!(
                answer.status(),
                405,
                "{method} {path} is served and not tried"
            );
        }
    }
    let nowhere = world.server.get(&format!("/{}", encoded(b"nowhere")));
    assert_eq!(nowhere.send().await.unwrap().status(), 404);
}

/// The routes that the log says are served.
fn served(log: &str) -> BTreeSet<String> {
    let line = log.lines().find(|line| line.contains("\"routes\":"));
    let line: Value = serde_json::from_str(line.expect("the routes are logged")).unwrap();
    let routes = line["routes"]
        .as_str()
        .or(line["fields"]["routes"].as_str());
    let routes = routes.expect("as a text");
    routes.split(' ').map(nameless).collect()
}

/// Without the names of its variables.
fn nameless(route: &str) -> String {
    let segments = route
        .split('/')
        .map(|segment| match segment.chars().next() {
            Some(sign @ (':' | '*')) => sign.to_string(),
            _ => segment.to_owned(),
        });
    segments.collect::<Vec<_>>().join("/")
}
