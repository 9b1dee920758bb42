//! `muniment registration-tokens`: invitations that people may register with.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use muniment_domain::{RegistrationToken, RegistrationTokenCommand, RegistrationTokenId};
use muniment_projections::queries::{RegistrationTokenRow, list_registration_tokens};
use muniment_store::tokens::{registration_token_by_hash, registration_token_secrets};
use serde_json::{Value, json};

use super::{
    CliError, context,
    output::{self, Format},
};
use crate::{
    accounts::{self, AccountError},
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
        let (id, token) =
            accounts::issue_registration_token(app, &actor, self.token, limit, expires_at).await?;
        match format {
            Format::Json => output::print_json(&json!({
                "id": id.to_string(),
                "token": *token,
                "usage_limit": limit,
                "expires_at": expires_at.map(rfc3339_z),
            })),
            Format::Text => println!("{}", *token),
        }
        Ok(())
    }
}

impl List {
    async fn run(self, app: &App, format: Format) -> Result<(), CliError> {
        let rows = list_registration_tokens(&app.database, MOST).await?;
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
                ["id", "token", "used", "limit", "expires", "valid"],
                rows.iter().map(|row| {
                    let limit = row.usage_limit;
                    [
                        row.id.to_string(),
                        text(row.id).unwrap_or("***").to_owned(),
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

fn row_json(row: &RegistrationTokenRow, token: Option<&str>, now: i64) -> Value {
    json!({
        "id": row.id.to_string(),
        "token": token,
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
        let execution = muniment_store::Execution::new(context::operator(app).metadata());
        let command = RegistrationTokenCommand::RevokeRegistrationToken;
        app.journal
            .execute::<RegistrationToken>(id.as_uuid(), command, execution)
            .await
            .map_err(AccountError::from)?;
        match format {
            Format::Json => output::print_json(&json!({"id": id.to_string(), "revoked": true})),
            Format::Text => println!("{id} is revoked"),
        }
        Ok(())
    }
}
