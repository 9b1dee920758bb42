//! `muniment users`: accounts.

mod add_email;
mod change;
mod compat_token;
mod erase;
mod list;
mod password;
mod provision;
mod register;
mod sessions;
mod show;

use std::path::PathBuf;

use clap::Subcommand;
use muniment_projections::queries::UserRow;
use serde_json::{Value, json};

use super::{CliError, context, output::Format};
use crate::http::rfc3339_z;

#[derive(Debug, Subcommand)]
pub enum Users {
    /// Register an account
    Register(register::Register),
    /// List accounts, oldest first
    List(list::List),
    /// Show one account
    Show(show::Show),
    /// Refuse the account's sessions until it is unlocked
    Lock(change::Lock),
    /// Let a locked account in again
    Unlock(change::Unlock),
    /// Let the account ask for administrators' scopes
    Promote(change::Promote),
    /// Take that right back; sessions that were granted such scopes keep them
    Demote(change::Demote),
    SetPassword(password::SetPassword),
    AddEmail(add_email::AddEmail),
    Sessions(sessions::Sessions),
    KillSessions(sessions::KillSessions),
    Erase(erase::Erase),
    IssueCompatibilityToken(compat_token::IssueCompatibilityToken),
    ProvisionAll(provision::ProvisionAll),
}

impl Users {
    pub async fn run(self, files: &[PathBuf], format: Format) -> Result<(), CliError> {
        let app = context::open(files).await?;
        let result = match self {
            Self::Register(command) => command.run(&app, format).await,
            Self::List(command) => command.run(&app, format).await,
            Self::Show(command) => command.run(&app, format).await,
            Self::Lock(command) => command.run(&app, format).await,
            Self::Unlock(command) => command.run(&app, format).await,
            Self::Promote(command) => command.run(&app, format).await,
            Self::Demote(command) => command.run(&app, format).await,
            Self::AddEmail(command) => command.run(&app, format).await,
            Self::ProvisionAll(command) => command.run(&app, format).await,
            Self::SetPassword(command) => command.run(&app, format).await,
            Self::Sessions(command) => command.run(&app, format).await,
            Self::KillSessions(command) => command.run(&app, format).await,
            Self::Erase(command) => command.run(&app, format).await,
            Self::IssueCompatibilityToken(command) => command.run(&app, format).await,
        };
        app.stop().await;
        result
    }
}

fn user_json(user: &UserRow) -> Value {
    json!({
        "id": user.id.to_string(),
        "username": user.username,
        "created_at": rfc3339_z(user.created_at),
        "locked_at": user.locked_at.map(rfc3339_z),
        "deactivated_at": user.deactivated_at.map(rfc3339_z),
        "admin": user.can_request_admin,
        "has_password": user.has_password,
    })
}

fn state(user: &UserRow) -> &'static str {
    match (user.locked_at, user.deactivated_at) {
        (None, None) => "active",
        (Some(_), None) => "locked",
        (None, Some(_)) => "deactivated",
        (Some(_), Some(_)) => "locked, deactivated",
    }
}

const fn yes_no(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}
