//! The commands that switch something on an account on or off.

use clap::Args;
use muniment_projections::queries::UserRow;

use super::{CliError, user_json};
use crate::{
    accounts,
    app::App,
    cli::{
        context,
        output::{self, Format},
    },
};

#[derive(Debug, Args)]
pub struct Lock {
    /// Username or id
    user: String,
    /// Deactivate it as well: its sessions, addresses and passwords go, also from the log; its name
    /// stays
    #[arg(long)]
    deactivate: bool,
}

#[derive(Debug, Args)]
pub struct Unlock {
    /// Username or id
    user: String,
    /// Reactivate it as well; what deactivation removed does not come back
    #[arg(long)]
    reactivate: bool,
}

#[derive(Debug, Args)]
pub struct Promote {
    /// Username or id
    user: String,
}

#[derive(Debug, Args)]
pub struct Demote {
    /// Username or id
    user: String,
}

impl Lock {
    pub async fn run(self, app: &App, format: Format) -> Result<(), CliError> {
        let id = context::find_user(app, &self.user).await?;
        let user = accounts::lock(app, &context::operator(app), id, self.deactivate).await?;
        report(format, &user, "is locked");
        Ok(())
    }
}

impl Unlock {
    pub async fn run(self, app: &App, format: Format) -> Result<(), CliError> {
        let id = context::find_user(app, &self.user).await?;
        let user = accounts::unlock(app, &context::operator(app), id, self.reactivate).await?;
        report(format, &user, "is not locked");
        Ok(())
    }
}

impl Promote {
    pub async fn run(self, app: &App, format: Format) -> Result<(), CliError> {
        let id = context::find_user(app, &self.user).await?;
        let user = accounts::set_admin(app, &context::operator(app), id, true).await?;
        report(format, &user, "may ask for administrators' scopes");
        Ok(())
    }
}

impl Demote {
    pub async fn run(self, app: &App, format: Format) -> Result<(), CliError> {
        let id = context::find_user(app, &self.user).await?;
        let user = accounts::set_admin(app, &context::operator(app), id, false).await?;
        report(format, &user, "may not ask for administrators' scopes");
        Ok(())
    }
}

fn report(format: Format, user: &UserRow, text: &str) {
    match format {
        Format::Json => output::print_json(&user_json(user)),
        Format::Text => outln!("{} {text}", user.username),
    }
}
