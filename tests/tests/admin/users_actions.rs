//! What is done to users (contract/admin-api.md 5.5).

use muniment_tests::{TestDatabase, each_backend};
use serde_json::{Value, json};

use crate::{Admin, ROOT, STRONG, UNKNOWN};

each_backend!(
    locking_twice_keeps_the_first_time,
    deactivation_and_lock_do_not_touch_each_other,
    the_admin_flag_is_set_and_taken_back,
    a_password_is_set_and_verifies_afterwards,
    a_weak_password_is_refused_unless_the_check_is_skipped,
    where_passwords_are_disabled_no_user_is_looked_up,
);

/// Does something without a body; the user's attributes then.
async fn done(admin: &Admin, user: &str, action: &str) -> Value {
    let answer = admin.act(&format!("/users/{user}/{action}")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let document = answer.json();
    let link = format!("{ROOT}/users/{user}");
    assert_eq!(document["data"]["id"], user);
    assert_eq!(document["data"]["links"]["self"], link);
    assert_eq!(document["links"]["self"], format!("{link}/{action}"));
    let attributes = document["data"]["attributes"].clone();
    assert_eq!(attributes, admin.attributes(user).await, "after {action}");
    attributes
}

async fn locking_twice_keeps_the_first_time(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let alice = admin.user("alice").await;
    let locked = done(&admin, &alice, "lock").await;
    assert!(locked["locked_at"].is_string());
    assert_eq!(locked["deactivated_at"], Value::Null);
    assert_eq!(done(&admin, &alice, "lock").await, locked);
    for _ in 0..2 {
        assert_eq!(
            done(&admin, &alice, "unlock").await["locked_at"],
            Value::Null
        );
    }
    let again = done(&admin, &alice, "lock").await;
    assert!(again["locked_at"].as_str() > locked["locked_at"].as_str());
}

async fn deactivation_and_lock_do_not_touch_each_other(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let alice = admin.user("alice").await;
    admin.email(&alice, "alice@example.com").await;
    let active = done(&admin, &alice, "reactivate").await;
    assert_eq!(
        (&active["locked_at"], &active["deactivated_at"]),
        (&Value::Null, &Value::Null)
    );

    let gone = done(&admin, &alice, "deactivate").await;
    let since = &gone["deactivated_at"];
    assert!(since.is_string());
    assert_eq!(gone["locked_at"], Value::Null);
    assert_eq!(done(&admin, &alice, "deactivate").await, gone);
    let emails = admin.get("/user-emails?count=only").await.json();
    assert_eq!(emails["meta"]["count"], 0);

    let both = done(&admin, &alice, "lock").await;
    assert!(both["locked_at"].is_string());
    assert_eq!(&both["deactivated_at"], since);
    let unlocked = done(&admin, &alice, "unlock").await;
    assert_eq!(unlocked, gone);
    let both = done(&admin, &alice, "lock").await;
    let back = done(&admin, &alice, "reactivate").await;
    assert_eq!(back["deactivated_at"], Value::Null);
    assert_eq!(back["locked_at"], both["locked_at"]);

    // Locked first, deactivated later.
    let later = done(&admin, &alice, "deactivate").await;
    assert_eq!(later["locked_at"], both["locked_at"]);
    assert_ne!(later["locked_at"], later["deactivated_at"]);
}

async fn the_admin_flag_is_set_and_taken_back(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let alice = admin.user("alice").await;
    let path = format!("/users/{alice}/set-admin");
    for flag in [true, true, false, false] {
        let set = admin.post(&path, json!({ "admin": flag })).await;
        assert_eq!(set.status, 200);
        let document = set.json();
        assert_eq!(document["data"]["attributes"]["admin"], flag);
        assert_eq!(document["links"]["self"], format!("{ROOT}{path}"));
        assert_eq!(admin.attributes(&alice).await["admin"], flag);
    }
    let unknown = format!("/users/{UNKNOWN}/set-admin");
    let unknown = admin.post(&unknown, json!({ "admin": true })).await;
    unknown.refused(404, &[&format!("User ID {UNKNOWN} not found")]);
}

/// Whether a user's own token may change the password when it shows this one.
async fn verifies(admin: &Admin, user: &str, token: &str, password: &str) -> bool {
    let changed = admin
        .server
        .graphql(
            Some(token),
            "mutation($input:SetPasswordInput!){setPassword(input:$input){status}}",
            json!({ "input": {
                "userId": format!("user:{user}"),
                "currentPassword": password,
                "newPassword": password.to_owned() + " and again",
            } }),
        )
        .await;
    match changed["data"]["setPassword"]["status"].as_str().unwrap() {
        "ALLOWED" => true,
        "WRONG_PASSWORD" | "NO_CURRENT_PASSWORD" => false,
        other => panic!("{other}"),
    }
}

async fn a_password_is_set_and_verifies_afterwards(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let (alice, token) = admin.user_with_token("alice", &[]);
    let path = format!("/users/{alice}/set-password");
    assert!(!verifies(&admin, &alice, &token, STRONG).await);
    let set = admin.post(&path, json!({ "password": STRONG })).await;
    assert_eq!((set.status, set.text.as_str()), (204, ""));
    assert_eq!(set.header("content-type"), None);
    assert!(!verifies(&admin, &alice, &token, "some other good password").await);
    // Setting it ended no session: the token is from before.
    assert!(verifies(&admin, &alice, &token, STRONG).await);

    // Also on an account that is locked, or gone.
    for action in ["lock", "deactivate"] {
        assert_eq!(
            admin.act(&format!("/users/{alice}/{action}")).await.status,
            200
        );
        assert_eq!(
            admin
                .post(&path, json!({ "password": STRONG }))
                .await
                .status,
            204
        );
    }
    let unknown = format!("/users/{UNKNOWN}/set-password");
    let unknown = admin.post(&unknown, json!({ "password": STRONG })).await;
    unknown.refused(404, &[&format!("User ID {UNKNOWN} not found")]);
}

async fn a_weak_password_is_refused_unless_the_check_is_skipped(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let (alice, token) = admin.user_with_token("alice", &[]);
    let path = format!("/users/{alice}/set-password");
    for body in [
        json!({ "password": "password" }),
        json!({ "password": "password", "skip_password_check": false }),
        json!({ "password": "password", "skip_password_check": null }),
        json!({ "password": "" }),
    ] {
        admin
            .post(&path, body)
            .await
            .refused(400, &["Password is too weak"]);
    }
    assert!(!verifies(&admin, &alice, &token, "password").await);
    let skipped = json!({ "password": "password", "skip_password_check": true });
    assert_eq!(admin.post(&path, skipped).await.status, 204);
    assert!(verifies(&admin, &alice, &token, "password").await);
}

async fn where_passwords_are_disabled_no_user_is_looked_up(database: TestDatabase) {
    let admin = Admin::start_with(&database, "passwords:\n  enabled: false\n").await;
    let site = admin.get("/site-config").await.json();
    assert_eq!(site["password_login_enabled"], false);
    assert_eq!(site["password_change_allowed"], false);
    let path = format!("/users/{UNKNOWN}/set-password");
    let refused = admin.post(&path, json!({ "password": STRONG })).await;
    refused.refused(403, &["Password auth is disabled"]);
    let body_first = admin.post(&path, json!({})).await;
    assert_eq!(body_first.status, 422);
}
