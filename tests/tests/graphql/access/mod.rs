//! Who may see and change what (contract/graphql.md 2.3): every field that there is, for every kind
//! of requester, on what is Bob's. Nobody here is Bob. A field that these tables do not name fails
//! the test: whoever adds one says here who may have it.

use std::collections::BTreeSet;

use muniment_tests::{TestDatabase, browser::Browser, each_backend};
use serde_json::{Value, json};

mod changing;
mod reading;
mod schema;

use changing::{Asked, MUTATIONS, Refused};
use reading::{QUERIES, SUBSCRIPTIONS, TYPES};
use schema::Schema;

use crate::{
    STRONG,
    scene::{PROVIDER, Scene, TICKET},
};

each_backend!(
    every_field_is_for_those_alone_who_may_have_it,
    every_query_tells_only_what_the_requester_may_see,
    every_mutation_is_for_those_alone_who_may_run_it,
    every_subscription_is_for_those_who_have_an_account,
    an_email_authentication_is_for_its_own_browser_session_alone,
);

/// Who may have something of Bob's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum For {
    Everybody,
    /// Bob and administrators; for others it does not exist.
    Owner,
    /// Others are told `Unauthorized`.
    Administrators,
    /// Bob, in the browser session that it belongs to.
    OneBrowserSession,
    /// Whatever it answers, it is about the requester.
    Requester,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Anonymous,
    /// Alice in a browser; she may ask for administrators' scopes.
    Cookie,
    /// Alice by a bearer token.
    Bearer,
    /// Alice by a bearer token with the administrators' scope.
    Admin,
    /// A client for itself.
    Client,
    /// A client for itself, with the administrators' scope.
    AdminClient,
}

const ALL: [Who; 6] = [
    Who::Anonymous,
    Who::Cookie,
    Who::Bearer,
    Who::Admin,
    Who::Client,
    Who::AdminClient,
];

impl Who {
    fn is_admin(self) -> bool {
        matches!(self, Self::Admin | Self::AdminClient)
    }
}

const OPERATIONS: [&str; 3] = ["Query", "Mutation", "Subscription"];

/// Everybody but Bob.
struct Cast<'s> {
    scene: &'s Scene,
    cookie: Browser<'s>,
    bearer: String,
    admin: String,
    client: String,
}

impl<'s> Cast<'s> {
    async fn of(scene: &'s Scene) -> Self {
        let input = json!({ "userId": format!("user:{}", scene.alice), "canRequestAdmin": true });
        let api = &scene.api;
        api.mutate(&api.admin, "setCanRequestAdmin", "user{id}", &input)
            .await;
        let admin = "urn:mas:graphql:* urn:mas:admin";
        Self {
            cookie: scene.signed_in("alice").await,
            bearer: scene.token(scene.alice, "urn:mas:graphql:*").await,
            admin: scene.token(scene.alice, admin).await,
            client: api.server.token("urn:mas:graphql:*").await,
            scene,
        }
    }

    /// The token of those who have one.
    fn token(&self, who: Who) -> &str {
        match who {
            Who::Bearer => &self.bearer,
            Who::Admin => &self.admin,
            Who::Client => &self.client,
            Who::AdminClient => &self.scene.api.admin,
            Who::Anonymous | Who::Cookie => unreachable!("{who:?} has no token"),
        }
    }

    /// The answer to an operation about what is Bob's.
    async fn ask(&mut self, who: Who, operation: &str) -> Value {
        let operation = self.scene.about_bob(operation);
        let token = match who {
            Who::Cookie => return self.cookie.graphql(&operation, json!({})).await,
            Who::Anonymous => None,
            _ => Some(self.token(who)),
        };
        let server = &self.scene.api.server;
        server.graphql(token, &operation, json!({})).await
    }
}

impl Scene {
    fn about_bob(&self, operation: &str) -> String {
        let bobs = &self.of_bob;
        let names = [
            (
                "\"AUTHENTICATION\"",
                format!("user_email_authentication:{}", bobs.authentication),
            ),
            ("\"BROWSER\"", format!("browser_session:{}", bobs.browser)),
            ("\"BOB\"", format!("user:{}", self.bob)),
            ("\"CLIENT\"", format!("oauth2_client:{}", bobs.client)),
            ("\"COMPAT\"", format!("compat_session:{}", bobs.compat)),
            ("\"EMAIL\"", format!("user_email:{}", bobs.email)),
            ("\"LINK\"", format!("upstream_oauth2_link:{}", bobs.link)),
            ("\"OAUTH2\"", format!("oauth2_session:{}", bobs.oauth2)),
            ("\"PASSWORD\"", STRONG.to_owned()),
            (
                "\"PERSONAL\"",
                format!("personal_session:{}", bobs.personal),
            ),
            (
                "\"PROVIDER\"",
                format!("upstream_oauth2_provider:{PROVIDER}"),
            ),
            ("\"TICKET\"", TICKET.to_owned()),
        ];
        names
            .iter()
            .fold(operation.to_owned(), |text, (name, value)| {
                text.replace(name, &format!("\"{value}\""))
            })
    }
}

/// What somebody is answered who may have something, or may not.
#[track_caller]
fn judge(answer: &Value, root: &str, may: For, who: Who, asked: &str) {
    let data = &answer["data"][root];
    let told = format!("{asked} for {who:?}: {answer}");
    let has = match may {
        For::Everybody => true,
        For::Owner | For::Administrators => who.is_admin(),
        For::OneBrowserSession => false,
        For::Requester => return,
    };
    if has {
        assert_eq!(answer.get("errors"), None, "{told}");
        assert!(!data.is_null(), "{told}");
    } else if may == For::Administrators {
        assert_eq!(answer["errors"][0]["message"], "Unauthorized", "{told}");
        assert!(answer["data"].is_null(), "{told}");
    } else {
        assert_eq!(answer.get("errors"), None, "{told}");
        assert!(
            answer["data"].get(root).is_some() && data.is_null(),
            "{told}"
        );
    }
}

async fn every_field_is_for_those_alone_who_may_have_it(database: TestDatabase) {
    let scene = Scene::start(&database).await;
    let mut cast = Cast::of(&scene).await;
    let schema = Schema::ask(&scene).await;
    // Those of operations have tables of their own, and what mutations answer is theirs.
    let wanted: BTreeSet<&str> = schema
        .0
        .keys()
        .map(String::as_str)
        .filter(|name| !OPERATIONS.contains(name) && !name.ends_with("Payload"))
        .collect();
    let known: BTreeSet<&str> = TYPES.iter().map(|(name, ..)| *name).collect();
    assert_eq!(known, wanted, "each type with who may have it");
    for (name, may, reach, fields) in TYPES {
        let known: BTreeSet<&str> = fields.split_whitespace().collect();
        assert_eq!(known, schema.names(name), "each field of {name}");
        let asks: Vec<&str> = schema.0[*name]
            .values()
            .map(|field| field.asks.as_str())
            .collect();
        let operation = reach.replace("FIELDS", &asks.join(" "));
        let root = operation[1..].split(['(', '{']).next().unwrap().to_owned();
        for who in ALL {
            let answer = cast.ask(who, &operation).await;
            judge(&answer, &root, *may, who, &operation);
        }
    }
    // What everybody may have leads to nothing that others may not.
    for (name, may, ..) in TYPES {
        if *may != For::Everybody {
            continue;
        }
        for (field, found) in &schema.0[*name] {
            let Some(to) = &found.leads_to else { continue };
            let open = TYPES.iter().any(|(name, may, ..)| {
                name == to && (*may == For::Everybody || *name == "PageInfo")
            });
            assert!(open, "{name}.{field} leads to {to}");
        }
    }
    // What mutations answer is reached by them alone.
    for (name, fields) in &schema.0 {
        for (field, found) in fields {
            let to = found.leads_to.as_deref().unwrap_or_default();
            let is_fine = !to.ends_with("Payload") || name == "Mutation";
            assert!(is_fine, "{name}.{field} leads to {to}");
        }
    }
}

async fn every_query_tells_only_what_the_requester_may_see(database: TestDatabase) {
    let scene = Scene::start(&database).await;
    let mut cast = Cast::of(&scene).await;
    let schema = Schema::ask(&scene).await;
    let known: BTreeSet<&str> = QUERIES.iter().map(|(name, ..)| *name).collect();
    assert_eq!(known, schema.names("Query"), "each query");
    let bob = scene.bob.to_string();
    for (name, may, rest) in QUERIES {
        let operation = format!("{{{name}{rest}}}");
        for who in ALL {
            let answer = cast.ask(who, &operation).await;
            judge(&answer, name, *may, who, &operation);
            if *may == For::Requester {
                assert_eq!(answer.get("errors"), None, "{answer}");
                assert!(!answer.to_string().contains(&bob), "{answer}");
                assert!(!answer.to_string().contains(&scene.of_bob.email.to_string()));
            }
        }
    }
}

async fn every_mutation_is_for_those_alone_who_may_run_it(database: TestDatabase) {
    let scene = Scene::start(&database).await;
    let mut cast = Cast::of(&scene).await;
    let schema = Schema::ask(&scene).await;
    let known: BTreeSet<&str> = MUTATIONS.iter().map(|(name, ..)| *name).collect();
    assert_eq!(known, schema.names("Mutation"), "each mutation");
    // Those who may come last, so that there is still something to refuse.
    for asked in [Asked::MayNot, Asked::May] {
        for (name, may, refused, input) in MUTATIONS {
            let payload = schema.0["Mutation"][*name].leads_to.as_deref().unwrap();
            let fields = match refused {
                Refused::Nothing(list) => list,
                _ if schema.0[payload].contains_key("status") => "status",
                _ => "__typename",
            };
            let operation = format!("mutation{{{name}(input:{{{input}}}){{{fields}}}}}");
            for who in ALL.into_iter().filter(|who| may(*who) == asked) {
                let answer = cast.ask(who, &operation).await;
                let told = format!("{operation} for {who:?}: {answer}");
                let field = &answer["data"][*name][fields];
                if asked == Asked::May {
                    assert_eq!(answer.get("errors"), None, "{told}");
                    assert!(*field != "NOT_FOUND" && *field != json!([]), "{told}");
                    continue;
                }
                match refused {
                    Refused::Error(message) => {
                        assert_eq!(answer["errors"][0]["message"], *message, "{told}");
                        assert!(answer["data"].is_null(), "{told}");
                    }
                    Refused::Status(status) => assert_eq!(field, status, "{told}"),
                    Refused::Nothing(_) => assert_eq!(*field, json!([]), "{told}"),
                }
            }
        }
    }
}

async fn every_subscription_is_for_those_who_have_an_account(database: TestDatabase) {
    let scene = Scene::start(&database).await;
    let mut cast = Cast::of(&scene).await;
    let schema = Schema::ask(&scene).await;
    let known: BTreeSet<&str> = SUBSCRIPTIONS.iter().map(|(name, _)| *name).collect();
    assert_eq!(known, schema.names("Subscription"), "each subscription");
    for (name, rest) in SUBSCRIPTIONS {
        for who in ALL {
            let operation = format!("subscription{{{name}{rest}}}");
            let mut stream = match who {
                Who::Cookie => cast.cookie.subscribe(&operation, json!({})).await,
                Who::Anonymous => {
                    scene
                        .api
                        .server
                        .subscribe(None, &operation, json!({}))
                        .await
                }
                _ => {
                    let token = cast.token(who);
                    scene
                        .api
                        .server
                        .subscribe(Some(token), &operation, json!({}))
                        .await
                }
            };
            if matches!(who, Who::Cookie | Who::Bearer | Who::Admin) {
                // What happens to Bob comes to none of them, what happens to Alice to each.
                scene.add_some_email(scene.bob).await;
                scene.add_some_email(scene.alice).await;
                let told = stream.next().await.expect("it goes on").to_string();
                assert!(told.contains(&scene.alice.to_string()), "{who:?}: {told}");
                assert!(!told.contains(&scene.bob.to_string()), "{who:?}: {told}");
            } else {
                let refused = stream.next().await.expect("one answer");
                assert_eq!(refused["errors"][0]["message"], "Unauthorized", "{who:?}");
                assert_eq!(stream.next().await, None, "{who:?}");
            }
        }
    }
}

async fn an_email_authentication_is_for_its_own_browser_session_alone(database: TestDatabase) {
    let scene = Scene::start(&database).await;
    let mut own = scene.signed_in("alice").await;
    let mut other = scene.signed_in("alice").await;
    let id = "{viewerSession{...on BrowserSession{id}}}";
    let id = own.graphql(id, json!({})).await["data"]["viewerSession"]["id"].clone();
    let session = id
        .as_str()
        .unwrap()
        .strip_prefix("browser_session:")
        .unwrap();
    let session = session.parse().unwrap();
    let id = scene.email_authentication(scene.alice, session).await;
    let id = json!({ "id": format!("user_email_authentication:{id}") });
    let query = "query($id:ID!){userEmailAuthentication(id:$id){email completedAt} \
        node(id:$id){__typename}}";
    // D28
    assert_eq!(
        own.graphql(query, id.clone()).await["data"],
        json!({
            "userEmailAuthentication": { "email": "new@example.com", "completedAt": null },
            "node": { "__typename": "UserEmailAuthentication" },
        })
    );
    let nothing = json!({ "userEmailAuthentication": null, "node": null });
    assert_eq!(other.graphql(query, id.clone()).await["data"], nothing);
    let api = &scene.api;
    assert_eq!(api.data(&api.admin, query, id).await, nothing);
}
