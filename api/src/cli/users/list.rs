use clap::{Args, ValueEnum};
use muniment_domain::UserId;
use muniment_projections::queries::{Direction, PageRequest, UserFilter, UserStatus, list_users};
use serde_json::json;

use super::{CliError, state, user_json, yes_no};
use crate::{
    app::App,
    cli::output::{self, Format},
};

#[derive(Debug, Args)]
pub struct List {
    /// Only those whose name contains this
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// Only those in this state
    #[arg(long, value_enum)]
    state: Option<State>,
    /// Only those that may ask for administrators' scopes
    #[arg(long)]
    admins: bool,
    /// How many to show
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
    /// Go on after this one
    #[arg(long, value_name = "ID")]
    after: Option<UserId>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum State {
    Active,
    Locked,
    Deactivated,
}

impl List {
    pub async fn run(self, app: &App, format: Format) -> Result<(), CliError> {
        let filter = UserFilter {
            search: self.search,
            status: self.state.map(|state| match state {
                State::Active => UserStatus::Active,
                State::Locked => UserStatus::Locked,
                State::Deactivated => UserStatus::Deactivated,
            }),
            admin: self.admins.then_some(true),
            ..UserFilter::default()
        };
        let request = PageRequest {
            after: self.after.map(|id| id.as_uuid()),
            before: None,
            direction: Direction::Forward,
            limit: self.limit,
        };
        let page = list_users(&app.database, &filter, request).await?;
        let next = page
            .items
            .last()
            .filter(|_| page.has_more)
            .map(|user| user.id.to_string());
        match format {
            Format::Json => {
                let users: Vec<_> = page.items.iter().map(user_json).collect();
                output::print_json(&json!({"users": users, "next": next}));
            }
            Format::Text => {
                output::print_table(
                    ["ID", "USERNAME", "STATE", "ADMIN", "CREATED (UTC)"],
                    page.items.iter().map(|user| {
                        [
                            user.id.to_string(),
                            user.username.clone(),
                            state(user).to_owned(),
                            yes_no(user.can_request_admin).to_owned(),
                            output::time(user.created_at),
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
