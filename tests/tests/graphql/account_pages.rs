//! What the account pages send (contract/graphql.md 15), as files, and what they need of the answers
//! (16).

use std::collections::BTreeMap;

use muniment_tests::{TestDatabase, browser::Browser, each_backend};
use serde_json::{Value, json};

use crate::{
    STRONG,
    scene::{Scene, TICKET},
};

each_backend!(
    profile_pages_are_answered_with_what_they_show,
    session_pages_are_answered_with_what_they_show,
    a_page_costs_few_statements_however_long_its_list_is,
    sessions_are_ended_and_passwords_are_changed,
    an_anonymous_visitor_is_told_so_and_finds_their_ticket,
    a_person_changes_everything_about_their_account,
    a_ticket_that_is_too_old_is_sent_again,
);

/// The documents, by the names of their operations.
fn operations() -> BTreeMap<String, String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/account-pages");
    let files = std::fs::read_dir(folder).unwrap();
    let found: BTreeMap<String, String> = files
        .map(|file| {
            let path = file.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    assert_eq!(found.len(), 30);
    found
}

/// A page in a browser.
struct Page<'s> {
    browser: Browser<'s>,
    operations: BTreeMap<String, String>,
}

impl<'s> Page<'s> {
    async fn of(scene: &'s Scene, name: &str) -> Self {
        Self {
            browser: scene.signed_in(name).await,
            operations: operations(),
        }
    }

    fn anonymous(scene: &'s Scene) -> Self {
        Self {
            browser: Browser::new(&scene.api.server),
            operations: operations(),
        }
    }

    /// What the page gets: it takes any errors, even an empty list of them, for a failure.
    async fn run(&mut self, operation: &str, variables: Value) -> Value {
        let document = self.operations[operation].clone();
        let answer = self.browser.graphql(&document, variables).await;
        assert_eq!(answer.get("errors"), None, "{operation}: {answer}");
        assert!(answer["data"].is_object(), "{operation}: {answer}");
        answer["data"].clone()
    }
}

async fn profile_pages_are_answered_with_what_they_show(database: TestDatabase) {
    let scene = Scene::start(&database).await;
    let mut page = Page::of(&scene, "bob").await;
    let bob = format!("user:{}", scene.bob);
    let answer = page.run("Footer", json!({})).await;
    assert_eq!(
        answer["siteConfig"],
        json!({ "id": "site_config", "imprint": null, "tosUri": null, "policyUri": null })
    );
    let matrix = json!({ "mxid": "@bob:example.com", "displayName": "bob" });
    assert_eq!(
        page.run("CurrentUserGreeting", json!({})).await,
        json!({
            "viewer": {
                "__typename": "User",
                "id": bob,
                "matrix": matrix,
                "unfilteredAppSessions": { "totalCount": 2 },
            },
            "siteConfig": {
                "displayNameChangeAllowed": true,
                "planManagementIframeUri": null,
                "sessionLimit": { "softLimit": 12 },
            },
        })
    );
    let answer = page.run("UserProfile", json!({})).await;
    assert_eq!(answer["viewerSession"]["__typename"], "BrowserSession");
    assert_eq!(
        answer["viewerSession"]["user"],
        json!({
            "username": "bob",
            "hasPassword": true,
            "matrix": matrix,
            "emails": { "totalCount": 1 },
        })
    );
    assert_eq!(answer["siteConfig"]["passwordLoginEnabled"], true);
    let answer = page.run("UserEmailList", json!({ "first": 6 })).await;
    let emails = &answer["viewer"]["emails"];
    assert_eq!(emails["edges"][0]["node"]["email"], "bob@example.com");
    assert_eq!(
        emails["pageInfo"]["startCursor"],
        emails["edges"][0]["cursor"]
    );
    page.run("PlanManagementTab", json!({})).await;
    // That of another session.
    let id = format!("user_email_authentication:{}", scene.of_bob.authentication);
    let answer = page.run("VerifyEmail", json!({ "id": id })).await;
    assert_eq!(answer, json!({ "userEmailAuthentication": null }));
    let answer = page.run("PasswordChange", json!({})).await;
    assert_eq!(answer["siteConfig"]["minimumPasswordComplexity"], 3);
}

async fn session_pages_are_answered_with_what_they_show(database: TestDatabase) {
    let scene = Scene::start(&database).await;
    let bobs = &scene.of_bob;
    let mut page = Page::of(&scene, "bob").await;
    let bob = format!("user:{}", scene.bob);
    let own = page.run("UserProfile", json!({})).await["viewerSession"]["id"].clone();
    let answer = page.run("SessionsOverview", json!({})).await;
    assert_eq!(answer["viewer"]["browserSessions"]["totalCount"], 2);
    assert_eq!(answer["viewer"]["unfilteredAppSessions"]["totalCount"], 2);
    let answer = page.run("AppSessionsList", json!({ "last": 6 })).await;
    let edges = answer["viewer"]["appSessions"]["edges"].as_array().unwrap();
    assert_eq!(edges[0]["node"]["client"]["clientName"], "App");
    assert_eq!(edges[0]["node"]["userAgent"]["deviceType"], "MOBILE");
    assert_eq!(
        edges[1]["node"]["ssoLogin"]["redirectUri"],
        "https://chat.example.org/"
    );
    // Those that have not been used for 90 days.
    let old = json!({ "last": 6, "lastActive": { "before": "2024-02-01T23:00:00.000Z" } });
    for (operation, holder, list) in [
        ("AppSessionsList", "viewer", "appSessions"),
        ("BrowserSessionList", "viewerSession", "browserSessions"),
    ] {
        let answer = page.run(operation, old.clone()).await;
        let user = &answer[holder];
        let user = if holder == "viewer" {
            user
        } else {
            &user["user"]
        };
        assert_eq!(user[list]["totalCount"], 0, "{answer}");
        assert_eq!(user[list]["pageInfo"]["startCursor"], Value::Null);
    }
    let answer = page.run("BrowserSessionList", json!({ "first": 1 })).await;
    let sessions = &answer["viewerSession"]["user"]["browserSessions"];
    assert_eq!(sessions["totalCount"], 2);
    assert_eq!(sessions["edges"][0]["node"]["userAgent"]["name"], "Firefox");
    assert_eq!(sessions["pageInfo"]["hasNextPage"], true);
    for (id, kind) in [
        (
            format!("browser_session:{}", bobs.browser),
            "BrowserSession",
        ),
        (format!("oauth2_session:{}", bobs.oauth2), "Oauth2Session"),
        (format!("compat_session:{}", bobs.compat), "CompatSession"),
    ] {
        let answer = page.run("SessionDetail", json!({ "id": id })).await;
        assert_eq!(answer["viewerSession"]["id"], own);
        assert_eq!(answer["node"]["__typename"], kind);
        assert_eq!(answer["node"]["id"], id);
        if kind == "BrowserSession" {
            assert!(answer["node"]["lastAuthentication"]["id"].is_string());
            assert_eq!(answer["node"]["user"]["username"], "bob");
        }
    }
    let device = json!({ "deviceId": "PHONE", "userId": bob });
    let answer = page.run("DeviceRedirect", device).await;
    assert_eq!(
        answer["session"]["id"],
        format!("oauth2_session:{}", bobs.oauth2)
    );
    let answer = page.run("CurrentViewer", json!({})).await;
    assert_eq!(answer["viewer"], json!({ "__typename": "User", "id": bob }));
    let client = format!("oauth2_client:{}", bobs.client);
    let answer = page.run("OAuth2Client", json!({ "id": client })).await;
    assert_eq!(
        answer["oauth2Client"]["clientUri"],
        "https://app.example.org/"
    );
}

async fn a_page_costs_few_statements_however_long_its_list_is(database: TestDatabase) {
    let scene = Scene::start(&database).await;
    for _ in 0..20 {
        let browser = scene.browser_session(scene.bob, Some("Lynx/2.9")).await;
        scene
            .oauth2_session(scene.bob, "openid", Some(browser))
            .await;
        scene
            .compat_session(scene.bob, None, Some(browser), true)
            .await;
    }
    let operations = operations();
    let page = scene.signed_in("bob").await;
    let cookies: Vec<String> = page
        .cookies
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let cookies = cookies.join("; ");
    let browser = format!("browser_session:{}", scene.of_bob.browser);
    let device = json!({ "deviceId": "PHONE", "userId": format!("user:{}", scene.bob) });
    for (operation, variables, most) in [
        ("Footer", json!({}), 2),
        ("CurrentUserGreeting", json!({}), 3),
        ("UserProfile", json!({}), 3),
        ("UserEmailList", json!({ "first": 6 }), 4),
        ("SessionsOverview", json!({}), 4),
        ("AppSessionsList", json!({ "last": 6 }), 6),
        ("AppSessionsList", json!({ "last": 40 }), 6),
        ("AppSessionsList", json!({ "first": 500 }), 6),
        ("BrowserSessionList", json!({ "last": 6 }), 6),
        ("BrowserSessionList", json!({ "first": 500 }), 6),
        ("SessionDetail", json!({ "id": browser }), 4),
        ("DeviceRedirect", device, 4),
        ("CurrentViewer", json!({}), 2),
        ("PasswordChange", json!({}), 2),
    ] {
        let body = json!({ "query": operations[operation], "variables": variables });
        let took = scene
            .statements(async || {
                let request = scene.api.server.post("/graphql");
                let request = request.header("cookie", &cookies).json(&body);
                let answer: Value = request.send().await.unwrap().json().await.unwrap();
                assert_eq!(answer.get("errors"), None, "{operation}: {answer}");
            })
            .await;
        assert!(
            took > 0 && took <= most,
            "{operation} took {took} statements"
        );
    }
    // An administrator's list of everybody.
    let query = "{users(first:100){totalCount nodes{username lockedAt}}}";
    let took = scene
        .statements(async || {
            let api = &scene.api;
            api.data(&api.admin, query, Value::Null).await;
        })
        .await;
    assert!(took <= 5, "{took}");
    // What every row of a list leads to is asked for once.
    let query = format!(
        "{{user(id:\"user:{}\"){{appSessions(first:500){{nodes{{\
         ...on CompatSession{{user{{username}} browserSession{{lastActiveAt user{{id}}}} \
         ssoLogin{{session{{id}}}} lastActiveAt}} \
         ...on Oauth2Session{{user{{username}} client{{clientName}} \
         browserSession{{lastActiveIp user{{id}}}}}}}}}}}}}}",
        scene.bob
    );
    let took = scene
        .statements(async || {
            let api = &scene.api;
            api.data(&api.admin, &query, Value::Null).await;
        })
        .await;
    // The requester, the user, the page; then sessions in browsers, users, clients, sign-ins' sessions,
    // and twice the last uses.
    assert!(took <= 12, "{took}");
}

async fn sessions_are_ended_and_passwords_are_changed(database: TestDatabase) {
    let scene = Scene::start(&database).await;
    let mut page = Page::of(&scene, "alice").await;
    let alice = format!("user:{}", scene.alice);
    let changed = json!({
        "userId": alice,
        "oldPassword": STRONG,
        "newPassword": "an even better password it is",
    });
    let answer = page.run("ChangePassword", changed.clone()).await;
    assert_eq!(answer["setPassword"]["status"], "ALLOWED");
    let answer = page.run("ChangePassword", changed).await;
    assert_eq!(answer["setPassword"]["status"], "WRONG_PASSWORD");
    let unknown = json!({ "id": format!("user_email:{}", scene.of_bob.email) });
    let answer = page.run("RemoveEmail", unknown).await;
    assert_eq!(
        answer["removeEmail"],
        json!({ "status": "NOT_FOUND", "user": null })
    );
    let profile = page.run("UserProfile", json!({})).await;
    let own = json!({ "id": profile["viewerSession"]["id"] });
    let answer = page.run("EndBrowserSession", own).await;
    assert_eq!(answer["endBrowserSession"]["status"], "ENDED");
    // The page is loaded again, and finds nobody there.
    let answer = page.run("CurrentViewer", json!({})).await;
    assert_eq!(
        answer["viewer"],
        json!({ "__typename": "Anonymous", "id": "anonymous" })
    );
}

async fn an_anonymous_visitor_is_told_so_and_finds_their_ticket(database: TestDatabase) {
    let scene = Scene::start(&database).await;
    let mut page = Page::anonymous(&scene);
    for (operation, field) in [
        ("CurrentUserGreeting", "viewer"),
        ("UserProfile", "viewerSession"),
        ("UserEmailList", "viewer"),
        ("SessionsOverview", "viewer"),
        ("AppSessionsList", "viewer"),
        ("BrowserSessionList", "viewerSession"),
    ] {
        let answer = page.run(operation, json!({})).await;
        assert_eq!(answer[field]["__typename"], "Anonymous", "{operation}");
    }
    let ticket = json!({ "ticket": TICKET });
    let answer = page.run("PasswordRecovery", ticket.clone()).await;
    assert_eq!(
        answer["userRecoveryTicket"],
        json!({ "status": "VALID", "username": "bob", "email": "bob@example.com" })
    );
    muniment_tests::beside::age(&scene.log, "recovery_tickets", &["expires_at"], 601).await;
    let answer = page.run("PasswordRecovery", ticket).await;
    assert_eq!(answer["userRecoveryTicket"]["status"], "EXPIRED");
    let answer = page
        .run("PasswordRecovery", json!({ "ticket": "another" }))
        .await;
    assert_eq!(answer["userRecoveryTicket"], Value::Null);
    for name in operations().keys() {
        let sent = include_str!("account_pages.rs").contains(&format!("\"{name}\""));
        assert!(sent, "{name} is sent by none of these tests");
    }
}

async fn a_person_changes_everything_about_their_account(database: TestDatabase) {
    let scene = Scene::start(&database).await;
    let bobs = &scene.of_bob;
    let mut page = Page::of(&scene, "bob").await;
    let bob = format!("user:{}", scene.bob);

    let mut added = json!({ "email": "more@example.com", "language": "en" });
    let refused = page.run("AddEmail", added.clone()).await;
    assert_eq!(
        refused["startEmailAuthentication"]["status"],
        "INCORRECT_PASSWORD"
    );
    added["password"] = STRONG.into();
    let started = page.run("AddEmail", added).await["startEmailAuthentication"].clone();
    assert_eq!(started["status"], "STARTED");
    let id = started["authentication"]["id"].clone();
    let shown = page.run("VerifyEmail", json!({ "id": id })).await;
    assert_eq!(
        shown["userEmailAuthentication"]["email"],
        "more@example.com"
    );

    let oauth2 = json!(format!("oauth2_session:{}", bobs.oauth2));
    let compat = json!(format!("compat_session:{}", bobs.compat));
    for (operation, variables, mutation, status) in [
        (
            "ResendEmailAuthenticationCode",
            json!({ "id": id, "language": "en" }),
            "resendEmailAuthenticationCode",
            "RESENT",
        ),
        (
            "DoVerifyEmail",
            json!({ "id": id, "code": "not-a-code" }),
            "completeEmailAuthentication",
            "INVALID_CODE",
        ),
        (
            "SetDisplayName",
            json!({ "userId": bob, "displayName": "Robert" }),
            "setDisplayName",
            "SET",
        ),
        (
            "SetOAuth2SessionName",
            json!({ "sessionId": oauth2, "displayName": "in the pocket" }),
            "setOauth2SessionName",
            "UPDATED",
        ),
        (
            "SetCompatSessionName",
            json!({ "sessionId": compat, "displayName": "on the lap" }),
            "setCompatSessionName",
            "UPDATED",
        ),
        (
            "EndOAuth2Session",
            json!({ "id": oauth2 }),
            "endOauth2Session",
            "ENDED",
        ),
        (
            "EndCompatSession",
            json!({ "id": compat }),
            "endCompatSession",
            "ENDED",
        ),
        (
            "DeactivateUser",
            json!({ "hsErase": false, "password": "wrong" }),
            "deactivateUser",
            "INCORRECT_PASSWORD",
        ),
    ] {
        let answer = page.run(operation, variables).await;
        assert_eq!(answer[mutation]["status"], status, "{operation}");
    }
    let user = json!({ "userId": bob });
    let reset = page.run("AllowCrossSigningReset", user).await;
    assert_eq!(reset["allowUserCrossSigningReset"]["user"]["id"], bob);
    let last = json!({ "hsErase": false, "password": STRONG });
    let answer = page.run("DeactivateUser", last).await;
    assert_eq!(answer["deactivateUser"]["status"], "DEACTIVATED");
}

async fn a_ticket_that_is_too_old_is_sent_again(database: TestDatabase) {
    let scene = Scene::start(&database).await;
    let mut page = Page::anonymous(&scene);
    let ticket = json!({ "ticket": TICKET });
    muniment_tests::beside::age(&scene.log, "recovery_tickets", &["expires_at"], 601).await;
    let late = json!({ "ticket": TICKET, "newPassword": "an even better password it is" });
    let answer = page.run("RecoverPassword", late).await;
    // This server does not let anybody recover; `recovery` has one that does.
    assert_eq!(
        answer["setPasswordByRecovery"]["status"],
        "PASSWORD_CHANGES_DISABLED"
    );
    let answer = page.run("ResendRecoveryEmail", ticket).await;
    assert_eq!(answer["resendRecoveryEmail"]["status"], "SENT");
}
