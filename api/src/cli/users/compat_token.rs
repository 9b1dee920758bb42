//! `issue-compatibility-token`: a token for whoever cannot sign in by themselves, such as a program.

use clap::Args;
use muniment_domain::CompatLogin;
use serde_json::json;

use super::CliError;
use crate::{
    accounts::{self, CompatRefusal, CompatStart, Visitor},
    app::App,
    cli::{
        context,
        output::{self, Format},
    },
};

/// Issue an access token of the legacy Matrix login, which does not expire; a session of the same
/// device ends by it
#[derive(Debug, Args)]
pub struct IssueCompatibilityToken {
    /// Username or id
    user: String,
    /// The device that the token is of; drawn at random when absent
    device_id: Option<String>,
    /// Let the token administrate the homeserver
    #[arg(long)]
    yes_i_want_to_grant_synapse_admin_privileges: bool,
}

impl IssueCompatibilityToken {
    pub async fn run(self, app: &App, format: Format) -> Result<(), CliError> {
        let id = context::find_user(app, &self.user).await?;
        let user = accounts::get(app, id).await?;
        if user.deactivated_at.is_some() {
            let refusal = format!("{} is deactivated", user.username);
            return Err(CliError::Refused(refusal));
        }
        let start = CompatStart {
            user: &user,
            device_id: self.device_id,
            name: None,
            login: CompatLogin::Issued,
            browser_session: None,
            is_synapse_admin: self.yes_i_want_to_grant_synapse_admin_privileges,
            beside_server: true,
            policy: None,
            lifetime: None,
            visitor: Visitor::default(),
        };
        let actor = context::operator(app);
        let started = accounts::start_compat_session(app, &actor, start).await;
        let started = started.map_err(|refusal| match refusal {
            CompatRefusal::Account(error) => error.into(),
            CompatRefusal::Policy(_) | CompatRefusal::LoginUsed => {
                CliError::Refused(refusal.to_string())
            }
            CompatRefusal::Homeserver(_) => CliError::Failed(refusal.to_string()),
        })?;
        match format {
            Format::Json => output::print_json(&json!({
                "access_token": started.access_token,
                "device_id": started.device_id,
                "session_id": started.session.to_string(),
                "user_id": format!("@{}:{}", user.username, app.site.server_name),
            })),
            Format::Text => outln!("{}", started.access_token),
        }
        Ok(())
    }
}
