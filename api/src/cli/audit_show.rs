//! `muniment audit show`.

use clap::Args;
use serde_json::{Value, json};

use super::{
    CliError, context,
    output::{self, Format},
};
use crate::{
    app::App,
    as_of::{Access, AsOf, Email, Moment, Person, Way, record_reading},
    http::rfc3339_z,
};

#[derive(Debug, Args)]
pub struct Show {
    /// Username or id; of who has been erased, the id
    user: String,
    /// The moment: a position, a date or a time, such as 2026-03-01T12:00:00Z; now when absent
    #[arg(long, value_name = "TIME|POSITION")]
    at: Option<Moment>,
}

impl Show {
    pub async fn run(self, app: &App, format: Format) -> Result<(), CliError> {
        let user = context::find_user(app, &self.user).await?;
        let at = self.at.unwrap_or(Moment::Time(app.clock.now()));
        let at = at.find(&app.database).await?;
        let person = Person::find(app, user, at)
            .await?
            .ok_or_else(|| CliError::NotFound(format!("there was no account {user} at {at}")))?;
        record_reading(app, &context::operator(app), user).await?;
        match format {
            Format::Json => output::print_json(&as_json(&person)),
            Format::Text => print(&person),
        }
        Ok(())
    }
}

/// A moment, for programs.
pub fn moment_json(at: AsOf) -> Value {
    json!({"position": at.position, "time": at.time.map(rfc3339_z)})
}

fn as_json(person: &Person) -> Value {
    let user = &person.user;
    let emails: Vec<Value> = person
        .emails
        .iter()
        .map(|email| json!({"id": email.id.to_string(), "email": email.address}))
        .collect();
    let links: Vec<Value> = person
        .links
        .iter()
        .map(|link| {
            json!({
                "id": link.id.to_string(),
                "provider": link.provider_id.to_string(),
                "subject": link.subject,
                "account_name": link.human_account_name,
            })
        })
        .collect();
    let consents: Vec<Value> = person
        .consents
        .iter()
        .map(|consent| {
            json!({
                "client": consent.client.to_string(),
                "client_name": consent.client_name,
                "scope": consent.scope.to_string(),
                "given_at": rfc3339_z(consent.at),
            })
        })
        .collect();
    json!({
        "as_of": moment_json(person.at),
        "id": user.id.to_string(),
        "username": user.username,
        "state": person.state(),
        "created_at": rfc3339_z(user.created_at),
        "locked_at": user.locked_at.map(rfc3339_z),
        "deactivated_at": user.deactivated_at.map(rfc3339_z),
        "admin": user.can_request_admin,
        "has_password": user.has_password,
        "erased": person.is_erased,
        "emails": emails,
        "links": links,
        "access": person.access.iter().map(access_json).collect::<Vec<Value>>(),
        "consents": consents,
    })
}

fn access_json(access: &Access) -> Value {
    let (client, client_name) = match &access.way {
        Way::Application(client, name) => (Some(client.to_string()), name.clone()),
        _ => (None, None),
    };
    json!({
        "who": access.who(),
        "through": access.through(),
        "client": client,
        "client_name": client_name,
        "name": access.name,
        "scope": access.scope.to_string(),
        "administrates": access.administrates(),
        "since": rfc3339_z(access.since),
        "until": access.until.map(rfc3339_z),
    })
}

fn print(person: &Person) {
    let user = &person.user;
    outln!("{} as of {}", user.username, person.at);
    let yes_no = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
    let emails: Vec<&str> = person.emails.iter().map(Email::shown).collect();
    let mut facts = vec![
        ("id", user.id.to_string()),
        ("state", person.state().to_owned()),
        ("admin", yes_no(user.can_request_admin)),
        ("password", yes_no(user.has_password)),
        ("emails", emails.join(", ")),
        ("created", format!("{} UTC", output::time(user.created_at))),
    ];
    if person.is_erased {
        facts.push(("erased", "personal data was destroyed".to_owned()));
    }
    out!("{}", output::facts(&facts));
    if !person.links.is_empty() {
        outln!("\nLinked elsewhere");
        output::print_table(
            ["PROVIDER", "SUBJECT", "ACCOUNT"],
            person.links.iter().map(|link| {
                [
                    link.provider_id.to_string(),
                    link.subject.clone(),
                    link.human_account_name.clone().unwrap_or_default(),
                ]
            }),
        );
    }
    if person.access.is_empty() {
        outln!("\nNobody could act as {}", user.username);
    } else {
        let refused = if person.user.is_active() {
            ""
        } else {
            ", were the account active"
        };
        outln!("\nWho could act as {}{refused}", user.username);
        output::print_table(
            ["WHO", "THROUGH", "SCOPE", "SINCE (UTC)", "UNTIL (UTC)"],
            person.access.iter().map(|access| {
                [
                    access.who(),
                    access.through(),
                    access.scope.to_string(),
                    output::time(access.since),
                    access.until.map_or_else(String::new, output::time),
                ]
            }),
        );
    }
    if !person.consents.is_empty() {
        outln!("\nWhat {} had allowed", user.username);
        output::print_table(
            ["CLIENT", "NAME", "SCOPE", "LAST (UTC)"],
            person.consents.iter().map(|consent| {
                [
                    consent.client.to_string(),
                    consent.client_name.clone().unwrap_or_default(),
                    consent.scope.to_string(),
                    output::time(consent.at),
                ]
            }),
        );
    }
}
