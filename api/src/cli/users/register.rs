use std::str::FromStr;

use clap::Args;
use muniment_domain::{GrantType, Scope, UpstreamProviderId, UserId};
use serde_json::json;
use zeroize::Zeroizing;

use super::{CliError, user_json};
use crate::{
    accounts::{self, EmailUniqueness, NewUpstreamLink, TokenRequest},
    app::App,
    auth::Actor,
    cli::{
        context,
        output::{self, Format},
    },
};

/// Longest lifetime of a token from the command line, in seconds.
const MAX_LIFETIME: u32 = 30 * 24 * 3600;

#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own on the command line"
)]
#[command(after_help = "\
With --token, the summary goes to standard error and standard output has the token alone:
  TOKEN=$(muniment users register alice --admin --token)")]
pub struct Register {
    /// 1 to 255 of the characters a-z 0-9 = _ - . / + , not starting with _
    username: String,
    /// Let the account ask for administrators' scopes
    #[arg(long)]
    admin: bool,
    /// Email address, taken as proved; may be given several times
    #[arg(long = "email", value_name = "ADDRESS")]
    emails: Vec<String>,
    /// For the homeserver
    #[arg(long, value_name = "NAME")]
    display_name: Option<String>,
    /// Who they are at an upstream provider of the configuration; may be given several times
    #[arg(long = "upstream-provider-mapping", value_name = "ID:SUBJECT")]
    upstream: Vec<Mapping>,
    /// Read a password from standard input
    #[arg(long)]
    password: bool,
    /// Take the password even if it is easy to guess
    #[arg(long, requires = "password")]
    ignore_password_complexity: bool,
    /// Also where the homeserver does not give the name away
    #[arg(long)]
    skip_homeserver_check: bool,
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
        self.check_providers(app)?;
        let password = if self.password {
            Some(context::read_password()?)
        } else {
            None
        };
        let skip = self.skip_homeserver_check;
        let user = accounts::register_if_free(app, &actor, &self.username, skip).await?;
        // The account is there: what goes wrong from now on can be done by the other commands.
        self.complete(app, &actor, user.id, password).await?;
        let user = accounts::get(app, user.id).await?;
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
            (Format::Text, None) => outln!("Registered {} ({})", user.username, user.id),
            (Format::Text, Some(issued)) => {
                eprintln!("Registered {} ({})", user.username, user.id);
                eprint!(
                    "{}",
                    output::facts(&[
                        ("scopes", issued.scope.to_string()),
                        ("valid for", format!("{} s", self.expires_in)),
                    ])
                );
                outln!("{}", issued.access_token);
            }
        }
        Ok(())
    }

    fn check_providers(&self, app: &App) -> Result<(), CliError> {
        for mapping in &self.upstream {
            if app.upstream.find(mapping.provider).is_none() {
                return Err(CliError::NotFound(format!(
                    "there is no upstream provider {}",
                    mapping.provider
                )));
            }
        }
        Ok(())
    }

    async fn complete(
        &self,
        app: &App,
        actor: &Actor,
        user: UserId,
        password: Option<Zeroizing<String>>,
    ) -> Result<(), CliError> {
        for email in &self.emails {
            accounts::add_email(app, actor, user, email, EmailUniqueness::Everybody).await?;
        }
        for mapping in &self.upstream {
            let new = NewUpstreamLink {
                provider: mapping.provider,
                subject: mapping.subject.clone(),
                account_name: None,
            };
            accounts::link_upstream(app, actor, user, new).await?;
        }
        if let Some(password) = password {
            let skip = self.ignore_password_complexity;
            accounts::set_password(app, actor, user, &password, skip).await?;
        }
        if self.admin {
            accounts::set_admin(app, actor, user, true).await?;
        }
        if self.display_name.is_some() {
            accounts::provision(app, user, self.display_name.clone()).await?;
        }
        Ok(())
    }
}

/// An identity at an upstream provider.
#[derive(Debug, Clone)]
struct Mapping {
    provider: UpstreamProviderId,
    subject: String,
}

impl FromStr for Mapping {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (provider, subject) = text.split_once(':').ok_or("expected ID:SUBJECT")?;
        let provider = provider
            .parse()
            .map_err(|_| "the provider's id is not a ULID")?;
        if subject.is_empty() {
            return Err("the subject is missing".to_owned());
        }
        Ok(Self {
            provider,
            subject: subject.to_owned(),
        })
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
