//! GraphQL, and what machines look after.

use serde_json::json;

use crate::{
    endpoint::{
        Endpoint,
        Speaks::{GraphQl, Plain},
    },
    world::World,
};

const USERS: &str = "query Some($n: Int) { users(first: $n) { totalCount nodes { id username } } }";

pub async fn endpoints(world: &World) -> Vec<Endpoint> {
    let person = world.person().await;
    let mutation = "mutation Lock($id: ID!) { lockUser(input: {userId: $id}) { status } }";
    let post = |query: &str, name: &str, variables| {
        Endpoint::post("/graphql", GraphQl)
            .bearer(&world.admin_token)
            .json(json!({"query": query, "operationName": name, "variables": variables}))
    };
    let mut all = vec![
        post(USERS, "Some", json!({ "n": 2 })),
        post(
            mutation,
            "Lock",
            json!({ "id": format!("user:{}", person.id) }),
        ),
        Endpoint::get("/graphql", GraphQl)
            .bearer(&world.admin_token)
            .query(&[
                ("query", USERS),
                ("operationName", "Some"),
                ("variables", "{\"n\": 2}"),
            ]),
    ];
    let mut routes: Vec<String> = ["/health", "/metrics", "/connection-info"]
        .map(str::to_owned)
        .into();
    let page = world
        .server
        .get("/")
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let asset = page.split("/assets/").nth(1).expect("the page has a style");
    let asset = asset.split('"').next().unwrap();
    all.push(Endpoint::get("/assets/*path", Plain).with(asset));
    let files = [
        "",
        "/start.css",
        "/start.js",
        "/graphiql.min.css",
        "/graphiql.min.js",
        "/react.production.min.js",
        "/react-dom.production.min.js",
    ];
    routes.extend(files.map(|file| format!("/graphql/playground{file}")));
    routes.extend(["spec.json", "doc/", "doc/oauth2-callback"].map(|path| format!("/api/{path}")));
    all.extend(routes.iter().map(|route| Endpoint::get(route, Plain)));
    all
}
