//! Who may see and change what (contract/graphql.md 2.3): every field that there is, for every kind
//! of requester, on what is Bob's. Nobody here is Bob. A field that these tables do not name fails
//! the test: whoever adds one says here who may have it.

use std::collections::{BTreeMap, BTreeSet};

use muniment_tests::{TestDatabase, browser::Browser, each_backend};
use serde_json::{Value, json};

use crate::{
    STRONG,
    scene::{PROVIDER, Scene, TICKET},
};

each_backend!(
    every_field_is_for_those_alone_who_may_have_it,
    every_query_tells_only_what_the_requester_may_see,
    every_mutation_is_for_those_alone_who_may_run_it,
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

/// How one comes to an object of each type, for whom, and all its fields. `FIELDS` is where these are
/// asked for.
const TYPES: &[(&str, For, &str, &str)] = &[
    (
        "Anonymous",
        For::Everybody,
        "{node(id:\"anonymous\"){...on Anonymous{FIELDS}}}",
        "id",
    ),
    (
        "AppSessionConnection",
        For::Owner,
        "{user(id:\"BOB\"){appSessions(first:9){FIELDS}}}",
        "pageInfo edges nodes totalCount",
    ),
    (
        "AppSessionEdge",
        For::Owner,
        "{user(id:\"BOB\"){appSessions(first:9){edges{FIELDS}}}}",
        "node cursor",
    ),
    (
        "Authentication",
        For::Owner,
        "{node(id:\"BROWSER\"){...on BrowserSession{lastAuthentication{FIELDS}}}}",
        "id createdAt",
    ),
    (
        "BrowserSession",
        For::Owner,
        "{node(id:\"BROWSER\"){...on BrowserSession{FIELDS}}}",
        "id user lastAuthentication createdAt finishedAt state userAgent lastActiveIp \
         lastActiveAt appSessions",
    ),
    (
        "BrowserSessionConnection",
        For::Owner,
        "{user(id:\"BOB\"){browserSessions(first:9){FIELDS}}}",
        "pageInfo edges nodes totalCount",
    ),
    (
        "BrowserSessionEdge",
        For::Owner,
        "{user(id:\"BOB\"){browserSessions(first:9){edges{FIELDS}}}}",
        "node cursor",
    ),
    (
        "CaptchaConfig",
        For::Everybody,
        "{siteConfig{captchaConfig{FIELDS}}}",
        "service siteKey id",
    ),
    (
        "CompatSession",
        For::Owner,
        "{node(id:\"COMPAT\"){...on CompatSession{FIELDS}}}",
        "id user deviceId createdAt finishedAt userAgent ssoLogin browserSession state \
         lastActiveIp lastActiveAt humanName",
    ),
    (
        "CompatSessionConnection",
        For::Owner,
        "{user(id:\"BOB\"){compatSessions(first:9){FIELDS}}}",
        "pageInfo edges nodes totalCount",
    ),
    (
        "CompatSessionEdge",
        For::Owner,
        "{user(id:\"BOB\"){compatSessions(first:9){edges{FIELDS}}}}",
        "node cursor",
    ),
    (
        "CompatSsoLogin",
        For::Owner,
        "{node(id:\"COMPAT\"){...on CompatSession{ssoLogin{FIELDS}}}}",
        "id createdAt redirectUri fulfilledAt exchangedAt session",
    ),
    (
        "CompatSsoLoginConnection",
        For::Owner,
        "{user(id:\"BOB\"){compatSsoLogins(first:9){FIELDS}}}",
        "pageInfo edges nodes totalCount",
    ),
    (
        "CompatSsoLoginEdge",
        For::Owner,
        "{user(id:\"BOB\"){compatSsoLogins(first:9){edges{FIELDS}}}}",
        "node cursor",
    ),
    (
        "MatrixUser",
        For::Owner,
        "{user(id:\"BOB\"){matrix{FIELDS}}}",
        "mxid displayName avatarUrl deactivated",
    ),
    (
        "Oauth2Client",
        For::Everybody,
        "{node(id:\"CLIENT\"){...on Oauth2Client{FIELDS}}}",
        "id clientId clientName clientUri logoUri tosUri policyUri redirectUris applicationType",
    ),
    (
        "Oauth2Session",
        For::Owner,
        "{node(id:\"OAUTH2\"){...on Oauth2Session{FIELDS}}}",
        "id client scope createdAt finishedAt userAgent state browserSession user lastActiveIp \
         lastActiveAt humanName",
    ),
    (
        "Oauth2SessionConnection",
        For::Owner,
        "{user(id:\"BOB\"){oauth2Sessions(first:9){FIELDS}}}",
        "pageInfo edges nodes totalCount",
    ),
    (
        "Oauth2SessionEdge",
        For::Owner,
        "{user(id:\"BOB\"){oauth2Sessions(first:9){edges{FIELDS}}}}",
        "node cursor",
    ),
    (
        "PageInfo",
        For::Owner,
        "{user(id:\"BOB\"){emails(first:9){pageInfo{FIELDS}}}}",
        "hasPreviousPage hasNextPage startCursor endCursor",
    ),
    (
        "PersonalSession",
        For::Owner,
        "{node(id:\"PERSONAL\"){...on PersonalSession{FIELDS}}}",
        "id humanName scope createdAt revokedAt state expiresAt lastActiveIp lastActiveAt",
    ),
    (
        "SessionLimitConfig",
        For::Everybody,
        "{siteConfig{sessionLimit{FIELDS}}}",
        "softLimit hardLimit dangerousHardLimitEviction",
    ),
    (
        "SiteConfig",
        For::Everybody,
        "{siteConfig{FIELDS}}",
        "captchaConfig serverName policyUri tosUri imprint emailChangeAllowed \
         displayNameChangeAllowed passwordLoginEnabled passwordChangeAllowed \
         passwordRegistrationEnabled accountDeactivationAllowed minimumPasswordComplexity \
         loginWithEmailAllowed planManagementIframeUri sessionLimit id",
    ),
    (
        "UpstreamOAuth2Link",
        For::Owner,
        "{node(id:\"LINK\"){...on UpstreamOAuth2Link{FIELDS}}}",
        "id createdAt subject humanAccountName provider user",
    ),
    (
        "UpstreamOAuth2LinkConnection",
        For::Owner,
        "{user(id:\"BOB\"){upstreamOauth2Links(first:9){FIELDS}}}",
        "pageInfo edges nodes totalCount",
    ),
    (
        "UpstreamOAuth2LinkEdge",
        For::Owner,
        "{user(id:\"BOB\"){upstreamOauth2Links(first:9){edges{FIELDS}}}}",
        "node cursor",
    ),
    (
        "UpstreamOAuth2Provider",
        For::Everybody,
        "{node(id:\"PROVIDER\"){...on UpstreamOAuth2Provider{FIELDS}}}",
        "id createdAt issuer clientId humanName brandName linkUrl",
    ),
    (
        "UpstreamOAuth2ProviderConnection",
        For::Everybody,
        "{upstreamOauth2Providers(first:9){FIELDS}}",
        "pageInfo edges nodes totalCount",
    ),
    (
        "UpstreamOAuth2ProviderEdge",
        For::Everybody,
        "{upstreamOauth2Providers(first:9){edges{FIELDS}}}",
        "node cursor",
    ),
    (
        "User",
        For::Owner,
        "{node(id:\"BOB\"){...on User{FIELDS}}}",
        "id username createdAt lockedAt canRequestAdmin matrix compatSsoLogins compatSessions \
         browserSessions emails oauth2Sessions upstreamOauth2Links appSessions hasPassword",
    ),
    (
        "UserAgent",
        For::Owner,
        "{node(id:\"BROWSER\"){...on BrowserSession{userAgent{FIELDS}}}}",
        "raw name version os osVersion model deviceType",
    ),
    (
        "UserConnection",
        For::Administrators,
        "{users(first:9){FIELDS}}",
        "pageInfo edges nodes totalCount",
    ),
    (
        "UserEdge",
        For::Administrators,
        "{users(first:9){edges{FIELDS}}}",
        "node cursor",
    ),
    (
        "UserEmail",
        For::Owner,
        "{node(id:\"EMAIL\"){...on UserEmail{FIELDS}}}",
        "id email createdAt confirmedAt",
    ),
    (
        "UserEmailAuthentication",
        For::OneBrowserSession,
        "{node(id:\"AUTHENTICATION\"){...on UserEmailAuthentication{FIELDS}}}",
        "id createdAt completedAt email",
    ),
    (
        "UserEmailConnection",
        For::Owner,
        "{user(id:\"BOB\"){emails(first:9){FIELDS}}}",
        "pageInfo edges nodes totalCount",
    ),
    (
        "UserEmailEdge",
        For::Owner,
        "{user(id:\"BOB\"){emails(first:9){edges{FIELDS}}}}",
        "node cursor",
    ),
    // For whoever has the ticket, which is the secret.
    (
        "UserRecoveryTicket",
        For::Everybody,
        "{userRecoveryTicket(ticket:\"TICKET\"){FIELDS}}",
        "id createdAt status username email",
    ),
];

/// The fields of `Query`, asked for what is Bob's.
const QUERIES: &[(&str, For, &str)] = &[
    ("currentBrowserSession", For::Requester, "{id}"),
    ("currentUser", For::Requester, "{id}"),
    (
        "viewer",
        For::Requester,
        "{...on Node{id} ...on User{emails(first:9){nodes{id}}}}",
    ),
    ("viewerSession", For::Requester, "{...on Node{id}}"),
    ("oauth2Client", For::Everybody, "(id:\"CLIENT\"){id}"),
    ("browserSession", For::Owner, "(id:\"BROWSER\"){id}"),
    ("compatSession", For::Owner, "(id:\"COMPAT\"){id}"),
    ("oauth2Session", For::Owner, "(id:\"OAUTH2\"){id}"),
    ("userEmail", For::Owner, "(id:\"EMAIL\"){id}"),
    (
        "userRecoveryTicket",
        For::Everybody,
        "(ticket:\"TICKET\"){id}",
    ),
    (
        "userEmailAuthentication",
        For::OneBrowserSession,
        "(id:\"AUTHENTICATION\"){id}",
    ),
    ("node", For::Owner, "(id:\"BOB\"){id}"),
    ("siteConfig", For::Everybody, "{id}"),
    ("user", For::Owner, "(id:\"BOB\"){id}"),
    ("userByUsername", For::Owner, "(username:\"bob\"){id}"),
    ("users", For::Administrators, "(first:9){nodes{id}}"),
    ("upstreamOauth2Link", For::Owner, "(id:\"LINK\"){id}"),
    (
        "upstreamOauth2Provider",
        For::Everybody,
        "(id:\"PROVIDER\"){id}",
    ),
    (
        "upstreamOauth2Providers",
        For::Everybody,
        "(first:9){nodes{id}}",
    ),
    (
        "session",
        For::Owner,
        "(userId:\"BOB\",deviceId:\"LAPTOP\"){...on Node{id}}",
    ),
];

/// Whether somebody may run a mutation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    May,
    MayNot,
    /// They might, and would spoil what comes after.
    Not,
}

fn only(may: bool) -> Asked {
    if may { Asked::May } else { Asked::MayNot }
}

fn everybody(_: Who) -> Asked {
    Asked::May
}

fn nobody(_: Who) -> Asked {
    Asked::MayNot
}

fn anonymous(who: Who) -> Asked {
    only(who == Who::Anonymous)
}

fn browser(who: Who) -> Asked {
    only(who == Who::Cookie)
}

fn admins(who: Who) -> Asked {
    only(who.is_admin())
}

/// What can be done once.
fn one_admin(who: Who) -> Asked {
    match who {
        Who::Admin => Asked::Not,
        who => admins(who),
    }
}

/// Those with an account of their own, one of them.
fn one_account(who: Who) -> Asked {
    match who {
        Who::Cookie | Who::Bearer => Asked::Not,
        who => only(who == Who::Admin),
    }
}

/// What a browser is answered for is what is its own.
fn not_in_a_browser(who: Who) -> Asked {
    match who {
        Who::Cookie => Asked::Not,
        _ => Asked::MayNot,
    }
}

/// What those are told who may not run a mutation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refused {
    /// An error with this message.
    Error(&'static str),
    /// A status.
    Status(&'static str),
    /// An empty list under this name.
    Nothing(&'static str),
}

const UNAUTHORIZED: Refused = Refused::Error("Unauthorized");
const NOT_FOUND: Refused = Refused::Status("NOT_FOUND");
const RECOVERING: Refused = Refused::Error("Account recovery is only for anonymous users.");

/// Its name, who may run it, what the others are told, and the input.
type Mutation = (&'static str, fn(Who) -> Asked, Refused, &'static str);

/// The fields of `Mutation` on what is Bob's: who may run them, what the others are told, and the
/// input. Those that belong to one browser session are asked for in another.
const MUTATIONS: &[Mutation] = &[
    (
        "addEmail",
        admins,
        UNAUTHORIZED,
        "userId:\"BOB\",email:\"more@example.com\"",
    ),
    (
        "setPrimaryEmail",
        admins,
        UNAUTHORIZED,
        "userEmailId:\"EMAIL\"",
    ),
    ("removeEmail", one_admin, NOT_FOUND, "userEmailId:\"EMAIL\""),
    (
        "startEmailAuthentication",
        browser,
        UNAUTHORIZED,
        "email:\"other@example.com\",password:\"PASSWORD\"",
    ),
    (
        "resendEmailAuthenticationCode",
        nobody,
        UNAUTHORIZED,
        "id:\"AUTHENTICATION\"",
    ),
    // In a browser it is an INVALID_CODE, as for a wrong code.
    (
        "completeEmailAuthentication",
        browser,
        UNAUTHORIZED,
        "id:\"AUTHENTICATION\",code:\"000000\"",
    ),
    ("addUser", admins, UNAUTHORIZED, "username:\"carol\""),
    ("lockUser", admins, UNAUTHORIZED, "userId:\"BOB\""),
    ("unlockUser", admins, UNAUTHORIZED, "userId:\"BOB\""),
    (
        "setCanRequestAdmin",
        admins,
        UNAUTHORIZED,
        "userId:\"BOB\",canRequestAdmin:false",
    ),
    (
        "allowUserCrossSigningReset",
        admins,
        UNAUTHORIZED,
        "userId:\"BOB\"",
    ),
    (
        "setPassword",
        admins,
        UNAUTHORIZED,
        "userId:\"BOB\",newPassword:\"PASSWORD\"",
    ),
    (
        "setPasswordByRecovery",
        anonymous,
        RECOVERING,
        "ticket:\"a-ticket-that-there-is-not\",newPassword:\"PASSWORD\"",
    ),
    (
        "resendRecoveryEmail",
        everybody,
        UNAUTHORIZED,
        "ticket:\"a-ticket-that-there-is-not\"",
    ),
    // Of the requester alone: a wrong password keeps Alice's account.
    (
        "deactivateUser",
        browser,
        UNAUTHORIZED,
        "hsErase:false,password:\"wrong\"",
    ),
    (
        "createOauth2Session",
        admins,
        UNAUTHORIZED,
        "userId:\"BOB\",scope:\"openid\"",
    ),
    (
        "setOauth2SessionName",
        admins,
        NOT_FOUND,
        "oauth2SessionId:\"OAUTH2\",humanName:\"x\"",
    ),
    (
        "setCompatSessionName",
        admins,
        NOT_FOUND,
        "compatSessionId:\"COMPAT\",humanName:\"x\"",
    ),
    // The requester's own, whatever Bob has: a wrong password makes none.
    (
        "createPersonalSession",
        browser,
        UNAUTHORIZED,
        "humanName:\"x\",scope:\"openid\",password:\"wrong\"",
    ),
    (
        "regeneratePersonalSession",
        not_in_a_browser,
        UNAUTHORIZED,
        "personalSessionId:\"PERSONAL\"",
    ),
    (
        "revokePersonalSession",
        admins,
        NOT_FOUND,
        "personalSessionId:\"PERSONAL\"",
    ),
    (
        "endOauth2Session",
        one_admin,
        NOT_FOUND,
        "oauth2SessionId:\"OAUTH2\"",
    ),
    (
        "endCompatSession",
        one_admin,
        NOT_FOUND,
        "compatSessionId:\"COMPAT\"",
    ),
    (
        "endBrowserSession",
        admins,
        NOT_FOUND,
        "browserSessionId:\"BROWSER\"",
    ),
    (
        "endSessions",
        admins,
        Refused::Nothing("ended"),
        "ids:[\"OAUTH2\",\"BROWSER\"]",
    ),
    (
        "setDisplayName",
        admins,
        UNAUTHORIZED,
        "userId:\"BOB\",displayName:\"x\"",
    ),
    // Of the requester's own account.
    (
        "endOtherSessions",
        one_account,
        UNAUTHORIZED,
        "personalSessions:false",
    ),
];

/// What the tables name and the schema may not have yet.
const PENDING: &[&str] = &[
    "PersonalSession",
    "allowUserCrossSigningReset",
    "completeEmailAuthentication",
    "createPersonalSession",
    "deactivateUser",
    "endCompatSession",
    "endOauth2Session",
    "endOtherSessions",
    "endSessions",
    "regeneratePersonalSession",
    "resendEmailAuthenticationCode",
    "revokePersonalSession",
    "setCompatSessionName",
    "setDisplayName",
    "setOauth2SessionName",
    "startEmailAuthentication",
];

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

    /// The answer to an operation about what is Bob's.
    async fn ask(&mut self, who: Who, operation: &str) -> Value {
        let operation = self.scene.about_bob(operation);
        let server = &self.scene.api.server;
        let token = match who {
            Who::Cookie => return self.cookie.graphql(&operation, json!({})).await,
            Who::Anonymous => None,
            Who::Bearer => Some(self.bearer.as_str()),
            Who::Admin => Some(self.admin.as_str()),
            Who::Client => Some(self.client.as_str()),
            Who::AdminClient => Some(self.scene.api.admin.as_str()),
        };
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

/// What the schema says of itself: the fields of each type, with the text that asks for each, and the
/// types that it leads to.
struct Schema(BTreeMap<String, BTreeMap<String, Field>>);

struct Field {
    asks: String,
    /// An object, a union or an interface.
    leads_to: Option<String>,
}

impl Schema {
    async fn ask(scene: &Scene) -> Self {
        let query = "{__schema{types{kind name fields(includeDeprecated:true){name args{name} \
            type{...T ofType{...T ofType{...T ofType{...T}}}}}}}} fragment T on __Type{kind name}";
        let answer = scene.api.data(&scene.api.admin, query, Value::Null).await;
        let types = answer["__schema"]["types"].as_array().unwrap();
        let objects = types.iter().filter(|one| {
            let name = one["name"].as_str().unwrap();
            one["kind"] == "OBJECT" && !name.starts_with("__")
        });
        let fields = |one: &Value| {
            let fields = one["fields"].as_array().unwrap();
            fields.iter().map(Field::of).collect()
        };
        Self(
            objects
                .map(|one| (one["name"].as_str().unwrap().to_owned(), fields(one)))
                .collect(),
        )
    }

    /// Whether a type or a mutation is still to come.
    fn awaits(&self, name: &str) -> bool {
        let is_there = self.0.contains_key(name) || self.0["Mutation"].contains_key(name);
        PENDING.contains(&name) && !is_there
    }

    fn names(&self, of: &str) -> BTreeSet<&str> {
        self.0[of].keys().map(String::as_str).collect()
    }
}

impl Field {
    fn of(field: &Value) -> (String, Self) {
        let name = field["name"].as_str().unwrap().to_owned();
        let mut named = &field["type"];
        while named["name"].is_null() {
            named = &named["ofType"];
        }
        let is_object = matches!(
            named["kind"].as_str().unwrap(),
            "OBJECT" | "UNION" | "INTERFACE"
        );
        let is_list = field["args"]
            .as_array()
            .unwrap()
            .iter()
            .any(|argument| argument["name"] == "first");
        let mut asks = name.clone();
        if is_list {
            asks += "(first:9)";
        }
        if is_object {
            asks += "{__typename}";
        }
        let leads_to = is_object.then(|| named["name"].as_str().unwrap().to_owned());
        (name, Self { asks, leads_to })
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
        .filter(|name| !matches!(*name, "Query" | "Mutation") && !name.ends_with("Payload"))
        .collect();
    let types = || TYPES.iter().filter(|(name, ..)| !schema.awaits(name));
    let known: BTreeSet<&str> = types().map(|(name, ..)| *name).collect();
    assert_eq!(known, wanted, "each type with who may have it");
    for (name, may, reach, fields) in types() {
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
    let mutations = || MUTATIONS.iter().filter(|(name, ..)| !schema.awaits(name));
    let known: BTreeSet<&str> = mutations().map(|(name, ..)| *name).collect();
    assert_eq!(known, schema.names("Mutation"), "each mutation");
    // Those who may come last, so that there is still something to refuse.
    for asked in [Asked::MayNot, Asked::May] {
        for (name, may, refused, input) in mutations() {
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
