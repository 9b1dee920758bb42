//! Who is let in, and what everybody else is told (contract/admin-api.md 2).

use muniment_store::sql::query;
use muniment_tests::{TestDatabase, each_backend};
use reqwest::Method;
use serde_json::json;

use crate::{Admin, Answer, UNKNOWN, answer};

each_backend!(
    without_a_bearer_token_nobody_is_let_in,
    what_is_wrong_with_a_token_is_named,
    a_token_is_refused_once_it_has_expired,
    a_token_is_refused_while_its_user_is_locked_and_for_good_after_deactivation,
    only_the_admin_scope_counts,
    a_request_is_looked_at_from_the_outside_in,
);

/// `<prefix>_<30 alphanumerics>_<checksum>`: the checksum is the CRC-32 of the rest in base 62, the
/// least significant digit first.
fn well_formed(prefix: &str) -> String {
    const DIGITS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let body = format!("{prefix}_{}", "x".repeat(30));
    let crc = !body.bytes().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
        })
    });
    let (mut rest, mut digits) = (crc, String::new());
    while rest > 0 {
        digits.push(char::from(DIGITS[(rest % 62) as usize]));
        rest /= 62;
    }
    format!("{body}_{digits:0>6}")
}

async fn version(admin: &Admin, authorization: &str) -> Answer {
    let request = admin.request(Method::GET, "/version");
    answer(request.header("authorization", authorization)).await
}

async fn bearer(admin: &Admin, token: &str) -> Answer {
    version(admin, &format!("Bearer {token}")).await
}

async fn without_a_bearer_token_nobody_is_let_in(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    for path in ["/version", "/site-config", "/users", "/users/junk"] {
        let refused = answer(admin.request(Method::GET, path)).await;
        refused.refused(400, &["Missing authorization header"]);
        assert_eq!(refused.header("www-authenticate"), None);
    }
    // Neither the query string nor a cookie is a place for a token.
    let token = &admin.token;
    let elsewhere = admin
        .request(Method::GET, &format!("/version?access_token={token}"))
        .header("cookie", format!("access_token={token}"));
    answer(elsewhere)
        .await
        .refused(400, &["Missing authorization header"]);

    for header in ["Basic Zm9vOmJhcg==", "Bearer", token, "Token x", ""] {
        version(&admin, header)
            .await
            .refused(400, &["Invalid authorization header"]);
    }
    let latin1 = reqwest::header::HeaderValue::from_bytes(b"Bearer caf\xe9").unwrap();
    let refused = answer(
        admin
            .request(Method::GET, "/version")
            .header("authorization", latin1),
    );
    refused
        .await
        .refused(400, &["Invalid authorization header"]);

    for scheme in ["Bearer", "bearer", "BEARER"] {
        assert_eq!(
            version(&admin, &format!("{scheme} {token}")).await.status,
            200
        );
    }
}

async fn what_is_wrong_with_a_token_is_named(database: TestDatabase) {
    const KIND: &str = "Invalid type of access token";
    let admin = Admin::start(&database).await;
    let good = well_formed("mat");
    let (body, checksum) = good.rsplit_once('_').unwrap();
    let checksum_wrong = format!("invalid crc \"000000\", expected \"{checksum}\"");
    for (token, cause) in [
        ("nonsense", "invalid token format"),
        ("mat_short_000000", "invalid token format"),
        (&good.replacen("mat", "m", 1), "invalid token format"),
        (&format!("{good}_x"), "invalid token format"),
        (&well_formed("abc"), "unknown token prefix \"abc\""),
        (&format!("{body}_000000"), &checksum_wrong),
    ] {
        bearer(&admin, token).await.refused(401, &[KIND, cause]);
    }
    // Well-formed, but for something else: a refresh token, and compatibility tokens old and new.
    for token in [
        &well_formed("mar"),
        &well_formed("mct"),
        &well_formed("mcr"),
        "syt_anything",
        "syr_anything",
    ] {
        bearer(&admin, token).await.refused(401, &[KIND]);
    }
    let unknown = bearer(&admin, &good).await;
    unknown.refused(401, &["Unknown access token"]);
    assert_eq!(unknown.header("www-authenticate"), None);
}

async fn a_token_is_refused_once_it_has_expired(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let without_scope = admin.server.token("urn:mas:graphql:*").await;
    assert_eq!(bearer(&admin, &admin.token).await.status, 200);
    let tables = database.open().await;
    let expired = query("UPDATE oauth2_access_tokens SET expires_at = $1 RETURNING id").bind(1_i64);
    assert_eq!(tables.fetch_all(expired).await.unwrap().len(), 2);
    // Expiry goes before the scope.
    for token in [&admin.token, &without_scope] {
        bearer(&admin, token)
            .await
            .refused(401, &["Access token expired"]);
    }
}

async fn a_token_is_refused_while_its_user_is_locked_and_for_good_after_deactivation(
    database: TestDatabase,
) {
    let admin = Admin::start(&database).await;
    let (alice, token) = admin.user_with_token("alice", &["--admin"]);
    assert_eq!(bearer(&admin, &token).await.status, 200);
    // What the flag allows was decided when the scope was granted.
    let set_admin = format!("/users/{alice}/set-admin");
    let demoted = admin.post(&set_admin, json!({ "admin": false })).await;
    assert_eq!(demoted.status, 200);
    assert_eq!(bearer(&admin, &token).await.status, 200);

    for (action, titles) in [
        ("lock", ["User locked"].as_slice()),
        ("unlock", &[]),
        ("deactivate", &["Access token revoked"]),
        ("reactivate", &["Access token revoked"]),
    ] {
        let done = admin.act(&format!("/users/{alice}/{action}")).await;
        assert_eq!(done.status, 200, "{action}");
        let now = bearer(&admin, &token).await;
        if titles.is_empty() {
            assert_eq!(now.status, 200, "after {action}");
        } else {
            now.refused(401, titles);
        }
    }
}

async fn only_the_admin_scope_counts(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let (_, users) = admin.user_with_token("alice", &[]);
    for token in [
        &users,
        &admin.server.token("openid urn:mas:graphql:*").await,
    ] {
        let refused = bearer(&admin, token).await;
        refused.refused(401, &["Missing urn:mas:admin scope"]);
        assert_eq!(refused.header("www-authenticate"), None);
    }
    let alone = admin.server.token("urn:mas:admin").await;
    assert_eq!(bearer(&admin, &alone).await.status, 200);
}

async fn a_request_is_looked_at_from_the_outside_in(database: TestDatabase) {
    const JSON: &str = "application/json";
    let admin = Admin::start(&database).await;
    let set_admin = |id: &str, body: &'static str| {
        admin
            .request(Method::POST, &format!("/users/{id}/set-admin"))
            .header("content-type", JSON)
            .body(body)
    };
    // Token, path, body, account.
    answer(set_admin("junk", "{"))
        .await
        .refused(400, &["Missing authorization header"]);
    let bad_path = admin.send(set_admin("junk", "{")).await;
    bad_path.refused(400, &["Invalid ULID in path", "invalid length"]);
    let bad_body = admin.send(set_admin(UNKNOWN, "{}")).await;
    assert_eq!(bad_body.status, 422, "{bad_body:?}");
    let unknown = format!("User ID {UNKNOWN} not found");
    admin
        .send(set_admin(UNKNOWN, "{\"admin\":true}"))
        .await
        .refused(404, &[&unknown]);
    let strange = "0".repeat(25) + "U";
    let bad_path = admin.send(set_admin(&strange, "{")).await;
    bad_path.refused(400, &["Invalid ULID in path", "invalid character"]);

    // Pagination, filters, what the filters name.
    let list = "/user-emails?page[first]=0&filter[user]=junk";
    let first = &admin.get(list).await.titles()[0];
    assert_eq!(first, "Invalid pagination parameters");
    let list = "/users?filter[admin]=maybe&filter[active-oauth2-client]=";
    let first = &admin.get(&format!("{list}{UNKNOWN}")).await.titles()[0];
    assert_eq!(first, "Invalid filter parameters");
}
