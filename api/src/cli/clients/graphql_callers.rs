//! Whoever has yet to move from GraphQL to the Admin API.

use std::collections::HashMap;

use muniment_domain::{ClientId, UserId};
use muniment_projections::queries::{self, UserRow};
use muniment_store::graphql_calls::{self, Called, Caller, Calls};
use serde_json::{Value, json};

use crate::{
    app::App,
    cli::{
        CliError,
        output::{self, Format},
    },
    http::rfc3339_z,
};

/// How many are shown.
const MOST: u32 = 1000;

/// One of them, with what it called.
struct Shown {
    caller: Caller,
    id: String,
    name: Option<String>,
    all: Calls,
    called: Vec<Called>,
}

pub async fn list(app: &App, format: Format) -> Result<(), CliError> {
    let since = app.clock.now().saturating_sub(graphql_calls::KEPT);
    let found = graphql_calls::since(&app.database, since, MOST + 1).await?;
    let more = found.len() > MOST as usize;
    let found = found.into_iter().take(MOST as usize).collect();
    let shown = with_names(app, found).await?;
    match format {
        Format::Json => {
            let callers: Vec<Value> = shown.iter().map(caller_json).collect();
            output::print_json(&json!({ "callers": callers, "more": more }));
        }
        Format::Text if shown.is_empty() => {
            outln!("Nobody has used GraphQL with a bearer token in the last 90 days.");
        }
        Format::Text => {
            output::print_table(
                ["KIND", "ID", "NAME", "LAST CALL (UTC)", "CALLS", "OF WHAT"],
                shown.iter().map(|caller| {
                    let parts = caller.called.iter();
                    let parts = parts.map(|one| format!("{} {}", one.operation, one.calls.calls));
                    [
                        caller.caller.kind().to_owned(),
                        caller.id.clone(),
                        caller.name.clone().unwrap_or_else(|| "-".to_owned()),
                        output::time(caller.all.last_at),
                        caller.all.calls.to_string(),
                        parts.collect::<Vec<_>>().join(", "),
                    ]
                }),
            );
            if more {
                outln!("There are more than {MOST}.");
            }
        }
    }
    Ok(())
}

async fn with_names(app: &App, found: Vec<(Caller, Vec<Called>)>) -> Result<Vec<Shown>, CliError> {
    let (mut clients, mut users): (Vec<ClientId>, Vec<UserId>) = Default::default();
    for (caller, _) in &found {
        match caller {
            Caller::Client(id) => clients.push(*id),
            Caller::User(id) => users.push(*id),
        }
    }
    let clients = app.clients.find_all(&app.reads, &clients).await?;
    let users: HashMap<UserId, UserRow> = queries::users(&app.reads, &users).await?;
    let shown = found.into_iter().filter_map(|(caller, called)| {
        let (id, name) = match caller {
            Caller::Client(id) => (
                id.to_string(),
                clients.get(&id).map(|client| client.display_name()),
            ),
            Caller::User(id) => (
                id.to_string(),
                users.get(&id).map(|user| user.username.clone()),
            ),
        };
        let all = called.iter().map(|one| one.calls).reduce(Calls::and)?;
        Some(Shown {
            caller,
            id,
            name,
            all,
            called,
        })
    });
    Ok(shown.collect())
}

fn caller_json(shown: &Shown) -> Value {
    let operations = shown.called.iter().map(|one| {
        json!({
            "name": one.operation,
            "calls": one.calls.calls,
            "last_called_at": rfc3339_z(one.calls.last_at),
        })
    });
    json!({
        "kind": shown.caller.kind(),
        "id": shown.id,
        "name": shown.name,
        "calls": shown.all.calls,
        "first_called_at": rfc3339_z(shown.all.first_at),
        "last_called_at": rfc3339_z(shown.all.last_at),
        "operations": operations.collect::<Vec<_>>(),
    })
}
