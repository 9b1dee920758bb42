use clap::Args;
use muniment_projections::queries::{Direction, EmailFilter, PageRequest, list_emails};
use serde_json::json;

use super::{CliError, state, user_json, yes_no};
use crate::{
    accounts,
    app::App,
    cli::{
        context,
        output::{self, Format},
    },
};

/// Addresses shown.
const EMAILS: u32 = 100;

#[derive(Debug, Args)]
pub struct Show {
    /// Username or id
    user: String,
}

impl Show {
    pub async fn run(self, app: &App, format: Format) -> Result<(), CliError> {
        let id = context::find_user(app, &self.user).await?;
        let user = accounts::get(app, id).await?;
        let filter = EmailFilter {
            user: Some(id),
            email: None,
        };
        let first = PageRequest {
            after: None,
            before: None,
            direction: Direction::Forward,
            limit: EMAILS,
        };
        let emails: Vec<String> = list_emails(&app.database, &filter, first)
            .await?
            .items
            .into_iter()
            .map(|email| email.email)
            .collect();
        match format {
            Format::Json => {
                let mut document = user_json(&user);
                document["emails"] = json!(emails);
                output::print_json(&document);
            }
            Format::Text => {
                outln!("{}", user.username);
                out!(
                    "{}",
                    output::facts(&[
                        ("id", user.id.to_string()),
                        ("state", state(&user).to_owned()),
                        ("admin", yes_no(user.can_request_admin).to_owned()),
                        ("password", yes_no(user.has_password).to_owned()),
                        ("emails", emails.join(", ")),
                        ("created", format!("{} UTC", output::time(user.created_at))),
                    ])
                );
            }
        }
        Ok(())
    }
}
