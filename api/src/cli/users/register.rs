use clap::Args;
use muniment_domain::{GrantType, Scope};
use serde_json::json;

use super::{CliError, user_json};
use crate::{
    accounts::{self, TokenRequest},
    app::App,
    cli::{
        context,
        output::{self, Format},
    },
};

/// Longest lifetime of a token from the command line, in seconds.
const MAX_LIFETIME: u32 = 30 * 24 * 3600;

#[derive(Debug, Args)]
#[command(after_help = "\
With --token, the summary goes to standard error and standard output has the token alone:
  TOKEN=$(muniment users register alice --admin --token)")]
pub struct Register {
    /// 1 to 255 of the characters a-z 0-9 = _ - . / + , not starting with _
    username: String,
    /// Let the account ask for administrators' scopes
    #[arg(long)]
    admin: bool,
    /// Issue an access token of the account: for GraphQL, and with --admin for the Admin API
    #[arg(long)]
    token: bool,
    /// How long the token is good, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 3600, requires = "token",
          value_parser = clap::value_parser!(u32).range(60..=i64::from(MAX_LIFETIME)))]
    expires_in: u32,
}

impl Register {
    pub async fn run(self, app: &App, format: Format) -> Result<(), CliError> {
        let client = if self.token {
            Some(app.clients.local_administration().ok_or_else(|| {
                CliError::Refused(
                    "--token needs a client in `clients` that policy.data.admin_clients lists"
                        .to_owned(),
                )
            })?)
        } else {
            None
        };
        let actor = context::operator(app);
        let mut user = accounts::register(app, &actor, &self.username).await?;
        if self.admin {
            user = accounts::set_admin(app, &actor, user.id, true).await?;
        }
        let issued = match client {
            None => None,
            Some(client) => Some(
                accounts::issue_tokens(
                    app,
                    &actor,
                    TokenRequest {
                        client: client.id,
                        user: Some(user.id),
                        scope: scope(self.admin),
                        grant: GrantType::Issued,
                        browser_session: None,
                        lifetime: Some(self.expires_in),
                        refreshable: false,
                        visitor: accounts::Visitor::default(),
                    },
                )
                .await?,
            ),
        };
        match (format, issued) {
            (Format::Json, None) => output::print_json(&user_json(&user)),
            (Format::Json, Some(issued)) => {
                let mut document = user_json(&user);
                document["access_token"] = json!(issued.access_token);
                document["expires_in"] = json!(issued.expires_in);
                document["scope"] = json!(issued.scope.to_string());
                output::print_json(&document);
            }
            (Format::Text, None) => println!("Registered {} ({})", user.username, user.id),
            (Format::Text, Some(issued)) => {
                eprintln!("Registered {} ({})", user.username, user.id);
                eprint!(
                    "{}",
                    output::facts(&[
                        ("scopes", issued.scope.to_string()),
                        ("valid for", format!("{} s", self.expires_in)),
                    ])
                );
                println!("{}", issued.access_token);
            }
        }
        Ok(())
    }
}

fn scope(admin: bool) -> Scope {
    let mut scope = Scope::GRAPHQL.to_owned();
    if admin {
        scope.push(' ');
        scope.push_str(Scope::ADMIN);
    }
    // Both constants are scope tokens; an empty scope would grant nothing.
    scope.parse().unwrap_or_default()
}
