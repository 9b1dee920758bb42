//! What each listener chooses for itself: bearer access, the playground, a prefix
//! (contract/graphql.md 1.1).

use muniment_tests::{TestDatabase, each_backend};
use reqwest::Method;
use serde_json::json;

use crate::{Answer, Api, VIEWER, answer};

each_backend!(
    each_listener_decides_on_bearer_access_and_the_playground,
    the_playground_loads_nothing_from_elsewhere,
);

/// After the first listener, which allows everything: one that allows nothing, and one below a
/// prefix.
const MORE_LISTENERS: &str = "
    - name: closed
      binds: [{ address: '127.0.0.1:0' }]
      resources: [{ name: graphql, playground: false, undocumented_oauth2_access: false }]
    - name: prefixed
      binds: [{ address: '127.0.0.1:0' }]
      prefix: /auth/
      resources: [{ name: graphql, playground: true, undocumented_oauth2_access: true }]
database:
";
const CLOSED: usize = 1;
const PREFIXED: usize = 2;

async fn at(api: &Api, listener: usize, method: Method, path: &str) -> Answer {
    answer(api.server.request_at(listener, method, path)).await
}

async fn each_listener_decides_on_bearer_access_and_the_playground(database: TestDatabase) {
    let api = Api::start_replacing(&database, "\ndatabase:\n", MORE_LISTENERS).await;
    let body = json!({ "query": VIEWER }).to_string();
    let post = |listener: usize, path: &str| {
        api.server
            .request_at(listener, Method::POST, path)
            .header("content-type", "application/json")
            .body(body.clone())
    };
    // D4: even a token that is good elsewhere, and whatever it is.
    for token in [&api.admin, "junk"] {
        let refused = answer(post(CLOSED, "/graphql").bearer_auth(token)).await;
        refused.refused(401, "Invalid token");
    }
    assert_eq!(answer(post(CLOSED, "/graphql")).await.status, 200);

    // Where it is allowed, it is said to be deprecated, with where to go instead.
    for (listener, path, link) in [
        (0, "/graphql", "</api/doc/>; rel=\"successor-version\""),
        (
            PREFIXED,
            "/auth/graphql",
            "</auth/api/doc/>; rel=\"successor-version\"",
        ),
    ] {
        let answered = answer(post(listener, path).bearer_auth(&api.admin)).await;
        assert_eq!(answered.status, 200);
        let since = answered.header("deprecation").unwrap();
        assert!(
            since
                .strip_prefix('@')
                .is_some_and(|at| at.parse::<u64>().is_ok()),
            "{since}"
        );
        assert_eq!(answered.header("link"), Some(link));
        let anonymous = answer(post(listener, path)).await;
        assert_eq!(
            (anonymous.header("deprecation"), anonymous.header("link")),
            (None, None)
        );
    }

    for (listener, path, status) in [
        (0, "/graphql/playground", 200),
        (CLOSED, "/graphql/playground", 404),
        (PREFIXED, "/auth/graphql/playground", 200),
        // Below a prefix there is nothing beside it, and the other way round.
        (PREFIXED, "/graphql/playground", 404),
        (PREFIXED, "/graphql", 404),
        (0, "/auth/graphql", 404),
        (PREFIXED, "/authgraphql", 404),
        (CLOSED, "/api/admin/v1/version", 404),
        (CLOSED, "/oauth2/token", 404),
    ] {
        let found = at(&api, listener, Method::GET, path).await.status;
        assert_eq!(found, status, "listener {listener}, {path}");
    }
}

async fn the_playground_loads_nothing_from_elsewhere(database: TestDatabase) {
    let api = Api::start_replacing(&database, "\ndatabase:\n", MORE_LISTENERS).await;
    for (listener, root) in [(0, "/graphql"), (PREFIXED, "/auth/graphql")] {
        let page = at(&api, listener, Method::GET, &format!("{root}/playground")).await;
        assert_eq!(page.status, 200);
        assert_eq!(
            page.header("content-type"),
            Some("text/html; charset=utf-8")
        );
        strict(&page);
        // The page names only files that lie below it, and no inline script.
        let mut files = Vec::new();
        for part in page.text.split(['<', '>']) {
            assert!(!part.contains("://") && !part.contains("\"//"), "{part}");
            for attribute in ["src=\"", "href=\""] {
                if let Some((_, rest)) = part.split_once(attribute) {
                    files.push(rest.split('"').next().unwrap().to_owned());
                }
            }
        }
        assert!(
            files.iter().any(|file| file.contains("graphiql")),
            "{files:?}"
        );
        assert_eq!(
            page.text.matches("<script").count(),
            page.text.matches("<script src=").count()
        );
        for file in files {
            let path = format!("{root}/{file}");
            let asset = at(&api, listener, Method::GET, &path).await;
            assert_eq!(asset.status, 200, "{path}");
            let kind = asset.header("content-type").unwrap();
            let wanted = if path.contains(".js") {
                "text/javascript"
            } else {
                "text/css"
            };
            assert!(kind.starts_with(wanted), "{path} is {kind}");
            strict(&asset);
        }
    }
}

fn strict(answer: &Answer) {
    let policy = answer.header("content-security-policy").unwrap();
    let directives: Vec<&str> = policy.split(';').map(str::trim).collect();
    for directive in [
        "default-src 'none'",
        "script-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
    ] {
        assert!(directives.contains(&directive), "{policy}");
    }
    for loose in ["http:", "https:", "*", "unsafe-eval"] {
        assert!(!policy.contains(loose), "{policy}");
    }
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
}
