use clap::Args;

use super::{CliError, user_json};
use crate::{
    accounts,
    app::App,
    cli::{
        context,
        output::{self, Format},
    },
};

/// Set an account's password; its sessions go on
#[derive(Args)]
pub struct SetPassword {
    /// Username or id
    user: String,
    /// The password; read from standard input when absent, where no list of processes shows it
    password: Option<String>,
    /// Take it even if it is easy to guess
    #[arg(long)]
    ignore_complexity: bool,
}

impl std::fmt::Debug for SetPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SetPassword(***)")
    }
}

impl SetPassword {
    pub async fn run(self, app: &App, format: Format) -> Result<(), CliError> {
        let id = context::find_user(app, &self.user).await?;
        let password = match self.password {
            Some(password) if !password.is_empty() => zeroize::Zeroizing::new(password),
            Some(_) | None => context::read_password()?,
        };
        let actor = context::operator(app);
        let skip = self.ignore_complexity;
        accounts::set_password(app, &actor, id, &password, skip).await?;
        let user = accounts::get(app, id).await?;
        match format {
            Format::Json => output::print_json(&user_json(&user)),
            Format::Text => outln!("{} has a new password", user.username),
        }
        Ok(())
    }
}
