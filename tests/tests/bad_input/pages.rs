//! What people see in a browser (contract/oauth2.md 5, 6, 14 to 16).

use muniment_tests::{beside::now, browser::Browser};
use serde_json::json;

use crate::{
    endpoint::{
        Endpoint,
        Speaks::{Html, OAuth},
    },
    idp::{CLIENT, ISSUER, SECRET, signed},
    world::{PASSWORD, PROVIDER, World, cookies, request, text},
};

pub async fn endpoints(world: &World) -> Vec<Endpoint> {
    let mut all = signing_in(world).await;
    all.extend(registering(world).await);
    all.extend(recovering(world).await);
    all.extend(upstream(world).await);
    all.extend(answering_clients(world).await);
    all.extend(signed_in(world).await);
    all
}

/// A form of a page, which is refused without its token.
fn form(route: &str, browser: &Browser<'_>, csrf: &str, fields: &[(&str, &str)]) -> Endpoint {
    let fields = [&[("csrf", csrf)][..], fields].concat();
    Endpoint::post(route, Html)
        .header("cookie", &cookies(browser))
        .header("user-agent", "a browser of the tests")
        .form(&fields)
        .required(&["csrf"])
}

fn page(route: &str, browser: &Browser<'_>) -> Endpoint {
    Endpoint::get(route, Html).header("cookie", &cookies(browser))
}

async fn signing_in(world: &World) -> Vec<Endpoint> {
    let person = world.person().await;
    let mut browser = Browser::new(&world.server);
    let csrf = browser.get("/login").await.csrf();
    let going = [
        ("kind", "continue_authorization_grant"),
        ("id", "01JZZZZZZZZZZZZZZZZZZZGRNT"),
    ];
    let hinted = [&going[..], &[("login_hint", "a@example.com")]].concat();
    let fields = [("username", person.name.as_str()), ("password", PASSWORD)];
    vec![
        page("/", &browser),
        page("/login", &browser).query(&hinted),
        form("/login", &browser, &csrf, &fields)
            .query(&going)
            .answers(303),
        page("/register", &browser).query(&going),
    ]
}

async fn registering(world: &World) -> Vec<Endpoint> {
    let mut browser = Browser::new(&world.server);
    let csrf = browser.get("/register/password").await.csrf();
    let (name, other) = (world.name(), world.name());
    let email = |name: &str| format!("{name}@example.com");
    let (mine, others) = (email(&name), email(&other));
    let fields = |name, email| {
        [
            ("username", name),
            ("email", email),
            ("password", PASSWORD),
            ("password_confirm", PASSWORD),
        ]
    };
    let fresh = form(
        "/register/password",
        &browser,
        &csrf,
        &fields(&other, &others),
    );
    let begun = browser
        .fill("/register/password", &fields(&name, &mine))
        .await;
    assert_eq!(begun.status, 303, "{begun:?}");
    let id = begun.location().split('/').nth(3).unwrap().to_owned();
    let invitation = world.name();
    let token = json!({ "token": invitation });
    world.admin("/user-registration-tokens", &token).await;
    let step = |step: &str| format!("/register/steps/:id/{step}");
    let show = |name: &str| page(&step(name), &browser).with(&id);
    let send =
        |name: &str, fields: &[(&str, &str)]| form(&step(name), &browser, &csrf, fields).with(&id);
    vec![
        page("/register/password", &browser).query(&[("username", &name)]),
        fresh.answers(303),
        show("token"),
        send("token", &[("token", &invitation)]).answers(303),
        show("verify-email"),
        // What was mailed is not known here: a page again.
        send("verify-email", &[("code", "000000")]),
        show("display-name"),
        send(
            "display-name",
            &[("display_name", "Somebody"), ("action", "set")],
        )
        .answers(303),
        show("finish").answers(303),
    ]
}

async fn recovering(world: &World) -> Vec<Endpoint> {
    let person = world.person().await;
    let email = format!("{}@example.com", person.name);
    let mut browser = Browser::new(&world.server);
    let csrf = browser.get("/recover").await.csrf();
    let asked = browser.fill("/recover", &[("email", &email)]).await;
    assert_eq!(asked.status, 303, "{asked:?}");
    let id = asked.location().rsplit('/').next().unwrap().to_owned();
    let passwords = [
        ("ticket", "abcdefghijklmnopqrstuvwxyz012345"),
        ("password", "another horse battery staple 7"),
        ("password_confirm", "another horse battery staple 7"),
    ];
    let route = "/account/password/recovery";
    vec![
        page("/recover", &browser),
        form("/recover", &browser, &csrf, &[("email", &email)]).answers(303),
        page("/recover/progress/:id", &browser).with(&id),
        form("/recover/progress/:id", &browser, &csrf, &[]).with(&id),
        page(route, &browser).query(&passwords[..1]),
        form(route, &browser, &csrf, &passwords),
    ]
}

async fn upstream(world: &World) -> Vec<Endpoint> {
    let claims = |nonce: &str| {
        json!({"iss": ISSUER, "aud": CLIENT, "sub": world.name(), "iat": now() / 1_000_000,
            "exp": now() / 1_000_000 + 600, "nonce": nonce, "preferred_username": world.name()})
    };
    let mut browser = Browser::new(&world.server);
    let (state, nonce) = world.upstream(&mut browser).await;
    let code = world.name();
    world.idp.will_tell(&code, &claims(&nonce));
    let back = [("code", code.as_str()), ("state", state.as_str())];
    let answered = page("/upstream/callback/:id", &browser)
        .with(PROVIDER)
        .query(&back)
        .required(&["code", "state"])
        .answers(303);
    // Without the cookie of the way there, the form is sent once more.
    let posted = Endpoint::post("/upstream/callback/:id", Html)
        .with(PROVIDER)
        .form(&back);

    let mut arrived = Browser::new(&world.server);
    let (state, nonce) = world.upstream(&mut arrived).await;
    let code = world.name();
    world.idp.will_tell(&code, &claims(&nonce));
    let path = format!("/upstream/callback/{PROVIDER}?code={code}&state={state}");
    let link = arrived.get(&path).await.location().to_owned();
    let csrf = arrived.get(&link).await.csrf();
    let id = link.rsplit('/').next().unwrap();
    let fields = [
        ("action", "register"),
        ("username", &world.name()),
        ("import_display_name", "on"),
    ];
    let over = json!({"iss": ISSUER, "aud": CLIENT, "iat": now() / 1_000_000, "jti": "j",
        "exp": now() / 1_000_000 + 600, "sid": "s",
        "events": {"http://schemas.openid.net/event/backchannel-logout": {}}});
    vec![
        page("/upstream/authorize/:id", &Browser::new(&world.server))
            .with(PROVIDER)
            .query(&[("kind", "change_password")])
            .answers(307),
        answered,
        posted,
        page("/upstream/link/:id", &arrived).with(id),
        form("/upstream/link/:id", &arrived, &csrf, &fields)
            .with(id)
            .answers(303),
        Endpoint::post("/upstream/backchannel-logout/:id", OAuth)
            .with(PROVIDER)
            .form(&[("logout_token", &signed(&over, SECRET))])
            .required(&["logout_token"]),
    ]
}

async fn answering_clients(world: &World) -> Vec<Endpoint> {
    let person = world.person().await;
    let mut browser = world.signed_in(&person).await;
    let consent = world.consent(&mut browser).await;
    let consent = consent.rsplit('/').next().unwrap();
    let csrf = browser.get(&format!("/consent/{consent}")).await.csrf();
    let code = text(&world.device().await, "user_code");
    let entered = browser.fill("/link", &[("code", &code)]).await;
    let device = entered.location().rsplit('/').next().unwrap();
    let agreed = [("action", "consent"), ("confirm_device", "on")];
    vec![
        page("/authorize", &browser)
            .query(&request())
            .required(&["client_id"])
            .answers(303),
        page("/consent/:id", &browser).with(consent),
        form("/consent/:id", &browser, &csrf, &agreed[..1])
            .with(consent)
            .answers(303),
        page("/link", &browser).query(&[("code", "ABCDEF")]),
        form("/link", &browser, &csrf, &[("code", &code)]).answers(303),
        page("/device/:id", &browser).with(device),
        form("/device/:id", &browser, &csrf, &agreed).with(device),
    ]
}

async fn signed_in(world: &World) -> Vec<Endpoint> {
    let person = world.person().await;
    let mut browser = world.signed_in(&person).await;
    let csrf = browser.get("/account/password/change").await.csrf();
    let fields = [
        ("current_password", PASSWORD),
        ("password", "another horse battery staple 7"),
        ("password_confirm", "another horse battery staple 7"),
    ];
    vec![
        page("/.well-known/change-password", &browser).answers(303),
        // There is one only where the configuration names colours.
        page("/brand.css", &browser).answers(404),
        page("/account", &browser).answers(303),
        page("/account/", &browser),
        page("/account/*rest", &browser).with("anything"),
        page("/account/password/change", &browser),
        form("/account/password/change", &browser, &csrf, &fields),
        form("/logout", &browser, &csrf, &[("kind", "change_password")]).answers(303),
    ]
}
