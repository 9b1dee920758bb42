use clap::Args;
use muniment_projections::queries::{Direction, PageRequest, UserFilter, list_users};
use serde_json::json;

use super::CliError;
use crate::{
    accounts,
    app::App,
    cli::output::{self, Format},
};

const PAGE: u32 = 1000;

/// Have the homeserver told of every account as it stands, by the worker
#[derive(Debug, Args)]
pub struct ProvisionAll {}

impl ProvisionAll {
    pub async fn run(self, app: &App, format: Format) -> Result<(), CliError> {
        if !app.homeserver.exists() {
            let why = "there is no homeserver to tell: matrix.kind is `none`";
            return Err(CliError::Refused(why.to_owned()));
        }
        let (mut count, mut after) = (0, None);
        loop {
            let request = PageRequest {
                after,
                before: None,
                direction: Direction::Forward,
                limit: PAGE,
            };
            let page = list_users(&app.database, &UserFilter::default(), request).await?;
            for user in &page.items {
                accounts::provision(app, user.id, None).await?;
                count += 1;
            }
            after = page.items.last().map(|user| user.id.as_uuid());
            if !page.has_more || after.is_none() {
                break;
            }
        }
        match format {
            Format::Json => output::print_json(&json!({"accounts": count})),
            Format::Text => outln!("The homeserver will be told of {count} accounts"),
        }
        Ok(())
    }
}
