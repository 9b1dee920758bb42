//! `muniment clients`: which OAuth 2.0 clients there are. They come from the configuration, and from
//! their own registration.

mod graphql_callers;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use muniment_domain::ClientId;
use muniment_projections::queries::{ClientFilter, Direction, PageRequest, has_active_sessions};
use serde_json::{Value, json};

use super::{
    CliError, context,
    output::{self, Format},
};
use crate::{
    app::App,
    auth::{
        Client,
        clients::{AuthMethod, ClientKind, ClientOrigin, Wanted},
    },
};

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, arg_required_else_help = true)]
pub struct Clients {
    /// List whoever uses GraphQL with bearer tokens, which is deprecated: within the last 90 days, the
    /// latest first; with how often they called what
    #[arg(long)]
    still_on_graphql: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List clients, in the order of their ids
    List(List),
    /// Show one client; never its secret
    Show(Show),
}

#[derive(Debug, Args)]
pub struct List {
    /// Only those whose name contains this, in any case
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// Only those of the configuration, or those that registered themselves
    #[arg(long, value_enum)]
    kind: Option<Kind>,
    /// Only those with sessions that go on
    #[arg(long)]
    in_use: bool,
    /// How many to show
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
    /// Go on after this one
    #[arg(long, value_name = "ID")]
    after: Option<ClientId>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    Static,
    Dynamic,
}

#[derive(Debug, Args)]
pub struct Show {
    id: ClientId,
}

impl Clients {
    pub async fn run(self, files: &[PathBuf], format: Format) -> Result<(), CliError> {
        let app = context::open(files).await?;
        let result = match self.command {
            Some(Command::List(command)) => command.run(&app, format).await,
            Some(Command::Show(command)) => command.run(&app, format).await,
            None => graphql_callers::list(&app, format).await,
        };
        app.stop().await;
        result
    }
}

impl List {
    async fn run(self, app: &App, format: Format) -> Result<(), CliError> {
        let wanted = Wanted {
            kind: self.kind.map(|kind| match kind {
                Kind::Static => ClientKind::Static,
                Kind::Dynamic => ClientKind::Dynamic,
            }),
            filter: ClientFilter {
                name: self.search,
                has_active_sessions: self.in_use.then_some(true),
                ..ClientFilter::default()
            },
        };
        let request = PageRequest {
            after: self.after.map(|id| id.as_uuid()),
            before: None,
            direction: Direction::Forward,
            limit: self.limit,
        };
        let page = app.clients.list(&app.database, &wanted, request).await?;
        let next = page.items.last().filter(|_| page.has_more);
        let next = next.map(|client| client.id.to_string());
        match format {
            Format::Json => {
                let clients: Vec<Value> = page.items.iter().map(|one| client_json(one)).collect();
                output::print_json(&json!({"clients": clients, "next": next}));
            }
            Format::Text => {
                output::print_table(
                    ["ID", "NAME", "ORIGIN", "AUTHENTICATION"],
                    page.items.iter().map(|client| {
                        [
                            client.id.to_string(),
                            client.display_name(),
                            origin(client).to_owned(),
                            method(client).to_owned(),
                        ]
                    }),
                );
                if let Some(next) = next {
                    outln!("There are more: --after {next}");
                }
            }
        }
        Ok(())
    }
}

impl Show {
    async fn run(self, app: &App, format: Format) -> Result<(), CliError> {
        let client = app.clients.find(&app.reads, self.id).await?;
        let client = client.ok_or_else(|| {
            CliError::NotFound(format!(
                "there is no client {}; `muniment clients list` shows those there are",
                self.id
            ))
        })?;
        let in_use = has_active_sessions(&app.database, client.id).await?;
        let metadata = &client.metadata;
        match format {
            Format::Json => {
                let mut document = client_json(&client);
                document["in_use"] = json!(in_use);
                document["jwks_uri"] = json!(metadata.jwks_uri);
                document["jwks"] = json!(metadata.jwks);
                output::print_json(&document);
            }
            Format::Text => {
                outln!("{}", client.display_name());
                let or_none =
                    |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
                out!(
                    "{}",
                    output::facts(&[
                        ("id", client.id.to_string()),
                        ("origin", origin(&client).to_owned()),
                        ("authentication", method(&client).to_owned()),
                        ("page", or_none(&metadata.client_uri)),
                        ("keys", or_none(&metadata.jwks_uri)),
                        ("redirects", metadata.redirect_uris.join(", ")),
                        ("grants", metadata.grant_types.join(", ")),
                        ("in use", if in_use { "yes" } else { "no" }.to_owned()),
                    ])
                );
            }
        }
        Ok(())
    }
}

fn client_json(client: &Client) -> Value {
    let metadata = &client.metadata;
    json!({
        "id": client.id.to_string(),
        "name": metadata.client_name,
        "origin": origin(client),
        "authentication": client.auth_method.map(AuthMethod::name),
        "client_uri": metadata.client_uri,
        "redirect_uris": metadata.redirect_uris,
        "grant_types": metadata.grant_types,
    })
}

const fn origin(client: &Client) -> &'static str {
    match client.origin {
        ClientOrigin::Configured => "configured",
        ClientOrigin::Registered => "registered",
        ClientOrigin::Pending => "nobody has consented yet",
    }
}

/// How it proves who it is.
fn method(client: &Client) -> &'static str {
    client.auth_method.map_or("-", AuthMethod::name)
}
