//! Lists of email addresses (contract/admin-api.md 5.6). Paging itself is in `users_pages`.

use muniment_tests::{TestDatabase, each_backend};
use serde_json::{Value, json};

use crate::{Admin, NIL, ROOT};

each_backend!(
    addresses_are_listed_and_found_by_user_and_by_address,
    a_filter_names_a_user_that_exists,
);

async fn addresses_are_listed_and_found_by_user_and_by_address(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let (alice, bob) = (admin.user("alice").await, admin.user("bob").await);
    let alices = admin.email(&alice, "alice@example.com").await;
    let bobs = admin.email(&bob, "Bob+x@example.com").await;
    let path = format!("{ROOT}/user-emails");

    let all = admin.get("/user-emails").await.json();
    assert_eq!(all["meta"], json!({ "count": 2 }));
    let listed = all["data"].as_array().unwrap();
    for (item, id) in listed.iter().zip([&alices, &bobs]) {
        let mut single = admin.get(&format!("/user-emails/{id}")).await.json()["data"].clone();
        single["meta"] = json!({ "page": { "cursor": id } });
        assert_eq!(*item, single);
    }
    assert_eq!(all["links"]["self"], format!("{path}?page[first]=10"));

    for (query, id, echo) in [
        (
            format!("filter[user]={}", alice.to_lowercase()),
            &alices,
            format!("filter[user]={alice}"),
        ),
        (
            "filter[email]=alice@example.com".into(),
            &alices,
            "filter[email]=alice@example.com".into(),
        ),
        (
            "filter[email]=ALICE%40example.com".into(),
            &alices,
            "filter[email]=ALICE@example.com".into(),
        ),
        (
            "filter[email]=bob%2Bx%40EXAMPLE.com".into(),
            &bobs,
            "filter[email]=bob+x@EXAMPLE.com".into(),
        ),
        (
            format!("filter[email]=alice@example.com&filter[user]={alice}"),
            &alices,
            format!("filter[user]={alice}&filter[email]=alice@example.com"),
        ),
    ] {
        let found = admin.get(&format!("/user-emails?{query}")).await.json();
        assert_eq!(found["meta"]["count"], 1, "{query}");
        assert_eq!(found["data"][0]["id"], **id, "{query}");
        assert_eq!(found["data"].as_array().unwrap().len(), 1, "{query}");
        assert_eq!(
            found["links"]["self"],
            format!("{path}?{echo}&page[first]=10")
        );
        let counted = admin
            .get(&format!("/user-emails?count=only&{query}"))
            .await
            .json();
        let link = format!("{path}?{echo}&count=only");
        assert_eq!(
            counted,
            json!({ "meta": { "count": 1 }, "links": { "self": link } })
        );
        let listed = admin
            .get(&format!("/user-emails?count=false&{query}"))
            .await
            .json();
        assert_eq!(
            (listed.get("meta"), &listed["data"]),
            (None, &found["data"])
        );
        assert_eq!(
            listed["links"]["self"],
            format!("{path}?{echo}&count=false&page[first]=10")
        );
    }

    // The whole address, and no part or pattern of it.
    for email in [
        "alice",
        "%25@example.com",
        "alice@example.co",
        "alice_example.com",
        "nonsense",
    ] {
        let found = admin
            .get(&format!("/user-emails?filter[email]={email}"))
            .await
            .json();
        assert_eq!(found["data"], Value::Array(Vec::new()), "{email}");
        assert_eq!(found["meta"]["count"], 0, "{email}");
    }
}

async fn a_filter_names_a_user_that_exists(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let alice = admin.user("alice").await;
    assert_eq!(
        admin
            .act(&format!("/users/{alice}/deactivate"))
            .await
            .status,
        200
    );
    let gone = admin
        .get(&format!("/user-emails?filter[user]={alice}"))
        .await;
    assert_eq!((gone.status, &gone.json()["data"]), (200, &json!([])));
    for count in ["true", "false", "only"] {
        let unknown = format!("/user-emails?filter[user]={NIL}&count={count}");
        admin
            .get(&unknown)
            .await
            .refused(404, &[&format!("User ID {NIL} not found")]);
    }
    for query in ["filter[user]=junk", "filter[email]=a&filter[email]=b"] {
        let refused = admin.get(&format!("/user-emails?{query}")).await;
        assert_eq!(refused.status, 400);
        assert_eq!(refused.titles()[0], "Invalid filter parameters");
    }
    let empty = admin
        .get("/user-emails?filter[user]=&filter[email]=")
        .await
        .json();
    assert_eq!(
        empty["links"]["self"],
        format!("{ROOT}/user-emails?page[first]=10")
    );
}
