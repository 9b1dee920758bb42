use super::*;

#[tokio::test]
async fn a_user_sees_the_own_account_and_nobody_elses() {
    let server = Server::start().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let own = server.token(Some(alice), "urn:mas:graphql:*").await;
    let admin = server.admin().await;
    // A nullable variable in a non-null place is accepted.
    let query = "query($id: ID){user(id:$id){id username}}";
    let of = |id: UserId| json!({"id": format!("user:{id}")});
    let alices = json!({"data": {"user": {"id": format!("user:{alice}"), "username": "alice"}}});
    let bobs = json!({"data": {"user": {"id": format!("user:{bob}"), "username": "bob"}}});
    let nothing = json!({"data": {"user": null}});
    assert_eq!(server.run(Some(&own), query, of(alice)).await, alices);
    assert_eq!(server.run(Some(&own), query, of(bob)).await, nothing);
    assert_eq!(server.run(Some(&admin), query, of(bob)).await, bobs);
    assert_eq!(server.run(None, query, of(alice)).await, nothing);
    let by_name = "{userByUsername(username:\"ALICE\"){username}}";
    let found = json!({"data": {"userByUsername": {"username": "alice"}}});
    assert_eq!(server.run(Some(&own), by_name, Value::Null).await, found);
    let missing = json!({"data": {"userByUsername": null}});
    assert_eq!(server.run(None, by_name, Value::Null).await, missing);
}

#[tokio::test]
async fn a_new_account_is_shown_as_it_is() {
    let server = Server::start().await;
    let alice = server.user("alice").await;
    let token = server.token(Some(alice), "urn:mas:graphql:*").await;
    let query = "{viewer{... on User{createdAt lockedAt canRequestAdmin hasPassword \
        matrix{mxid displayName avatarUrl deactivated}}}}";
    let mut answer = server.run(Some(&token), query, Value::Null).await;
    let created_at = answer["data"]["viewer"]["createdAt"].take();
    assert!(created_at.as_str().unwrap().ends_with("+00:00"));
    assert_eq!(
        answer["data"]["viewer"],
        json!({
            "createdAt": null, "lockedAt": null, "canRequestAdmin": false, "hasPassword": false,
            "matrix": {
                "mxid": "@alice:example.com", "displayName": "alice",
                "avatarUrl": null, "deactivated": false,
            },
        })
    );
}

#[tokio::test]
async fn node_finds_what_may_be_seen() {
    let server = Server::start().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let own = server.token(Some(alice), "urn:mas:graphql:*").await;
    let query = "query($id:ID!){node(id:$id){__typename id}}";
    for (token, id, wanted) in [
        (None, "anonymous".to_owned(), Some("Anonymous")),
        (None, "site_config".to_owned(), Some("SiteConfig")),
        (None, format!("authentication:{UNKNOWN}"), None),
        (None, format!("browser_session:{UNKNOWN}"), None),
        (None, format!("user:{alice}"), None),
        (Some(&own), format!("user:{alice}"), Some("User")),
        (Some(&own), format!("user:{bob}"), None),
        (Some(&own), format!("user:{UNKNOWN}"), None),
        (
            Some(&own),
            format!("oauth2_client:{CLIENT}"),
            Some("Oauth2Client"),
        ),
    ] {
        let answer = server
            .run(token.map(String::as_str), query, json!({"id": id}))
            .await;
        let node = wanted.map(|name| json!({"__typename": name, "id": id}));
        assert_eq!(answer, json!({"data": {"node": node}}), "{id}");
    }
    for id in ["junk", "user:bad", &format!("foo:{UNKNOWN}")] {
        let query = format!("{{node(id:\"{id}\"){{id}}}}");
        assert_eq!(server.error(None, &query).await, "invalid id", "{id}");
    }
    let other_kind = format!("{{user(id:\"user_email:{UNKNOWN}\"){{id}}}}");
    assert_eq!(server.error(Some(&own), &other_kind).await, "invalid id");
}

#[tokio::test]
async fn a_session_shows_its_client_and_its_user() {
    let server = Server::start().await;
    let alice = server.user("alice").await;
    let token = server.token(Some(alice), "urn:mas:graphql:*").await;
    let query = "{viewerSession{... on Oauth2Session{id scope state finishedAt user{username} \
        client{id clientId clientName applicationType redirectUris}}}}";
    let answer = server.run(Some(&token), query, Value::Null).await;
    let mut session = answer["data"]["viewerSession"].clone();
    let id = session["id"].take();
    assert_eq!(
        session,
        json!({
            "id": null, "scope": "urn:mas:graphql:*", "state": "ACTIVE", "finishedAt": null,
            "user": {"username": "alice"},
            "client": {
                "id": format!("oauth2_client:{CLIENT}"), "clientId": CLIENT.to_string(),
                "clientName": null, "applicationType": null, "redirectUris": [],
            },
        })
    );
    let by_id = "query($id:ID!){oauth2Session(id:$id){id}}";
    let found = server.run(Some(&token), by_id, json!({"id": id})).await;
    assert_eq!(found, json!({"data": {"oauth2Session": {"id": id}}}));
    let hidden = server.run(None, by_id, json!({"id": id})).await;
    assert_eq!(hidden, json!({"data": {"oauth2Session": null}}));
}

#[tokio::test]
async fn deactivation_has_ended_the_sessions_also_after_reactivation() {
    let server = Server::start().await;
    let alice = server.user("alice").await;
    let own = server.token(Some(alice), "urn:mas:graphql:*").await;
    let admin = server.admin().await;
    let query = "{viewerSession{... on Oauth2Session{id}}}";
    let answer = server.run(Some(&own), query, Value::Null).await;
    let id = answer["data"]["viewerSession"]["id"].clone();
    let actor = Actor::operator("test", Uuid::nil());
    accounts::lock(&server.app, &actor, alice, true)
        .await
        .unwrap();
    accounts::unlock(&server.app, &actor, alice, true)
        .await
        .unwrap();
    let by_id = "query($id:ID!){oauth2Session(id:$id){state finishedAt}}";
    let answer = server.run(Some(&admin), by_id, json!({"id": id})).await;
    let session = &answer["data"]["oauth2Session"];
    assert_eq!(session["state"], "FINISHED");
    assert!(session["finishedAt"].is_string());
}

#[tokio::test]
async fn emails_come_by_pages() {
    let server = Server::start().await;
    let alice = server.user("alice").await;
    let token = server.token(Some(alice), "urn:mas:graphql:*").await;
    let actor = Actor::operator("test", Uuid::nil());
    for n in 0..3 {
        let address = format!("{n}@example.com");
        let everybody = accounts::EmailUniqueness::Everybody;
        accounts::add_email(&server.app, &actor, alice, &address, everybody)
            .await
            .unwrap();
    }
    let list = async |arguments: &str, fields: &str| {
        let query = format!("{{viewer{{...on User{{emails({arguments}){{{fields}}}}}}}}}");
        let answer = server.run(Some(&token), &query, Value::Null).await;
        answer["data"]["viewer"]["emails"].clone()
    };
    let page = "totalCount pageInfo{hasPreviousPage hasNextPage} nodes{email}";
    let emails = |previous: bool, next: bool, wanted: &[u8]| {
        let nodes: Vec<Value> = wanted
            .iter()
            .map(|n| json!({"email": format!("{n}@example.com")}))
            .collect();
        json!({
            "totalCount": 3, "nodes": nodes,
            "pageInfo": {"hasPreviousPage": previous, "hasNextPage": next},
        })
    };
    assert_eq!(
        list("first:5", page).await,
        emails(false, false, &[0, 1, 2])
    );
    assert_eq!(list("first:2", page).await, emails(false, true, &[0, 1]));
    assert_eq!(list("last:2", page).await, emails(true, false, &[1, 2]));
    assert_eq!(
        list("first:1,last:2", page).await,
        emails(false, true, &[0])
    );
    assert_eq!(list("first:0", page).await, emails(false, true, &[]));
    let cursors = "pageInfo{startCursor endCursor} edges{cursor}";
    assert_eq!(
        list("first:0", cursors).await["pageInfo"],
        json!({"startCursor": null, "endCursor": null})
    );
    let first = list("first:1", cursors).await;
    let cursor = first["pageInfo"]["endCursor"].as_str().unwrap();
    assert_eq!(first["edges"][0]["cursor"], cursor);
    let after = format!("after:\"{cursor}\",state:PENDING,first:1");
    assert_eq!(list(&after, page).await, emails(false, true, &[1]));
    let message =
        |arguments: &str| format!("{{viewer{{...on User{{emails({arguments}){{totalCount}}}}}}}}");
    assert_eq!(
        server.error(Some(&token), &message("state:PENDING")).await,
        "Either 'first' or 'last' must be specified"
    );
}

#[tokio::test]
async fn only_administrators_list_users() {
    let server = Server::start().await;
    let alice = server.user("alice").await;
    server.user("bob").await;
    let own = server.token(Some(alice), "urn:mas:graphql:*").await;
    let admin = server.admin().await;
    // Before the page arguments are looked at.
    let refused = "{users(first:-1){totalCount}}";
    assert_eq!(server.error(Some(&own), refused).await, "Unauthorized");
    assert_eq!(server.error(None, refused).await, "Unauthorized");
    let actor = Actor::operator("test", Uuid::nil());
    accounts::lock(&server.app, &actor, alice, false)
        .await
        .unwrap();
    let query = "{all:users(first:9){totalCount} \
        active:users(first:9,state:ACTIVE){nodes{username}} \
        locked:users(last:9,state:LOCKED,canRequestAdmin:false){nodes{username}}}";
    assert_eq!(
        server.run(Some(&admin), query, Value::Null).await,
        json!({"data": {
            "all": {"totalCount": 2},
            "active": {"nodes": [{"username": "bob"}]},
            "locked": {"nodes": [{"username": "alice"}]},
        }})
    );
}
