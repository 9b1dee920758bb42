//! Registering users and reading them (contract/admin-api.md 5.3, 5.4).

use muniment_tests::{TestDatabase, each_backend};
use serde_json::{Value, json};

use crate::{Admin, NIL, ROOT, UNKNOWN};

each_backend!(
    a_user_is_registered_once_and_read_back,
    a_username_has_to_be_a_localpart_in_lower_case,
    a_user_is_found_by_name_in_any_case,
    who_does_not_exist_is_not_found,
);

/// RFC 3339 in UTC, with `Z` and no, 3 or 6 digits of a fraction.
fn is_time(value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    let Some(digits) = text.strip_suffix('Z') else {
        return false;
    };
    let (seconds, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let shape: String = seconds
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    shape == "0000-00-00T00:00:00"
        && matches!(fraction.len(), 0 | 3 | 6)
        && fraction.bytes().all(|digit| digit.is_ascii_digit())
}

async fn a_user_is_registered_once_and_read_back(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let body = json!({
        "username": "alice",
        "displayname": "Alice Test",
        "avatar_url": "mxc://homeserver/48803198",
        "skip_homeserver_check": true,
        "unknown": ["members", "are", "ignored"],
    });
    let created = admin.post("/users", body.clone()).await;
    assert_eq!(created.status, 201);
    let document = created.json();
    let id = document["data"]["id"].as_str().unwrap();
    let created_at = &document["data"]["attributes"]["created_at"];
    assert!(is_time(created_at), "{created_at}");
    let link = format!("{ROOT}/users/{id}");
    assert_eq!(
        document,
        json!({
            "data": {
                "type": "user",
                "id": id,
                "attributes": {
                    "username": "alice",
                    "created_at": created_at,
                    "locked_at": null,
                    "deactivated_at": null,
                    "admin": false,
                    "legacy_guest": false,
                },
                "links": { "self": link },
            },
            "links": { "self": link },
        })
    );

    let read = admin.get(&format!("/users/{id}")).await;
    assert_eq!((read.status, read.json()), (200, document.clone()));
    let lower_case = admin.get(&format!("/users/{}", id.to_lowercase())).await;
    assert_eq!((lower_case.status, lower_case.json()), (200, document));
    let again = admin.post("/users", body).await;
    again.refused(409, &["User already exists"]);
}

async fn a_username_has_to_be_a_localpart_in_lower_case(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let longest = "x".repeat(255);
    for username in ["a", "0=_-./+", &longest, "a_", "123"] {
        let created = admin.post("/users", json!({ "username": username })).await;
        assert_eq!(created.status, 201, "{username}");
        assert_eq!(created.json()["data"]["attributes"]["username"], username);
    }
    let too_long = "x".repeat(256);
    for username in [
        "this is invalid",
        "",
        "_hidden",
        "Bob",
        "@bob:example.com",
        "bob:example.com",
        "böb",
        "bob\u{0}",
        &too_long,
    ] {
        let refused = admin.post("/users", json!({ "username": username })).await;
        refused.refused(400, &["Username is not valid"]);
    }
    // Taken goes before invalid, in any case, and whatever has become of the user.
    let bob = admin.user("bob").await;
    for action in ["lock", "deactivate"] {
        let taken = admin.post("/users", json!({ "username": "BoB" })).await;
        taken.refused(409, &["User already exists"]);
        assert_eq!(
            admin.act(&format!("/users/{bob}/{action}")).await.status,
            200
        );
    }
    let taken = admin.post("/users", json!({ "username": "bob" })).await;
    taken.refused(409, &["User already exists"]);
}

async fn a_user_is_found_by_name_in_any_case(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let alice = admin.user("alice").await;
    let odd = admin.user("a/b+c=d").await;
    for (asked, written, id) in [
        ("alice", "alice", &alice),
        ("ALICE", "ALICE", &alice),
        ("%61lice", "alice", &alice),
        ("a%2Fb%2Bc%3Dd", "a/b+c=d", &odd),
        ("a%2Fb+c=d", "a/b+c=d", &odd),
    ] {
        let found = admin.get(&format!("/users/by-username/{asked}")).await;
        assert_eq!(found.status, 200, "{asked}: {found:?}");
        let found = found.json();
        assert_eq!(found["data"]["id"], **id);
        assert_eq!(found["data"]["links"]["self"], format!("{ROOT}/users/{id}"));
        let link = format!("{ROOT}/users/by-username/{written}");
        assert_eq!(found["links"]["self"], link);
    }
    for (asked, quoted) in [
        ("bob", r#""bob""#),
        ("Bob", r#""Bob""#),
        ("@alice:example.com", r#""@alice:example.com""#),
        ("alic", r#""alic""#),
        ("al%25", r#""al%""#),
        ("say%20%22hi%22", r#""say \"hi\"""#),
    ] {
        let missing = admin.get(&format!("/users/by-username/{asked}")).await;
        missing.refused(404, &[&format!("User with username {quoted} not found")]);
    }
}

async fn who_does_not_exist_is_not_found(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    for id in [NIL, UNKNOWN] {
        let title = format!("User ID {id} not found");
        admin
            .get(&format!("/users/{id}"))
            .await
            .refused(404, &[&title]);
        for action in ["lock", "unlock", "deactivate", "reactivate"] {
            admin
                .act(&format!("/users/{id}/{action}"))
                .await
                .refused(404, &[&title]);
        }
    }
    // Titles name ids as they are written here, not as they were written there.
    let lower = UNKNOWN.to_lowercase();
    let title = format!("User ID {UNKNOWN} not found");
    admin
        .get(&format!("/users/{lower}"))
        .await
        .refused(404, &[&title]);
    for (id, why) in [
        ("x", "invalid length"),
        ("%00", "invalid length"),
        ("01040G2081040G2081040G208", "invalid length"),
        ("01040G2081040G2081040G20811", "invalid length"),
        ("0l040G2081040G2081040G2081", "invalid character"),
        ("0!040G2081040G2081040G2081", "invalid character"),
    ] {
        let refused = admin.get(&format!("/users/{id}")).await;
        refused.refused(400, &["Invalid ULID in path", why]);
    }
}
