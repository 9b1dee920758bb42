//! `muniment registration-tokens`: invitations that people may register with.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use muniment_domain::{EmailAddress, Invitee, RegistrationTokenId, Username};
use muniment_projections::queries::{
    Direction, PageRequest, RegistrationTokenFilter, RegistrationTokenRow, list_registration_tokens,
};
use muniment_store::tokens::{registration_token_by_hash, registration_token_secrets};
use serde_json::{Value, json};

use super::{
    CliError, context,
    output::{self, Format},
};
use crate::{
    accounts::{self, AccountError, NewRegistrationToken},
    app::App,
    auth::token,
    http::rfc3339_z,
};

/// Tokens that are listed at most.
const MOST: u32 = 1000;

#[derive(Debug, Subcommand)]
pub enum RegistrationTokens {
    /// Issue a token, for one person unless told otherwise
    Issue(Issue),
    /// List tokens, oldest first
    List(List),
    /// Refuse a token from now on
    Revoke(Revoke),
}

#[derive(Debug, Args)]
pub struct Issue {
    /// The token; drawn at random when absent
    #[arg(long)]
    token: Option<String>,
    /// How many people may register with it
    #[arg(
        long,
        value_name = "N",
        conflicts_with = "unlimited",
        default_value_t = 1
    )]
    usage_limit: u32,
    /// Any number of people may register with it
    #[arg(long)]
    unlimited: bool,
    /// How long it is good for; for ever when absent
    #[arg(long, value_name = "SECS")]
    expires_in: Option<u32>,
    /// The name that has to be registered with it, by one person
    #[arg(long, value_name = "NAME", conflicts_with_all = ["usage_limit", "unlimited"])]
    username: Option<String>,
    /// The address that whoever registers with it has to prove, which is one person
    #[arg(long, value_name = "ADDRESS", conflicts_with_all = ["usage_limit", "unlimited"])]
    email: Option<String>,
}

#[derive(Debug, Args)]
pub struct List {
    /// Show the tokens themselves
    #[arg(long)]
    reveal: bool,
}

#[derive(Debug, Args)]
pub struct Revoke {
    /// The token, or its id
    token: String,
}

impl RegistrationTokens {
    pub async fn run(self, files: &[PathBuf], format: Format) -> Result<(), CliError> {
        let app = context::open(files).await?;
        let result = match self {
            Self::Issue(command) => command.run(&app, format).await,
            Self::List(command) => command.run(&app, format).await,
            Self::Revoke(command) => command.run(&app, format).await,
        };
        app.stop().await;
        result
    }
}

impl Issue {
    async fn run(self, app: &App, format: Format) -> Result<(), CliError> {
        let limit = (!self.unlimited).then_some(self.usage_limit);
        let expires_at = self
            .expires_in
            .map(|seconds| app.clock.now() + i64::from(seconds) * 1_000_000);
        let actor = context::operator(app);
        let username = self.username.as_deref().map(Username::parse).transpose();
        let username = username.map_err(AccountError::UsernameInvalid)?;
        let email = self.email.as_deref().map(EmailAddress::parse).transpose();
        let email = email.map_err(AccountError::from)?;
        let new = NewRegistrationToken {
            text: self.token,
            usage_limit: limit,
            expires_at,
            invitee: Invitee { username, email },
        };
        let (is_tied, names) = (new.invitee.is_somebody(), invitee_json(&new.invitee));
        let (id, token) = accounts::issue_registration_token(app, &actor, new).await?;
        let url = app.site.invitation_url(&token);
        match format {
            Format::Json => output::print_json(&json!({
                "id": id.to_string(),
                "token": *token,
                "usage_limit": limit,
                "expires_at": expires_at.map(rfc3339_z),
                "username": names.0,
                "email": names.1,
                "invite_url": url.as_str(),
            })),
            // Whoever has it needs no more than to open it.
            Format::Text if is_tied => outln!("{url}"),
            Format::Text => outln!("{}", *token),
        }
        Ok(())
    }
}

impl List {
    async fn run(self, app: &App, format: Format) -> Result<(), CliError> {
        let (all, page) = (
            RegistrationTokenFilter::default(),
            PageRequest {
                after: None,
                before: None,
                direction: Direction::Forward,
                limit: MOST,
            },
        );
        let rows = list_registration_tokens(&app.database, &all, page)
            .await?
            .items;
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        let mut texts = std::collections::HashMap::new();
        if self.reveal {
            for (id, sealed) in registration_token_secrets(&app.database, &ids).await? {
                let clear = accounts::open_registration_token(app, id, &sealed)?;
                texts.insert(id, clear);
            }
        }
        let text = |id| texts.get(&id).map(|text| text.as_str());
        let now = app.clock.now();
        match format {
            Format::Json => {
                let all: Vec<Value> = rows
                    .iter()
                    .map(|row| row_json(row, text(row.id), now))
                    .collect();
                output::print_json(&Value::Array(all));
            }
            Format::Text => output::print_table(
                ["id", "token", "for", "used", "limit", "expires", "valid"],
                rows.iter().map(|row| {
                    let limit = row.usage_limit;
                    [
                        row.id.to_string(),
                        text(row.id).unwrap_or("***").to_owned(),
                        invitee(&row.invitee),
                        row.times_used.to_string(),
                        limit.map_or_else(|| "-".to_owned(), |limit| limit.to_string()),
                        row.expires_at.map_or_else(|| "-".to_owned(), rfc3339_z),
                        if row.is_valid(now) { "yes" } else { "no" }.to_owned(),
                    ]
                }),
            ),
        }
        Ok(())
    }
}

/// Whom a token is for.
fn invitee(invitee: &Invitee) -> String {
    match invitee_json(invitee) {
        (None, None) => "-".to_owned(),
        (username, email) => {
            let parts: Vec<_> = username.into_iter().chain(email).collect();
            parts.join(", ")
        }
    }
}

/// Name and address.
fn invitee_json(invitee: &Invitee) -> (Option<String>, Option<String>) {
    let username = invitee.username.as_ref();
    let email = invitee.email.as_ref();
    (
        username.map(|name| name.as_str().to_owned()),
        email.map(|email| email.as_str().to_owned()),
    )
}

fn row_json(row: &RegistrationTokenRow, token: Option<&str>, now: i64) -> Value {
    let (username, email) = invitee_json(&row.invitee);
    json!({
        "id": row.id.to_string(),
        "token": token,
        "username": username,
        "email": email,
        "usage_limit": row.usage_limit,
        "times_used": row.times_used,
        "created_at": rfc3339_z(row.created_at),
        "last_used_at": row.last_used_at.map(rfc3339_z),
        "expires_at": row.expires_at.map(rfc3339_z),
        "revoked_at": row.revoked_at.map(rfc3339_z),
        "valid": row.is_valid(now),
    })
}

impl Revoke {
    async fn run(self, app: &App, format: Format) -> Result<(), CliError> {
        let found = registration_token_by_hash(&app.database, &token::hash(&self.token)).await?;
        let id: RegistrationTokenId = match found {
            Some(id) => id,
            None => self.token.parse().map_err(|_| {
                CliError::NotFound("there is no such registration token".to_owned())
            })?,
        };
        accounts::set_registration_token_revoked(app, &context::operator(app), id, true).await?;
        match format {
            Format::Json => output::print_json(&json!({"id": id.to_string(), "revoked": true})),
            Format::Text => outln!("{id} is revoked"),
        }
        Ok(())
    }
}
