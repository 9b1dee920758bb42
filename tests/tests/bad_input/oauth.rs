//! What clients and homeservers call (contract/oauth2.md 3 to 13).

use serde_json::json;

use crate::{
    endpoint::{
        Endpoint,
        Speaks::{OAuth, Userinfo},
    },
    world::{PUBLIC_ID, VERIFIER, World, basic, text},
};

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

pub async fn endpoints(world: &World) -> Vec<Endpoint> {
    let person = world.person().await;
    let mut browser = world.signed_in(&person).await;
    let code = world.code(&mut browser).await;
    let tokens = world.tokens(&mut browser).await;
    let doomed = world.tokens(&mut browser).await;
    let looked_at = text(&world.tokens(&mut browser).await, "access_token");
    let device = world.device().await;
    let (access, refresh) = (
        text(&tokens, "access_token"),
        text(&tokens, "refresh_token"),
    );
    let mut all = documents();
    all.extend(grants(&code, &refresh, &text(&device, "device_code")));
    all.extend([
        Endpoint::post("/oauth2/device", OAuth)
            .form(&[("client_id", PUBLIC_ID), ("scope", "openid")])
            .required(&["client_id"]),
        Endpoint::post("/oauth2/introspect", OAuth)
            .header("authorization", &basic())
            .form(&[("token", &access), ("token_type_hint", "access_token")])
            .required(&["token"]),
        Endpoint::post("/oauth2/revoke", OAuth)
            .form(&[
                ("client_id", PUBLIC_ID),
                ("token", &text(&doomed, "access_token")),
                ("token_type_hint", "access_token"),
            ])
            .required(&["client_id", "token"]),
        Endpoint::get("/oauth2/userinfo", Userinfo).bearer(&looked_at),
        Endpoint::post("/oauth2/userinfo", Userinfo).bearer(&looked_at),
        Endpoint::post("/oauth2/registration", OAuth)
            .json(json!({
                "client_name": "An application",
                "client_uri": "https://example.com/",
                "redirect_uris": ["https://example.com/callback"],
                "grant_types": ["authorization_code", "refresh_token"],
                "response_types": ["code"],
                "token_endpoint_auth_method": "client_secret_basic",
                "contacts": ["a@example.com"],
            }))
            .required(&["redirect_uris"])
            .answers(201),
    ]);
    all
}

fn documents() -> Vec<Endpoint> {
    let mut all: Vec<Endpoint> = [
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
        "/oauth2/keys.json",
    ]
    .map(|route| Endpoint::get(route, OAuth))
    .into();
    let webfinger = Endpoint::get("/.well-known/webfinger", OAuth).query(&[
        ("resource", "acct:alice@example.com"),
        ("rel", "http://openid.net/specs/connect/1.0/issuer"),
    ]);
    all.push(webfinger.required(&["resource"]));
    all
}

fn grants(code: &str, refresh: &str, device: &str) -> [Endpoint; 4] {
    let token = || Endpoint::post("/oauth2/token", OAuth);
    [
        token()
            .form(&[
                ("grant_type", "authorization_code"),
                ("client_id", PUBLIC_ID),
                ("code", code),
                ("code_verifier", VERIFIER),
            ])
            .required(&["grant_type", "client_id", "code", "code_verifier"]),
        token()
            .form(&[
                ("grant_type", "refresh_token"),
                ("client_id", PUBLIC_ID),
                ("refresh_token", refresh),
            ])
            .required(&["grant_type", "client_id", "refresh_token"]),
        // Nobody has agreed yet.
        token()
            .form(&[
                ("grant_type", DEVICE_CODE),
                ("client_id", PUBLIC_ID),
                ("device_code", device),
            ])
            .required(&["grant_type", "client_id", "device_code"])
            .answers(403),
        token()
            .header("authorization", &basic())
            .form(&[
                ("grant_type", "client_credentials"),
                ("scope", "urn:mas:admin"),
            ])
            .required(&["grant_type"]),
    ]
}
