//! Going through a list page by page (contract/admin-api.md 3.2, 3.3). What is said of users here
//! holds for every list.

use muniment_tests::{TestDatabase, each_backend};
use reqwest::Method;
use serde_json::Value;

use crate::{Admin, NIL, ROOT, UNKNOWN, answer};

each_backend!(
    a_list_is_read_forward_and_backward_by_its_links,
    a_page_may_be_bounded_on_both_sides,
    a_page_that_cannot_be_read_is_refused,
    a_list_comes_in_the_order_that_is_asked_for,
    a_page_by_name_begins_at_a_user,
    every_list_comes_the_other_way_round,
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

/// The pages of two from `start` on, by the links in this direction.
async fn follow(admin: &Admin, start: &str, direction: &str) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut link = Some(start.to_owned());
    while let Some(here) = link {
        let (found, links) = page(admin, &here).await;
        assert!(pages.len() < 5, "the pages do not end");
        pages.push(found);
        link = links[direction].as_str().map(str::to_owned);
    }
    pages
}

async fn a_list_comes_in_the_order_that_is_asked_for(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let ids = five(&admin).await;
    let newest: Vec<String> = ids.iter().rev().cloned().collect();
    // Their names go the other way than their ids.
    for (order, expected) in [
        ("id", &ids),
        ("-id", &newest),
        ("username", &newest),
        ("-username", &ids),
    ] {
        let (found, links) =
            page(&admin, &format!("/users?sort={order}&filter[admin]=false")).await;
        assert_eq!(found, *expected, "{order}");
        assert_eq!(
            links["self"],
            format!("{ROOT}/users?filter[admin]=false&sort={order}&page[first]=10"),
        );
        let forward = follow(
            &admin,
            &format!("/users?sort={order}&page[first]=2"),
            "next",
        )
        .await;
        assert_eq!(forward, expected.chunks(2).collect::<Vec<_>>(), "{order}");
        let backward = follow(&admin, &format!("/users?sort={order}&page[last]=2"), "prev").await;
        let from_the_end: Vec<_> = expected.rchunks(2).collect();
        assert_eq!(backward, from_the_end, "{order}");
        let (after, before) = (&expected[0], &expected[4]);
        let bounds = format!("page[after]={after}&page[before]={before}");
        for size in ["page[first]=9", "page[last]=9"] {
            let (found, _) = page(&admin, &format!("/users?sort={order}&{bounds}&{size}")).await;
            assert_eq!(found, expected[1..4], "{order} {size}");
        }
    }
    let (found, links) = page(&admin, "/users?sort=").await;
    assert_eq!(found, ids, "empty is absent");
    assert_eq!(links["self"], format!("{ROOT}/users?page[first]=10"));
}

async fn a_page_by_name_begins_at_a_user(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    five(&admin).await;
    for bound in ["after", "before"] {
        let path = format!("/users?sort=username&page[{bound}]={UNKNOWN}");
        let missing = format!("User ID {UNKNOWN} not found");
        admin.get(&path).await.refused(404, &[&missing]);
    }
    let refused = admin.get("/users?sort=created_at").await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.titles()[0], "Invalid pagination parameters");
    let twice = admin.get("/users?sort=id&sort=id").await;
    assert_eq!(twice.status, 400, "{twice:?}");
}

async fn every_list_comes_the_other_way_round(database: TestDatabase) {
    let admin = Admin::start(&database).await;
    let user = admin.user("alice").await;
    let first = admin.email(&user, "a@example.com").await;
    let second = admin.email(&user, "b@example.com").await;
    assert_eq!(
        admin.ids("/user-emails?sort=id").await,
        [&first[..], &second]
    );
    assert_eq!(
        admin.ids("/user-emails?sort=-id").await,
        [&second[..], &first]
    );
    let document = admin.server.request(Method::GET, "/api/spec.json");
    let document = answer(document).await.json();
    let mut lists = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        let Some(parameters) = methods["get"]["parameters"].as_array() else {
            continue;
        };
        if !parameters.iter().any(|one| one["name"] == "page[first]") {
            continue;
        }
        let path = path.strip_prefix(ROOT).unwrap();
        // Comes in the order of the log, and is longer each time it is asked for.
        if path == "/events" {
            continue;
        }
        lists += 1;
        let mut expected = admin.ids(path).await;
        expected.reverse();
        assert_eq!(
            admin.ids(&format!("{path}?sort=-id")).await,
            expected,
            "{path}"
        );
        let by_name = admin.get(&format!("{path}?sort=username")).await;
        assert_eq!(by_name.status == 200, path == "/users", "{path}");
    }
    assert_eq!(lists, 11);
}
