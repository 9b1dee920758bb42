//! `muniment users erase`.

use std::io::{BufRead, Write};

use clap::Args;
use serde_json::json;

use super::CliError;
use crate::{
    accounts,
    app::App,
    cli::{
        context,
        output::{self, Format},
    },
};

/// Erase a person for good
///
/// Goes: the keys that open the person's data in the log, so that nobody can read it there any more,
/// neither in old exports and backups of the log; the username and the email addresses in the read
/// models; password hashes; access tokens. The account is deactivated first, which ends its sessions
/// and frees its email addresses.
///
/// Stays: that there was an account, under its id and a placeholder for a name; every event about it,
/// with who did what and when, so that the log can still be replayed and checked; a keyed hash of the
/// username, so that nobody else can take it.
///
/// Backups of the keys made before now still hold the person's keys: see docs/operators/erasure.md. The
/// database is rewritten so that nothing is left in its files, for which writers wait. When this was
/// interrupted, run it again.
#[derive(Debug, Args)]
pub struct Erase {
    /// Username or id
    user: String,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

impl Erase {
    pub async fn run(self, app: &App, format: Format) -> Result<(), CliError> {
        let id = context::find_user(app, &self.user).await?;
        let user = accounts::get(app, id).await?;
        if !self.yes {
            confirm(&user.username)?;
        }
        accounts::erase(app, &context::operator(app), id).await?;
        let scrubbed = accounts::scrub(app).await?;
        match format {
            Format::Json => {
                output::print_json(&json!({"id": id.to_string(), "files_scrubbed": scrubbed}));
            }
            Format::Text => outln!("{id} is erased; nobody can read their data any more"),
        }
        if !scrubbed {
            eprintln!(
                "warning: the database was being read all the time, so that its write-ahead log may \
                 hold traces; run this again later"
            );
        }
        Ok(())
    }
}

/// Whoever is asked has to know whom they erase.
fn confirm(username: &str) -> Result<(), CliError> {
    let failed = |error: std::io::Error| CliError::Failed(format!("cannot ask: {error}"));
    eprint!("This cannot be undone. Type the username, {username}, to erase the person: ");
    std::io::stderr().flush().map_err(failed)?;
    let mut answer = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut answer)
        .map_err(failed)?;
    if answer.trim_end() == username {
        Ok(())
    } else {
        Err(CliError::Refused(
            "that is not the username; nothing was changed".to_owned(),
        ))
    }
}
