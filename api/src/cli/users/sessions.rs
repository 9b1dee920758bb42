//! The commands about a user's sessions of every kind but personal ones, which kill-sessions leaves
//! alone (contract oauth2.md 21.1).

use clap::Args;
use muniment_domain::{SessionEnd, UserId};
use muniment_projections::queries::{
    self, BrowserSessionFilter, Direction, PageRequest, active_compat_sessions,
    active_oauth2_sessions,
};
use serde_json::{Value, json};

use super::CliError;
use crate::{
    accounts::{self, SessionRef},
    app::App,
    cli::{
        context,
        output::{self, Format},
    },
    http::rfc3339_z,
};

/// Sessions of clients, of each kind, that are looked at; whoever has more runs the command again.
const MOST: u32 = 10_000;
/// Browser sessions that are read at once.
const PAGE: u32 = 1000;

/// List the sessions of an account that go on
#[derive(Debug, Args)]
pub struct Sessions {
    /// Username or id
    user: String,
}

/// End every session of an account, in browsers and of clients
#[derive(Debug, Args)]
pub struct KillSessions {
    /// Username or id
    user: String,
    /// Only tell which would end
    #[arg(long)]
    dry_run: bool,
}

struct Listed {
    session: SessionRef,
    created_at: i64,
}

impl Listed {
    fn kind_and_id(&self) -> (&'static str, String) {
        match self.session {
            SessionRef::Browser(id) => ("browser", id.to_string()),
            SessionRef::Oauth2(id) => ("oauth2", id.to_string()),
            SessionRef::Compat(id) => ("compat", id.to_string()),
            SessionRef::Personal(id) => ("personal", id.to_string()),
        }
    }
}

async fn active(app: &App, user: UserId) -> Result<Vec<Listed>, CliError> {
    let mut found = Vec::new();
    let filter = BrowserSessionFilter {
        user: Some(user),
        active: Some(true),
        ..BrowserSessionFilter::default()
    };
    let mut request = PageRequest {
        after: None,
        before: None,
        direction: Direction::Forward,
        limit: PAGE,
    };
    loop {
        let page = queries::list_browser_sessions(&app.database, &filter, request).await?;
        found.extend(page.items.iter().map(|row| Listed {
            session: SessionRef::Browser(row.id),
            created_at: row.created_at,
        }));
        request.after = page.items.last().map(|row| row.id.as_uuid());
        if !page.has_more {
            break;
        }
    }
    for row in active_oauth2_sessions(&app.database, user, MOST).await? {
        found.push(Listed {
            session: SessionRef::Oauth2(row.id),
            created_at: row.created_at,
        });
    }
    for row in active_compat_sessions(&app.database, user, MOST).await? {
        found.push(Listed {
            session: SessionRef::Compat(row.id),
            created_at: row.created_at,
        });
    }
    Ok(found)
}

fn print(format: Format, sessions: &[Listed]) {
    match format {
        Format::Json => {
            let all = sessions.iter().map(|listed| {
                let (kind, id) = listed.kind_and_id();
                json!({"kind": kind, "id": id, "created_at": rfc3339_z(listed.created_at)})
            });
            output::print_json(&Value::Array(all.collect()));
        }
        Format::Text => output::print_table(
            ["kind", "id", "since"],
            sessions.iter().map(|listed| {
                let (kind, id) = listed.kind_and_id();
                [kind.to_owned(), id, rfc3339_z(listed.created_at)]
            }),
        ),
    }
}

impl Sessions {
    pub async fn run(self, app: &App, format: Format) -> Result<(), CliError> {
        let user = context::find_user(app, &self.user).await?;
        print(format, &active(app, user).await?);
        Ok(())
    }
}

impl KillSessions {
    pub async fn run(self, app: &App, format: Format) -> Result<(), CliError> {
        let user = context::find_user(app, &self.user).await?;
        let sessions = active(app, user).await?;
        if !self.dry_run {
            let (actor, reason) = (context::operator(app), SessionEnd::Operator);
            for listed in &sessions {
                accounts::finish_session(app, &actor, listed.session, reason).await?;
            }
            accounts::sync_devices(app, user).await?;
        }
        print(format, &sessions);
        Ok(())
    }
}
