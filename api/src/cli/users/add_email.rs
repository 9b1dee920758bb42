use clap::Args;
use serde_json::json;

use super::CliError;
use crate::{
    accounts::{self, AccountError, EmailUniqueness},
    app::App,
    cli::{
        context,
        output::{self, Format},
    },
};

/// Add an email address to an account, without a mail to prove it and whatever the policy says
#[derive(Debug, Args)]
pub struct AddEmail {
    /// Username or id
    user: String,
    email: String,
}

impl AddEmail {
    pub async fn run(self, app: &App, format: Format) -> Result<(), CliError> {
        let user = context::find_user(app, &self.user).await?;
        let actor = context::operator(app);
        let everybody = EmailUniqueness::Everybody;
        let id = match accounts::add_email(app, &actor, user, &self.email, everybody).await {
            Ok(email) => email.id,
            Err(AccountError::EmailExists(id)) => id,
            Err(error) => return Err(error.into()),
        };
        match format {
            Format::Json => output::print_json(&json!({"id": id.to_string(), "email": self.email})),
            Format::Text => outln!("{} has the address {}", self.user, self.email),
        }
        Ok(())
    }
}
