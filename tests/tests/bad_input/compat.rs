//! The legacy Matrix login (contract/oauth2.md 17).

use serde_json::json;

use crate::{
    endpoint::{
        Endpoint,
        Speaks::{Html, Matrix},
    },
    world::{APP, PASSWORD, World, cookies, parameter, text},
};

const REDIRECT: &str = "/_matrix/client/:version/login/sso/redirect";

pub async fn endpoints(world: &World) -> Vec<Endpoint> {
    let person = world.person().await;
    let mut browser = world.signed_in(&person).await;
    let sso = world.sso().await;
    let confirmed = browser.fill(&sso, &[]).await;
    let login_token = parameter(confirmed.location(), "loginToken");
    let sso = world.sso().await;
    let id = sso.rsplit('/').next().unwrap();
    let csrf = browser.get(&sso).await.csrf();
    let session = world.compat(&person).await;
    let over = world.compat(&person).await;
    let all_over = world.compat(&person).await;
    let login = || Endpoint::post("/_matrix/client/:version/login", Matrix).with("v3");
    let mut all = vec![
        Endpoint::get("/_matrix/client/:version/login", Matrix).with("v3"),
        login()
            .json(json!({
                "type": "m.login.password",
                "identifier": { "type": "m.id.user", "user": person.name },
                "password": PASSWORD,
                "device_id": "TABLET",
                "initial_device_display_name": "A tablet",
                "refresh_token": true,
            }))
            .required(&["type", "password", "identifier"]),
        login()
            .json(json!({ "type": "m.login.token", "token": login_token }))
            .required(&["type", "token"]),
        Endpoint::post("/_matrix/client/:version/refresh", Matrix)
            .with("v3")
            .json(json!({ "refresh_token": text(&session, "refresh_token") }))
            .required(&["refresh_token"]),
        Endpoint::get("/complete-compat-sso/:id", Html)
            .with(id)
            .header("cookie", &cookies(&browser)),
        Endpoint::post("/complete-compat-sso/:id", Html)
            .with(id)
            .header("cookie", &cookies(&browser))
            .form(&[("csrf", &csrf)])
            .required(&["csrf"])
            .answers(303),
        Endpoint::post("/_matrix/client/:version/logout", Matrix)
            .with("v3")
            .bearer(&text(&over, "access_token")),
        Endpoint::post("/_matrix/client/:version/logout/all", Matrix)
            .with("v3")
            .bearer(&text(&all_over, "access_token"))
            .json(json!({ "io.element.only_compat_is_fine": true })),
    ];
    for ending in ["", "/", "/:idp"] {
        let route = format!("{REDIRECT}{ending}");
        let mut endpoint = Endpoint::get(&route, Html)
            .query(&[("redirectUrl", APP), ("action", "login")])
            .required(&["redirectUrl"])
            .answers(303);
        endpoint.path = route.replace(":version", "v3").replace(":idp", "oidc-any");
        all.push(endpoint);
    }
    all
}
