use muniment_tests::{TestDatabase, TestServer, browser::Browser, each_backend};
use serde_json::{Value, json};

use crate::{
    CLIENT, ISSUER, Idp, PROVIDER, follow,
    idp::{SECRET, signed},
    now, start_with, viewer, visit,
};

each_backend!(a_session_ends_with_the_one_at_the_provider);

async fn tell(server: &TestServer, change: &Value) -> u16 {
    let mut claims = json!({"iss": ISSUER, "aud": CLIENT, "iat": now(), "exp": now() + 60,
        "jti": "j", "events": {"http://schemas.openid.net/event/backchannel-logout": {}}});
    for (name, value) in change.as_object().unwrap() {
        claims[name] = value.clone();
    }
    let token = signed(&claims, SECRET);
    let path = format!("/upstream/backchannel-logout/{PROVIDER}");
    let request = server.post(&path).form(&[("logout_token", &token)]);
    request.send().await.unwrap().status().as_u16()
}

async fn a_session_ends_with_the_one_at_the_provider(database: TestDatabase) {
    let idp = Idp::start().await;
    let more = "on_backchannel_logout: logout_browser_only\nclaims_imports: {skip_confirmation: \
        true, localpart: {action: force}, displayname: {action: force}}";
    let server = start_with(&database, &idp, more).await;
    let told = |sid: &str| json!({"preferred_username": "alice", "name": "A", "sid": sid});
    let (mut one, mut two) = (Browser::new(&server), Browser::new(&server));
    let (_, answer) = visit(&mut one, &idp, &told("s1")).await;
    follow(&mut one, answer).await;
    visit(&mut two, &idp, &told("s2")).await.1.leads_to("/");

    assert_eq!(tell(&server, &json!({})).await, 400);
    assert_eq!(
        tell(&server, &json!({"sid": "s1", "nonce": "n"})).await,
        400
    );
    assert_eq!(
        tell(&server, &json!({"sid": "s1", "aud": "others"})).await,
        400
    );
    assert_eq!(tell(&server, &json!({"sid": "s3"})).await, 200);
    assert_eq!(
        tell(&server, &json!({"sid": "s1", "sub": "somebody else"})).await,
        200
    );
    assert_eq!(viewer(&mut one).await["username"], "alice");
    assert_eq!(tell(&server, &json!({"sid": "s1"})).await, 200);
    assert!(viewer(&mut one).await["username"].is_null());
    assert_eq!(viewer(&mut two).await["username"], "alice");
    assert_eq!(tell(&server, &json!({"sub": "somebody"})).await, 200);
    assert!(viewer(&mut two).await["username"].is_null());
    let unknown = server.post("/upstream/backchannel-logout/01HV3JZ6Y0000000000000000B");
    assert_eq!(unknown.send().await.unwrap().status(), 404);
}
