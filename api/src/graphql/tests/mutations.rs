use super::*;

const ADD_USER: &str = "mutation($name:String!,$skip:Boolean){\
    addUser(input:{username:$name,skipHomeserverCheck:$skip}){status user{username}}}";
const ADD_EMAIL: &str = "mutation($id:String!,$email:String!){\
    addEmail(input:{userId:$id,email:$email}){status email{id email} user{id} violations}}";

async fn add_email(server: &Server, user: UserId, email: &str) -> Value {
    let admin = server.admin().await;
    let variables = json!({"id": format!("user:{user}"), "email": email});
    let answer = server.run(Some(&admin), ADD_EMAIL, variables).await;
    answer["data"]["addEmail"].clone()
}

#[tokio::test]
async fn a_user_is_added_once() {
    let server = Server::start().await;
    let admin = server.admin().await;
    for (name, status, user) in [
        ("alice", "ADDED", json!({"username": "alice"})),
        ("alice", "EXISTS", json!({"username": "alice"})),
        ("ALICE", "EXISTS", json!({"username": "alice"})),
        ("this is invalid", "INVALID", Value::Null),
        ("_x", "INVALID", Value::Null),
    ] {
        let answer = server
            .run(Some(&admin), ADD_USER, json!({"name": name, "skip": true}))
            .await;
        let wanted = json!({"data": {"addUser": {"status": status, "user": user}}});
        assert_eq!(answer, wanted, "{name}");
    }
}

#[tokio::test]
async fn who_is_no_administrator_gets_an_error_and_no_data() {
    let server = Server::start().await;
    let alice = server.user("alice").await;
    let actor = Actor::operator("test", Uuid::nil());
    accounts::set_admin(&server.app, &actor, alice, true)
        .await
        .unwrap();
    let own = server.token(Some(alice), "urn:mas:graphql:*").await;
    for token in [None, Some(own.as_str())] {
        for mutation in [
            "addUser(input:{username:\"x\"}){status}",
            // The permission goes before the id, except in addEmail.
            "lockUser(input:{userId:\"junk\"}){status}",
            "unlockUser(input:{userId:\"junk\"}){status}",
            "setCanRequestAdmin(input:{userId:\"junk\",canRequestAdmin:true}){user{id}}",
            &format!("addEmail(input:{{userId:\"user:{UNKNOWN}\",email:\"x\"}}){{status}}"),
        ] {
            let query = format!("mutation{{{mutation}}}");
            let answer = server.run(token, &query, Value::Null).await;
            assert_eq!(answer["data"], Value::Null);
            assert_eq!(answer["errors"][0]["message"], "Unauthorized", "{mutation}");
        }
    }
    let junk = "mutation{addEmail(input:{userId:\"junk\",email:\"x\"}){status}}";
    assert_eq!(server.error(None, junk).await, "invalid id");
}

#[tokio::test]
async fn flags_are_set_and_answered_as_they_are_then() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let alice = server.user("alice").await;
    let run = async |mutation: &str, input: &str, fields: &str| {
        let query = format!("mutation{{m:{mutation}(input:{{{input}}}){{{fields}}}}}");
        server.run(Some(&admin), &query, Value::Null).await["data"]["m"].clone()
    };
    let id = format!("userId:\"user:{alice}\"");
    let flags = "status user{lockedAt matrix{deactivated}}";
    let locked = run("lockUser", &id, flags).await;
    assert_eq!(locked["status"], "LOCKED");
    let since = &locked["user"]["lockedAt"];
    assert!(since.is_string());
    let gone = run("lockUser", &format!("{id},deactivate:true"), flags).await;
    assert_eq!(&gone["user"]["lockedAt"], since);
    assert_eq!(gone["user"]["matrix"]["deactivated"], true);
    assert_eq!(
        run("unlockUser", &id, flags).await,
        json!({"status": "UNLOCKED", "user": {"lockedAt": null, "matrix": {"deactivated": false}}})
    );
    let input = format!("{id},canRequestAdmin:true");
    assert_eq!(
        run("setCanRequestAdmin", &input, "user{canRequestAdmin}").await,
        json!({"user": {"canRequestAdmin": true}})
    );
    let unknown = format!("userId:\"user:{UNKNOWN}\"");
    for mutation in ["lockUser", "unlockUser"] {
        assert_eq!(
            run(mutation, &unknown, "status user{id}").await,
            json!({"status": "NOT_FOUND", "user": null})
        );
    }
    let input = format!("{unknown},canRequestAdmin:true");
    assert_eq!(
        run("setCanRequestAdmin", &input, "user{id}").await,
        json!({"user": null})
    );
}

#[tokio::test]
async fn an_email_is_added_once_a_user() {
    let server = Server::start().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let added = add_email(&server, alice, "alice@example.com").await;
    assert_eq!(added["status"], "ADDED");
    assert_eq!(added["user"]["id"], format!("user:{alice}"));
    assert_eq!(added["violations"], Value::Null);
    let again = add_email(&server, alice, "Alice@Example.com").await;
    assert_eq!(again["status"], "EXISTS");
    assert_eq!(again["email"], added["email"]);
    assert_eq!(
        add_email(&server, bob, "alice@example.com").await["status"],
        "ADDED"
    );
    assert_eq!(
        add_email(&server, bob, "nonsense").await,
        json!({"status": "INVALID", "email": null, "user": null, "violations": null})
    );
    let admin = server.admin().await;
    let unknown = format!(
        "mutation{{addEmail(input:{{userId:\"user:{UNKNOWN}\",email:\"nonsense\"}}){{status}}}}"
    );
    assert_eq!(
        server.error(Some(&admin), &unknown).await,
        "Failed to load user"
    );
}

#[tokio::test]
async fn removing_an_email_takes_the_owner_and_the_password() {
    let server = Server::start().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let actor = Actor::operator("test", Uuid::nil());
    accounts::set_password(&server.app, &actor, alice, STRONG, false)
        .await
        .unwrap();
    let email = add_email(&server, alice, "alice@example.com").await;
    let id = email["email"]["id"].clone();
    let alices = server.token(Some(alice), "urn:mas:graphql:*").await;
    let bobs = server.token(Some(bob), "urn:mas:graphql:*").await;
    let remove = async |token: &str, password: Option<&str>| {
        let query = "mutation($i:RemoveEmailInput!){removeEmail(input:$i){status email{email}}}";
        let input = json!({"i": {"userEmailId": id, "password": password}});
        server.run(Some(token), query, input).await["data"]["removeEmail"].clone()
    };
    let only = |status: &str| json!({"status": status, "email": null});
    assert_eq!(remove(&bobs, None).await, only("NOT_FOUND"));
    assert_eq!(remove(&alices, None).await, only("INCORRECT_PASSWORD"));
    assert_eq!(
        remove(&alices, Some("wrong")).await,
        only("INCORRECT_PASSWORD")
    );
    let primary = format!("mutation{{setPrimaryEmail(input:{{userEmailId:{id}}}){{status}}}}");
    assert_eq!(server.error(Some(&bobs), &primary).await, "Unauthorized");
    assert_eq!(
        server.run(Some(&alices), &primary, Value::Null).await,
        json!({"data": {"setPrimaryEmail": {"status": "SET"}}})
    );
    assert_eq!(
        remove(&alices, Some(STRONG)).await,
        json!({"status": "REMOVED", "email": {"email": "alice@example.com"}})
    );
    assert_eq!(remove(&alices, Some(STRONG)).await, only("NOT_FOUND"));
    assert_eq!(
        server.run(Some(&alices), &primary, Value::Null).await,
        json!({"data": {"setPrimaryEmail": {"status": "NOT_FOUND"}}})
    );
}

#[tokio::test]
async fn where_email_changes_are_off_only_administrators_remove_one() {
    let server = Server::configured(|site| site.email_change_allowed = false, |_| {}).await;
    let alice = server.user("alice").await;
    let email = add_email(&server, alice, "alice@example.com").await;
    let id = email["email"]["id"].clone();
    let own = server.token(Some(alice), "urn:mas:graphql:*").await;
    let admin = server.admin().await;
    let query = format!("mutation{{removeEmail(input:{{userEmailId:{id}}}){{status}}}}");
    assert_eq!(server.error(Some(&own), &query).await, "Unauthorized");
    assert_eq!(
        server.run(Some(&admin), &query, Value::Null).await,
        json!({"data": {"removeEmail": {"status": "REMOVED"}}})
    );
}

#[tokio::test]
async fn a_password_is_set_in_the_contracts_order() {
    let server = Server::start().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let own = server.token(Some(alice), "urn:mas:graphql:*").await;
    let admin = server.admin().await;
    let set = async |token: &str, user: &str, current: Option<&str>, new: &str| {
        let query = "mutation($i:SetPasswordInput!){setPassword(input:$i){status}}";
        let input = json!({"i": {
            "userId": format!("user:{user}"), "currentPassword": current, "newPassword": new,
        }});
        let answer = server.run(Some(token), query, input).await;
        let told = match &answer["data"] {
            Value::Null => &answer["errors"][0]["message"],
            data => &data["setPassword"]["status"],
        };
        told.as_str().unwrap().to_owned()
    };
    let (alice, bob) = (alice.to_string(), bob.to_string());
    assert_eq!(set(&own, &bob, None, "").await, "Unauthorized");
    assert_eq!(set(&own, &alice, None, "").await, "INVALID_NEW_PASSWORD");
    assert_eq!(set(&own, &alice, None, "abc").await, "INVALID_NEW_PASSWORD");
    assert_eq!(set(&own, &alice, None, STRONG).await, "NO_CURRENT_PASSWORD");
    assert_eq!(
        set(&admin, UNKNOWN, None, "abc").await,
        "INVALID_NEW_PASSWORD"
    );
    assert_eq!(set(&admin, UNKNOWN, None, STRONG).await, "NOT_FOUND");
    assert_eq!(set(&admin, &alice, None, STRONG).await, "ALLOWED");
    assert_eq!(
        set(&own, &alice, None, STRONG).await,
        "You must supply `currentPassword` to change your own password if you are not an \
         administrator"
    );
    assert_eq!(
        set(&own, &alice, Some("wrong"), STRONG).await,
        "WRONG_PASSWORD"
    );
    assert_eq!(
        set(&own, &alice, Some("wrong"), "abc").await,
        "INVALID_NEW_PASSWORD"
    );
    let other = "another horse, another battery";
    assert_eq!(set(&own, &alice, Some(STRONG), other).await, "ALLOWED");
    assert_eq!(
        set(&own, &alice, Some(STRONG), other).await,
        "WRONG_PASSWORD"
    );
}

#[tokio::test]
async fn an_administrator_starts_a_session_for_anybody() {
    let server = Server::start().await;
    let alice = server.user("alice").await;
    let admin = server.admin().await;
    let create = |user: &str, scope: &str, permanent: bool| {
        format!(
            "mutation{{createOauth2Session(input:{{userId:\"{user}\",scope:\"{scope}\",\
             permanent:{permanent}}}){{accessToken refreshToken oauth2Session{{scope}}}}}}"
        )
    };
    let id = format!("user:{alice}");
    let own = server.token(Some(alice), "urn:mas:graphql:*").await;
    for (token, user, scope, message) in [
        (&own, "junk", "a  b", "invalid id"),
        (&own, id.as_str(), "a  b", "Invalid scope"),
        (&own, &id, "openid", "Unauthorized"),
        (
            &admin,
            &format!("user:{UNKNOWN}"),
            "openid",
            "User not found",
        ),
    ] {
        let query = create(user, scope, true);
        assert_eq!(server.error(Some(token), &query).await, message);
    }
    for permanent in [true, false] {
        let query = create(&id, "urn:mas:graphql:* openid openid", permanent);
        let answer = server.run(Some(&admin), &query, Value::Null).await;
        let created = &answer["data"]["createOauth2Session"];
        let scope = &created["oauth2Session"]["scope"];
        assert_eq!(scope, "openid urn:mas:graphql:*");
        assert_eq!(created["refreshToken"].is_null(), permanent);
        let token = created["accessToken"].as_str().unwrap();
        let viewer = "{viewer{... on User{username}}}";
        let answer = server.run(Some(token), viewer, Value::Null).await;
        assert_eq!(answer["data"]["viewer"]["username"], "alice");
    }
}
