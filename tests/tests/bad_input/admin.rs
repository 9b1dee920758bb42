//! Every operation of the Admin API, as its own document describes it.

use muniment_tests::{browser::Answer, within};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    endpoint::{Body, Endpoint, Speaks::Admin},
    world::{PROVIDER, PUBLIC_ID, World},
};

/// What the parameters of a request can name.
struct Known {
    user: String,
    username: String,
    browser_session: String,
    ids: Vec<(&'static str, String)>,
}

pub async fn endpoints(world: &World) -> Vec<Endpoint> {
    let spec = Answer::to(world.server.get("/api/spec.json")).await.json();
    let known = Known::of(world).await;
    let mut all = Vec::new();
    for (path, methods) in spec["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            all.push(known.endpoint(&spec, path, method, operation, &world.admin_token, world));
        }
    }
    // What ends things comes after what looks at them.
    let last = |endpoint: &Endpoint| match endpoint.route.rsplit('/').next() {
        _ if endpoint.method == Method::GET => 0,
        Some("set-password" | "set-admin") => 1,
        Some("unlock" | "unrevoke") => 4,
        Some("deactivate") => 5,
        Some("reactivate") => 6,
        Some("revoke" | "finish" | "lock" | "kill-sessions" | "bulk") => 3,
        _ if endpoint.method == Method::DELETE => 3,
        _ => 2,
    };
    all.sort_by_key(last);
    all
}

impl Known {
    async fn of(world: &World) -> Self {
        let person = world.person().await;
        let mut browser = world.signed_in(&person).await;
        world.tokens(&mut browser).await;
        world.compat(&person).await;
        let personal = json!({"actor_user_id": person.id, "human_name": "robot",
            "scope": "openid"});
        world.admin("/personal-sessions", &personal).await;
        world.admin("/user-registration-tokens", &json!({})).await;
        world.admin("/policy-data", &json!({ "data": {} })).await;
        let link = json!({"user_id": person.id, "provider_id": PROVIDER,
            "subject": format!("subject of {}", person.name)});
        world.admin("/upstream-oauth-links", &link).await;
        let mut ids = vec![
            ("users", person.id.clone()),
            ("oauth2-clients", PUBLIC_ID.to_owned()),
            ("upstream-oauth-providers", PROVIDER.to_owned()),
        ];
        let newest = async |path: &str| {
            let request = world.server.get(&format!("/api/admin/v1/{path}"));
            let answer = Answer::to(request.bearer_auth(&world.admin_token)).await;
            let data = &answer.json()["data"];
            let one = if data.is_array() { &data[0] } else { data };
            let id = one["id"].as_str();
            id.unwrap_or_else(|| panic!("{path}: {answer:?}"))
                .to_owned()
        };
        let of_user = format!("page[last]=1&filter[user]={}", person.id);
        for list in [
            "compat-sessions",
            "oauth2-sessions",
            "user-sessions",
            "user-emails",
            "upstream-oauth-links",
        ] {
            ids.push((list, newest(&format!("{list}?{of_user}")).await));
        }
        for list in ["personal-sessions", "user-registration-tokens", "events"] {
            ids.push((list, newest(&format!("{list}?page[last]=1")).await));
        }
        ids.push(("policy-data", newest("policy-data/latest").await));
        sealed(world).await;
        ids.push(("audit", newest("audit/checkpoints?page[last]=1").await));
        let browser_session = ids.iter().find(|(list, _)| *list == "user-sessions");
        Self {
            browser_session: browser_session.unwrap().1.clone(),
            user: person.id,
            username: person.name,
            ids,
        }
    }

    fn endpoint(
        &self,
        spec: &Value,
        path: &str,
        method: &str,
        operation: &Value,
        token: &str,
        world: &World,
    ) -> Endpoint {
        let method: Method = method.to_uppercase().parse().unwrap();
        let route = path
            .replace("{id}", ":id")
            .replace("{username}", ":username");
        let list = path.split('/').nth(4).unwrap();
        let mut endpoint = Endpoint::new(method, &route, Admin).bearer(token);
        if path.contains("{username}") {
            endpoint = endpoint.with(&self.username);
        } else if path.contains("{id}") {
            let id = self.ids.iter().find(|(known, _)| *known == list);
            endpoint = endpoint.with(&id.unwrap_or_else(|| panic!("an id for {path}")).1);
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap();
            // Those exclude others.
            let excluded = [
                "page[last]",
                "page[before]",
                "page[after]",
                "filter[oauth2-session]",
                "filter[compat-session]",
                "filter[personal-session]",
            ]
            .contains(&name);
            if parameter["in"] == "query" && !excluded {
                let value = self.value(spec, name, &parameter["schema"]);
                endpoint.query.push((name.to_owned(), value));
            }
        }
        let body = &operation["requestBody"]["content"]["application/json"]["schema"];
        if !body.is_null() {
            let schema = resolved(spec, body);
            let required = schema["required"].as_array().into_iter().flatten();
            endpoint.required = required
                .map(|name| name.as_str().unwrap().to_owned())
                .collect();
            endpoint.body = Body::Json(self.body(&endpoint.route, world));
        }
        let responses = operation["responses"].as_object().unwrap();
        // What was there already is 200, what is new is 201.
        let good = responses.keys().filter(|status| status.starts_with('2'));
        endpoint.answers = good.max().unwrap().parse().unwrap();
        endpoint
    }

    fn value(&self, spec: &Value, name: &str, schema: &Value) -> String {
        let schema = resolved(spec, schema);
        let wanted = match schema["type"].as_str() {
            Some("array") => resolved(spec, &schema["items"]),
            _ => schema,
        };
        let value = match (name, wanted["type"].as_str(), wanted["format"].as_str()) {
            ("filter[user-session]", ..) => &self.browser_session,
            ("filter[user]" | "filter[owner_user]" | "filter[actor_user]", ..) => &self.user,
            ("filter[provider]", ..) => PROVIDER,
            ("filter[client]" | "filter[owner_client]" | "filter[active-oauth2-client]", ..) => {
                PUBLIC_ID
            }
            ("filter[scope]", ..) => "openid",
            ("filter[grant-type]", ..) => "authorization_code",
            ("as-of", ..) => "2030-01-01T00:00:00Z",
            (_, Some("boolean"), _) => "true",
            (_, Some("integer"), _) => "10",
            (_, _, Some("date-time")) => "2030-01-01T00:00:00Z",
            _ => wanted["enum"][0].as_str().unwrap_or("a@example.com"),
        };
        value.to_owned()
    }

    fn body(&self, route: &str, world: &World) -> Value {
        match route.strip_prefix("/api/admin/v1/").unwrap() {
            "personal-sessions" => json!({"actor_user_id": self.user, "human_name": "robot",
                "scope": "openid", "expires_in": 3600}),
            "personal-sessions/:id/regenerate" => json!({ "expires_in": 3600 }),
            "policy-data" => json!({ "data": { "anything": [1] } }),
            "upstream-oauth-links" => json!({"user_id": self.user, "provider_id": PROVIDER,
                "subject": world.name(), "human_account_name": "somebody"}),
            "user-emails" => {
                json!({"user_id": self.user, "email": format!("{}@example.com", world.name())})
            }
            "user-registration-tokens" => json!({"token": world.name(), "usage_limit": 1,
                "expires_at": "2030-01-01T00:00:00Z", "username": world.name(),
                "email": format!("{}@example.net", world.name())}),
            "user-registration-tokens/:id" => json!({"usage_limit": 3,
                "expires_at": "2030-01-01T00:00:00Z"}),
            "users" => json!({"username": world.name(), "displayname": "A person",
                "avatar_url": "mxc://example.com/a", "skip_homeserver_check": true,
                "email": format!("{}@example.org", world.name()), "send_password_link": true,
                "locale": "de"}),
            "users/bulk" => json!({"action": "end-sessions", "users": [self.user],
                "dry_run": false, "expected_count": 1, "after": null,
                "skip_erase": true, "personal_sessions": false}),
            "users/:id/deactivate" => json!({ "skip_erase": true }),
            "users/:id/kill-sessions" => json!({ "except": null, "personal_sessions": true }),
            "users/:id/send-password-link" => json!({ "locale": "de" }),
            "users/:id/set-admin" => json!({ "admin": true }),
            "users/:id/set-password" => {
                json!({"password": "another horse battery staple 7", "skip_password_check": true})
            }
            other => panic!("no body for {other}"),
        }
    }
}

/// Waits until there are proofs about what [`Known::value`] names.
async fn sealed(world: &World) {
    let path = "/api/admin/v1/audit/proofs/inclusion?position=10&tree-size=10";
    within("sealing the history", async {
        loop {
            let request = world.server.get(path).bearer_auth(&world.admin_token);
            if Answer::to(request).await.status == 200 {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    })
    .await;
}

fn resolved<'s>(spec: &'s Value, schema: &'s Value) -> &'s Value {
    match schema["$ref"].as_str() {
        Some(reference) => {
            let pointer = reference.trim_start_matches('#');
            spec.pointer(pointer)
                .unwrap_or_else(|| panic!("{reference}"))
        }
        None => schema,
    }
}
