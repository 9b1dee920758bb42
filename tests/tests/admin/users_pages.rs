//! Going through a list page by page (contract/admin-api.md 3.2, 3.3). What is said of users here
//! holds for every list.

use muniment_tests::{TestDatabase, each_backend};
use serde_json::Value;

use crate::{Admin, NIL, ROOT};

each_backend!(
    a_list_is_read_forward_and_backward_by_its_links,
    a_page_may_be_bounded_on_both_sides,
    a_page_that_cannot_be_read_is_refused,
);

/// The page at a link: its ids, and its links.
async fn page(admin: &Admin, link: &str) -> (Vec<String>, Value) {
    let answer = admin.get(link.strip_prefix(ROOT).unwrap_or(link)).await;
    assert_eq!(answer.status, 200, "{link}: {answer:?}");
    let document = answer.json();
    assert_eq!(document["meta"]["count"], 5, "{link}");
    let ids = document["data"].as_array().unwrap().iter().map(|user| {
        assert_eq!(user["meta"]["page"]["cursor"], user["id"]);
        user["id"].as_str().unwrap().to_owned()
    });
    (ids.collect(), document["links"].clone())
}

async fn five(admin: &Admin) -> Vec<String> {
    let mut ids = Vec::new();
    for name in ["e", "d", "c", "b", "a"] {
        ids.push(admin.user(name).await);
    }
    ids
}

async fn a_list_is_read_forward_and_backward_by_its_links(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let ids = five(&admin).await;
    assert!(ids.is_sorted());
    let path = format!("{ROOT}/users");

    let (found, links) = page(&admin, "/users?page[first]=2").await;
    assert_eq!(found, ids[..2]);
    assert_eq!(links["first"], format!("{path}?page[first]=2"));
    assert_eq!(links["last"], format!("{path}?page[last]=2"));
    assert_eq!(
        links["next"],
        format!("{path}?page[after]={}&page[first]=2", ids[1])
    );
    assert_eq!(links.get("prev"), None);
    let (found, links) = page(&admin, links["next"].as_str().unwrap()).await;
    assert_eq!(found, ids[2..4]);
    assert_eq!(
        links["self"],
        format!("{path}?page[after]={}&page[first]=2", ids[1])
    );
    assert_eq!(links["first"], format!("{path}?page[first]=2"));
    assert_eq!(
        links.get("prev"),
        None,
        "a forward page has none, even the second"
    );
    let (found, links) = page(&admin, links["next"].as_str().unwrap()).await;
    assert_eq!(found, ids[4..]);
    assert_eq!(links.get("next"), None);

    let (found, links) = page(&admin, "/users?page[last]=2").await;
    assert_eq!(found, ids[3..], "ascending, also from the end");
    assert_eq!(links["self"], format!("{path}?page[last]=2"));
    assert_eq!(
        links["prev"],
        format!("{path}?page[before]={}&page[last]=2", ids[3])
    );
    assert_eq!(links.get("next"), None);
    let (found, links) = page(&admin, links["prev"].as_str().unwrap()).await;
    assert_eq!(found, ids[1..3]);
    assert_eq!(links.get("next"), None);
    let (found, links) = page(&admin, links["prev"].as_str().unwrap()).await;
    assert_eq!(found, ids[..1]);
    assert_eq!(links.get("prev"), None);

    // A page that holds all of them has neither.
    for size in [
        "page[first]=5",
        "page[last]=5",
        "page[first]=1000000",
        "page[last]=99999999999",
    ] {
        let (found, links) = page(&admin, &format!("/users?{size}")).await;
        assert_eq!(found, ids, "{size}");
        assert_eq!(
            (links.get("next"), links.get("prev")),
            (None, None),
            "{size}"
        );
        assert_eq!(links["self"], format!("{path}?{size}"));
    }
}

async fn a_page_may_be_bounded_on_both_sides(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let ids = five(&admin).await;
    let path = format!("{ROOT}/users");
    let (first, last) = (&ids[0], &ids[4]);
    let bounds = format!("page[after]={}&page[before]={last}", first.to_lowercase());

    let (found, links) = page(&admin, &format!("/users?{bounds}&page[first]=2")).await;
    assert_eq!(found, ids[1..3]);
    let own = format!("{path}?page[before]={last}&page[after]={first}&page[first]=2");
    assert_eq!(
        links["self"], own,
        "before goes before after, ids are in upper case"
    );
    assert_eq!(
        links["next"],
        format!("{path}?page[after]={}&page[first]=2", ids[2])
    );
    let (found, links) = page(&admin, &format!("/users?{bounds}&page[last]=2")).await;
    assert_eq!(found, ids[2..4]);
    assert_eq!(
        links["prev"],
        format!("{path}?page[before]={}&page[last]=2", ids[2])
    );

    // Nothing has to be where a page begins.
    let (found, links) = page(&admin, &format!("/users?page[after]={NIL}")).await;
    assert_eq!(found, ids);
    assert_eq!(
        links["self"],
        format!("{path}?page[after]={NIL}&page[first]=10")
    );
    let (found, _) = page(&admin, "/users?page[before]=7ZZZZZZZZZZZZZZZZZZZZZZZZZ").await;
    assert_eq!(found, ids);
    let (found, links) = page(&admin, &format!("/users?page[before]={NIL}&page[last]=3")).await;
    assert_eq!(found, [""; 0]);
    assert_eq!((links.get("next"), links.get("prev")), (None, None));
}

async fn a_page_that_cannot_be_read_is_refused(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    for list in ["/users", "/user-emails"] {
        let both = admin
            .get(&format!("{list}?page[first]=1&page[last]=1"))
            .await;
        both.refused(
            400,
            &["Cannot specify both `page[first]` and `page[last]` parameters"],
        );
        for query in [
            "page[first]=0",
            "page[last]=0",
            "page[first]=-1",
            "page[first]=ten",
            "page[last]=1.5",
            "page[first]=99999999999999999999999",
            "page[after]=junk",
            "page[before]=0U040G2081040G2081040G2081",
            "count=maybe",
            "count=TRUE",
            "page[first]=1&page[first]=1",
            "count=only&count=only",
            // Unreadable goes before contradictory.
            "page[first]=0&page[last]=1",
        ] {
            let refused = admin.get(&format!("{list}?{query}")).await;
            let titles = refused.titles();
            assert_eq!(refused.status, 400, "{list} {query}");
            assert_eq!(titles[0], "Invalid pagination parameters", "{list} {query}");
            let parameter = query.split('=').next().unwrap();
            assert!(
                titles[1].starts_with(&format!(
                    "Failed to deserialize query string: {parameter}: "
                )),
                "{titles:?}"
            );
        }
        // Empty is absent.
        let fine = admin
            .get(&format!(
                "{list}?page[first]=&page[last]=2&page[after]=&count="
            ))
            .await;
        assert_eq!(
            fine.json()["links"]["self"],
            format!("{ROOT}{list}?page[last]=2")
        );
    }
}
