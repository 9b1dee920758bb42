//! A page of a list is found by an index and read in its order, on both databases, wherever in the list it
//! is: nothing is skipped over, and nothing sorted.

use muniment_tests::{Backend, TestDatabase, TestLog, plans, run};

use crate::{Admin, NIL};

/// Lists that lie in a table, and what narrows them to the things of one user.
const LISTS: [(&str, &str, Option<&str>); 9] = [
    ("audit/checkpoints", "checkpoints", None),
    ("users", "users", None),
    ("user-emails", "user_emails", Some("user")),
    ("user-sessions", "browser_sessions", Some("user")),
    ("oauth2-sessions", "oauth2_sessions", Some("user")),
    ("compat-sessions", "compat_sessions", Some("user")),
    ("personal-sessions", "personal_sessions", Some("actor_user")),
    ("upstream-oauth-links", "upstream_links", Some("user")),
    ("user-registration-tokens", "registration_tokens", None),
];

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_found_by_an_index_in_its_order() {
    run(Backend::Postgres, async |database| {
        let sqlite = TestDatabase::new(Backend::Sqlite).await;
        TestLog::open(&sqlite).await.close().await;
        let admin = Admin::start(&database).await;
        let user = admin.server.register(&admin.token, "alice").await;
        for (list, table, filter) in LISTS {
            let mut narrowed = vec![String::new()];
            narrowed.extend(filter.map(|filter| format!("&filter[{filter}]={user}")));
            for (filter, (bounds, compared)) in narrowed.iter().flat_map(|filter| {
                let pages = [("page[after]", "first", ">"), ("page[before]", "last", "<")];
                pages.map(|(cursor, end, compared)| {
                    (filter, (format!("{cursor}={NIL}&page[{end}]=7"), compared))
                })
            }) {
                let path = format!("/{list}?{bounds}&count=false{filter}");
                assert_eq!(admin.get(&path).await.status, 200, "{path}");
                let statement = plans::last_page_of(database.uri(), table).await.unwrap();
                assert!(!statement.contains("OFFSET"), "{path}: {statement}");

                let plan = plans::of_postgres_for_a_long_list(database.uri(), &statement);
                let plan = plan.await.unwrap().join("\n");
                assert!(plan.contains("Index"), "{path}: {plan}");
                let bound = format!("id {compared} $");
                let by_index = plan.lines().any(|line| {
                    line.trim_start().starts_with("Index Cond:") && line.contains(&bound)
                });
                assert!(by_index, "{path}: {plan}");
                for costly in ["Seq Scan", "Sort"] {
                    assert!(!plan.contains(costly), "{path}: {plan}");
                }

                let plan = plans::of_sqlite(sqlite.uri(), &statement).await;
                let plan = plan.unwrap().join("\n");
                assert!(
                    plan.starts_with(&format!("SEARCH {table} ")),
                    "{path}: {plan}"
                );
                assert!(plan.contains(&format!("id{compared}?")), "{path}: {plan}");
                assert!(!plan.contains("TEMP B-TREE"), "{path}: {plan}");
            }
        }
    })
    .await;
}
