//! Lists by pages (contract/graphql.md 5). What is said of an account's addresses here holds for
//! every list.

use muniment_tests::{TestDatabase, each_backend};
use serde_json::{Value, json};

use crate::{Account, Api, UNKNOWN};

each_backend!(
    addresses_come_by_pages_the_oldest_first,
    a_cursor_is_the_kind_and_the_ulid,
    page_arguments_are_looked_at_in_order,
);

const PAGE: &str = "totalCount pageInfo{hasPreviousPage hasNextPage startCursor endCursor} \
    edges{cursor node{email}} nodes{email}";

/// Alice with three addresses, and another account with one.
async fn alice(api: &Api) -> (Account, Vec<String>) {
    let alice = api.account("alice", &[]);
    let mut ids = Vec::new();
    for name in ["c", "b", "a"] {
        ids.push(api.email(&alice, &format!("{name}@example.com")).await);
    }
    api.email(&api.account("bob", &[]), "bob@example.com").await;
    (alice, ids)
}

fn emails(arguments: &str, fields: &str) -> String {
    format!("{{viewer{{... on User{{emails{arguments}{{{fields}}}}}}}}}")
}

async fn page(api: &Api, account: &Account, arguments: &str, fields: &str) -> Value {
    let query = emails(arguments, fields);
    api.data(&account.token, &query, Value::Null).await["viewer"]["emails"].clone()
}

/// What is wrong with a list of the viewer's; nothing is left of the viewer then.
async fn error(api: &Api, account: &Account, query: &str) -> String {
    let token = Some(account.token.as_str());
    let answer = api.server.graphql(token, query, Value::Null).await;
    assert_eq!(
        answer["data"],
        json!({ "viewer": null }),
        "{query}: {answer}"
    );
    assert_eq!(answer["errors"][0]["path"], json!(["viewer", "emails"]));
    answer["errors"][0]["message"].as_str().unwrap().to_owned()
}

async fn addresses_come_by_pages_the_oldest_first(database: TestDatabase) {
    let api = Api::start(&database).await;
    let (alice, _) = alice(&api).await;
    let all = page(&api, &alice, "(first: 10)", "edges{cursor}").await;
    let cursors: Vec<&str> = all["edges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|edge| edge["cursor"].as_str().unwrap())
        .collect();
    let wanted = |range: std::ops::Range<usize>, previous: bool, next: bool| {
        let nodes: Vec<Value> = ["c", "b", "a"][range.clone()]
            .iter()
            .map(|name| json!({ "email": format!("{name}@example.com") }))
            .collect();
        let edges: Vec<Value> = cursors[range.clone()]
            .iter()
            .zip(&nodes)
            .map(|(cursor, node)| json!({ "cursor": cursor, "node": node }))
            .collect();
        json!({
            // Of the whole list, whatever the page.
            "totalCount": 3,
            "pageInfo": {
                "hasPreviousPage": previous,
                "hasNextPage": next,
                "startCursor": cursors[range.clone()].first(),
                "endCursor": cursors[range].last(),
            },
            "edges": edges,
            "nodes": nodes,
        })
    };
    let (c, b, a) = (cursors[0], cursors[1], cursors[2]);
    for (arguments, page_wanted) in [
        ("(first: 10)".to_owned(), wanted(0..3, false, false)),
        ("(first: 3)".to_owned(), wanted(0..3, false, false)),
        ("(first: 2)".to_owned(), wanted(0..2, false, true)),
        // D15
        ("(first: 0)".to_owned(), wanted(0..0, false, true)),
        ("(last: 0)".to_owned(), wanted(0..0, true, false)),
        // D16
        ("(first: 1, last: 2)".to_owned(), wanted(0..1, false, true)),
        (
            "(first: null, last: 1)".to_owned(),
            wanted(2..3, true, false),
        ),
        // D17
        ("(last: 2)".to_owned(), wanted(1..3, true, false)),
        ("(last: 3)".to_owned(), wanted(0..3, false, false)),
        // The flag against the direction is never set.
        (
            format!("(first: 1, after: \"{c}\")"),
            wanted(1..2, false, true),
        ),
        (
            format!("(first: 2, after: \"{c}\")"),
            wanted(1..3, false, false),
        ),
        (
            format!("(last: 1, before: \"{a}\")"),
            wanted(1..2, true, false),
        ),
        (
            format!("(first: 5, after: \"{c}\", before: \"{a}\")"),
            wanted(1..2, false, false),
        ),
        (
            format!("(last: 5, after: \"{c}\", before: \"{b}\")"),
            wanted(0..0, false, false),
        ),
        (
            format!("(first: 5, after: \"{a}\")"),
            wanted(0..0, false, false),
        ),
        (
            "(first: 2147483647, state: PENDING)".to_owned(),
            wanted(0..3, false, false),
        ),
    ] {
        let found = page(&api, &alice, &arguments, PAGE).await;
        assert_eq!(found, page_wanted, "{arguments}");
    }
    // The number is found through fragments and other names, and without a page.
    let through = "viewer{... on User{emails(first: 0){...Count}}}";
    let query = format!("{{{through}}} fragment Count on UserEmailConnection{{n:totalCount}}");
    let counted = api.data(&alice.token, &query, Value::Null).await;
    assert_eq!(counted["viewer"]["emails"], json!({ "n": 3 }));
}

/// Base64 for URLs, without padding, decoded.
fn decoded(text: &str) -> String {
    const DIGITS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let bits: Vec<String> = text
        .chars()
        .map(|digit| format!("{:06b}", DIGITS.find(digit).unwrap()))
        .collect();
    let bits = bits.concat();
    let bytes = bits.as_bytes().chunks_exact(8);
    assert!(bytes.remainder().iter().all(|bit| *bit == b'0'));
    bytes
        .map(|byte| {
            let byte = std::str::from_utf8(byte).unwrap();
            char::from(u8::from_str_radix(byte, 2).unwrap())
        })
        .collect()
}

fn encoded(text: &str) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let bits: Vec<String> = text.bytes().map(|byte| format!("{byte:08b}")).collect();
    bits.concat()
        .as_bytes()
        .chunks(6)
        .map(|digit| {
            let digit = format!("{:0<6}", std::str::from_utf8(digit).unwrap());
            char::from(DIGITS[usize::from_str_radix(&digit, 2).unwrap()])
        })
        .collect()
}

async fn a_cursor_is_the_kind_and_the_ulid(database: TestDatabase) {
    let api = Api::start(&database).await;
    let (alice, ids) = alice(&api).await;
    // D19
    let found = page(&api, &alice, "(first: 1)", "pageInfo{endCursor}").await;
    let cursor = found["pageInfo"]["endCursor"].as_str().unwrap();
    let ulid = ids[0].strip_prefix("user_email:").unwrap();
    assert_eq!(decoded(cursor), format!("[\"UserEmail\",\"{ulid}\"]"));
    let users = "{users(first:1){pageInfo{endCursor}}}";
    let users = api.data(&api.admin, users, Value::Null).await;
    let user = users["users"]["pageInfo"]["endCursor"].as_str().unwrap();
    assert_eq!(decoded(user), format!("[\"User\",\"{}\"]", alice.ulid));

    // Nothing has to be where a page begins.
    let nowhere = encoded("[\"UserEmail\",\"00000000000000000000000000\"]");
    let all = page(
        &api,
        &alice,
        &format!("(first: 9, after: \"{nowhere}\")"),
        "nodes{email}",
    )
    .await;
    assert_eq!(all["nodes"].as_array().unwrap().len(), 3);
    // D18
    for other in [
        user.to_owned(),
        encoded(&format!("[\"BrowserSession\",\"{UNKNOWN}\"]")),
        encoded(&format!("[\"OAuth2Session\",\"{UNKNOWN}\"]")),
    ] {
        for bound in ["after", "before"] {
            let query = emails(&format!("(first: 1, {bound}: \"{other}\")"), "totalCount");
            assert_eq!(error(&api, &alice, &query).await, "invalid cursor");
        }
    }
}

async fn page_arguments_are_looked_at_in_order(database: TestDatabase) {
    const NEITHER: &str = "Either 'first' or 'last' must be specified";
    const FIRST: &str = "The \"first\" parameter must be a non-negative number";
    const LAST: &str = "The \"last\" parameter must be a non-negative number";
    let api = Api::start(&database).await;
    let (alice, _) = alice(&api).await;
    let other = encoded(&format!("[\"User\",\"{UNKNOWN}\"]"));
    for (arguments, message) in [
        // D13
        (String::new(), Some(NEITHER)),
        ("(first: null)".to_owned(), Some(NEITHER)),
        // D14
        ("(first: -1)".to_owned(), Some(FIRST)),
        ("(last: -1)".to_owned(), Some(LAST)),
        (
            "(first: -1, last: -1, before: \"junk\")".to_owned(),
            Some(FIRST),
        ),
        ("(last: -1, before: \"junk\")".to_owned(), Some(LAST)),
        (format!("(before: \"{other}\")"), Some("invalid cursor")),
        // What the decoder says.
        (format!("(before: \"junk\", after: \"{other}\")"), None),
        (format!("(before: \"{other}\", after: \"!\")"), None),
        ("(after: \"\")".to_owned(), None),
    ] {
        let query = emails(&arguments, "totalCount");
        let told = error(&api, &alice, &query).await;
        match message {
            Some(message) => assert_eq!(told, message, "{arguments}"),
            None => assert!(
                told != NEITHER && told != "invalid cursor",
                "{arguments}: {told}"
            ),
        }
    }
    // For the list of all users, the permission goes before all of that.
    let query = "{users(first:-1){totalCount}}";
    for token in [None, Some(alice.token.as_str())] {
        assert_eq!(api.error(token, query, Value::Null).await, "Unauthorized");
    }
    assert_eq!(api.error(Some(&api.admin), query, Value::Null).await, FIRST);
}
