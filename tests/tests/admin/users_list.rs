//! Lists of users: counting and filters (contract/admin-api.md 3.4, 3.7, 5.2).

use muniment_tests::{TestDatabase, each_backend, server::CLIENT_ID};
use serde_json::{Value, json};

use crate::{Admin, Answer, NIL, ROOT};

each_backend!(
    users_are_listed_in_the_order_of_their_creation,
    counting_has_three_modes,
    filters_narrow_what_is_listed_and_counted,
    sessions_narrow_what_is_listed,
    a_filter_that_cannot_be_read_is_named,
);

fn names(list: &Answer) -> Vec<String> {
    assert_eq!(list.status, 200, "{list:?}");
    let document = list.json();
    document["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|user| user["attributes"]["username"].as_str().unwrap().to_owned())
        .collect()
}

fn own_link(list: &Answer) -> String {
    list.json()["links"]["self"].as_str().unwrap().to_owned()
}

async fn users_are_listed_in_the_order_of_their_creation(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let none = admin.get("/users").await;
    let path = format!("{ROOT}/users");
    let links = json!({
        "self": format!("{path}?page[first]=10"),
        "first": format!("{path}?page[first]=10"),
        "last": format!("{path}?page[last]=10"),
    });
    assert_eq!(none.status, 200);
    assert_eq!(
        none.json(),
        json!({ "meta": { "count": 0 }, "data": [], "links": links })
    );

    // Not in the order of their names.
    let mut resources = Vec::new();
    for name in ["bob", "alice"] {
        let id = admin.user(name).await;
        let mut user = admin.get(&format!("/users/{id}")).await.json()["data"].clone();
        user["meta"] = json!({ "page": { "cursor": id } });
        resources.push(user);
    }
    let list = admin.get("/users").await;
    assert_eq!(
        list.json(),
        json!({ "meta": { "count": 2 }, "data": resources, "links": links })
    );
}

async fn counting_has_three_modes(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    for name in ["alice", "bob"] {
        admin.user(name).await;
    }
    let path = format!("{ROOT}/users");
    let without = admin.get("/users?count=false").await.json();
    assert_eq!(without.get("meta"), None);
    assert_eq!(without["data"].as_array().unwrap().len(), 2);
    assert_eq!(
        without["links"],
        json!({
            "self": format!("{path}?count=false&page[first]=10"),
            "first": format!("{path}?count=false&page[first]=10"),
            "last": format!("{path}?count=false&page[last]=10"),
        })
    );
    let only = |link: &str, count: u64| json!({ "meta": { "count": count }, "links": { "self": format!("{path}?{link}") } });
    // Pages are not mentioned where only the number is wanted.
    for query in [
        "count=only",
        "count=only&page[first]=1",
        "page[last]=3&count=only",
    ] {
        let counted = admin.get(&format!("/users?{query}")).await.json();
        assert_eq!(counted, only("count=only", 2), "{query}");
    }
    let counted = admin
        .get("/users?count=only&filter[search]=alice")
        .await
        .json();
    assert_eq!(counted, only("filter[search]=alice&count=only", 1));
    let found = admin.get("/users?count=false&filter[search]=alice").await;
    assert_eq!(names(&found), ["alice"]);
    assert_eq!(
        own_link(&found),
        format!("{path}?filter[search]=alice&count=false&page[first]=10")
    );
    // The default is not repeated, and the page does not change what is counted.
    let told = admin.get("/users?count=true&page[first]=1").await;
    assert_eq!(own_link(&told), format!("{path}?page[first]=1"));
    assert_eq!(told.json()["meta"]["count"], 2);
}

async fn filters_narrow_what_is_listed_and_counted(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    for name in [
        "plain",
        "locked",
        "gone",
        "both",
        "chief",
        "under_score",
        "underscore",
    ] {
        admin.user(name).await;
    }
    let id = async |name: &str| {
        let user = admin
            .get(&format!("/users/by-username/{name}"))
            .await
            .json();
        user["data"]["id"].as_str().unwrap().to_owned()
    };
    for (name, action) in [
        ("locked", "lock"),
        ("gone", "deactivate"),
        ("both", "lock"),
        ("both", "deactivate"),
    ] {
        let path = format!("/users/{}/{action}", id(name).await);
        assert_eq!(admin.act(&path).await.status, 200);
    }
    let path = format!("/users/{}/set-admin", id("chief").await);
    assert_eq!(
        admin.post(&path, json!({ "admin": true })).await.status,
        200
    );

    for (filters, found) in [
        (
            "filter[status]=active",
            &["plain", "chief", "under_score", "underscore"][..],
        ),
        ("filter[status]=locked", &["locked", "both"]),
        ("filter[status]=deactivated", &["gone", "both"]),
        ("filter[admin]=true", &["chief"]),
        (
            "filter[admin]=false&filter[status]=locked",
            &["locked", "both"],
        ),
        ("filter[admin]=true&filter[status]=locked", &[]),
        ("filter[legacy-guest]=true", &[]),
        (
            "filter[legacy-guest]=false&filter[search]=O",
            &["locked", "gone", "both", "under_score", "underscore"],
        ),
        // In any case, and nothing stands for anything else.
        ("filter[search]=PLA", &["plain"]),
        ("filter[search]=r_s", &["under_score"]),
        ("filter[search]=%25", &[]),
        ("filter[search]=%5C", &[]),
        ("filter[search]=chief%20", &[]),
        // An empty filter is none, and so is an unknown one.
        (
            "filter[search]=&filter[status]=&filter[admin]=true",
            &["chief"],
        ),
        (
            "filter[can_request_admin]=false&filter[nothing]=1&x&filter[admin]=true",
            &["chief"],
        ),
        ("filter%5Badmin%5D=true", &["chief"]),
    ] {
        let list = admin.get(&format!("/users?{filters}")).await;
        assert_eq!(names(&list), found, "{filters}");
        assert_eq!(list.json()["meta"]["count"], found.len(), "{filters}");
    }

    // Links repeat what was understood, in their own order, and nothing is encoded.
    let list = admin.get("/users?nothing=1&page[first]=3&filter[status]=&filter%5Bsearch%5D=a%20b%40c%2Bd&filter[admin]=true&filter[legacy-guest]=false");
    assert_eq!(
        own_link(&list.await),
        format!(
            "{ROOT}/users?filter[admin]=true&filter[legacy-guest]=false&filter[search]=a b@c+d\
             &page[first]=3"
        )
    );
}

async fn sessions_narrow_what_is_listed(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    admin.user_with_token("alice", &[]);
    admin.user("carol").await;
    let client = format!("filter[active-oauth2-client]={CLIENT_ID}");
    for (filters, found) in [
        ("filter[has-active-oauth2-session]=true", &["alice"][..]),
        ("filter[has-active-oauth2-session]=false", &["carol"]),
        ("filter[has-active-compat-session]=true", &[]),
        (
            "filter[has-active-compat-session]=false",
            &["alice", "carol"],
        ),
        (&client, &["alice"]),
        (&format!("{client}&{client}"), &["alice"]),
        (
            &format!("{client}&filter[has-active-oauth2-session]=false"),
            &[],
        ),
    ] {
        assert_eq!(
            names(&admin.get(&format!("/users?{filters}")).await),
            found,
            "{filters}"
        );
    }
    // A repeatable filter is repeated in the links.
    let twice = admin
        .get(&format!("/users?{client}&count=only&{client}"))
        .await;
    assert_eq!(
        own_link(&twice),
        format!("{ROOT}/users?{client}&{client}&count=only")
    );
    let unknown = admin
        .get(&format!(
            "/users?{client}&filter[active-oauth2-client]={NIL}"
        ))
        .await;
    unknown.refused(404, &[&format!("Client ID {NIL} not found")]);

    // Deactivation ends the session.
    let alice = admin.get("/users/by-username/alice").await.json();
    let alice = alice["data"]["id"].as_str().unwrap().to_owned();
    for action in ["deactivate", "reactivate"] {
        assert_eq!(
            admin.act(&format!("/users/{alice}/{action}")).await.status,
            200
        );
    }
    assert_eq!(
        names(&admin.get(&format!("/users?{client}")).await),
        [""; 0]
    );
}

async fn a_filter_that_cannot_be_read_is_named(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let boolean = "provided string was not `true` or `false`";
    let status = "unknown variant `Active`, expected one of `active`, `locked`, `deactivated`";
    for (parameter, value, why) in [
        ("filter[admin]", "maybe", boolean),
        ("filter[admin]", "TRUE", boolean),
        ("filter[legacy-guest]", "1", boolean),
        ("filter[has-active-oauth2-session]", "yes", boolean),
        ("filter[has-active-compat-session]", "0", boolean),
        ("filter[status]", "Active", status),
        ("filter[active-oauth2-client]", "x", "invalid length"),
        ("filter[active-oauth2-client]", "", "invalid length"),
    ] {
        let refused = admin.get(&format!("/users?{parameter}={value}")).await;
        let cause = format!("{parameter}: {why}");
        let first = format!("Failed to deserialize query string: {cause}");
        refused.refused(400, &["Invalid filter parameters", &first, &cause, &cause]);
    }
    for twice in [
        "filter[admin]=true&filter[admin]=true",
        "filter[search]=a&filter[search]=b",
        "filter[status]=&filter[status]=active",
    ] {
        let refused = admin.get(&format!("/users?{twice}")).await;
        assert_eq!(refused.status, 400, "{twice}");
        assert_eq!(refused.titles()[0], "Invalid filter parameters", "{twice}");
    }
    let fine = admin.get("/users?filter[admin]=true").await;
    assert_eq!(fine.json()["data"], Value::Array(Vec::new()));
}
