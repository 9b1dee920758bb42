//! `muniment audit diff`.

use std::collections::HashMap;

use clap::Args;
use muniment_domain::{ClientId, UserId};
use muniment_projections::queries;
use muniment_store::log::EventLog;
use serde_json::{Value, json};

use super::{
    CliError,
    audit_show::moment_json,
    context,
    output::{self, Format},
};
use crate::{
    accounts::SessionRef,
    app::App,
    as_of::{AsOf, Change, Moment, Person, record_reading},
    history::{By, Category, Entry, Names},
    http::rfc3339_z,
    locale::Locale,
};

/// Events read at once.
const PAGE: u32 = 500;

#[derive(Debug, Args)]
pub struct Diff {
    /// Username or id; of who has been erased, the id
    user: String,
    /// From when: a position, a date or a time, such as 2026-03-01T12:00:00Z
    #[arg(value_name = "TIME|POSITION")]
    from: Moment,
    /// Until when; now when absent
    #[arg(value_name = "TIME|POSITION")]
    to: Option<Moment>,
    /// The language of the words: en or de
    #[arg(long, value_name = "LANGUAGE", default_value = "en", value_parser = language)]
    lang: Locale,
    /// How many events to tell of; the others are counted
    #[arg(long, value_name = "NUMBER", default_value_t = 1000)]
    limit: usize,
}

fn language(tag: &str) -> Result<Locale, String> {
    Locale::from_tag(tag).ok_or_else(|| "there are no words in this language".to_owned())
}

/// One event, in words.
struct Line {
    entry: Entry,
    title: String,
    details: Option<String>,
    by: String,
    client: Option<String>,
}

impl Diff {
    pub async fn run(self, app: &App, format: Format) -> Result<(), CliError> {
        let user = context::find_user(app, &self.user).await?;
        let to = self.to.unwrap_or(Moment::Time(app.clock.now()));
        let (from, to) = (
            self.from.find(&app.database).await?,
            to.find(&app.database).await?,
        );
        if to.position < from.position {
            return Err(CliError::Refused(format!("{to} is before {from}")));
        }
        let before = Person::find(app, user, from).await?;
        let after = Person::find(app, user, to).await?;
        if after.is_none() {
            return Err(CliError::NotFound(format!(
                "there was no account {user} at {to}"
            )));
        }
        let changes = Person::changes(before.as_ref(), after.as_ref());
        let mut words = Words::of(app, user, self.lang);
        let (lines, untold) = words.between(from, to, self.limit).await?;
        record_reading(app, &context::operator(app), user).await?;
        match format {
            Format::Json => output::print_json(&as_json((from, to), &lines, untold, &changes)),
            Format::Text => print((from, to), &lines, untold, &changes),
        }
        Ok(())
    }
}

/// What puts events into words, with the names of those whom they name by ids.
struct Words<'a> {
    app: &'a App,
    user: UserId,
    locale: Locale,
    clients: HashMap<ClientId, Option<String>>,
    users: HashMap<UserId, Option<String>>,
}

impl<'a> Words<'a> {
    fn of(app: &'a App, user: UserId, locale: Locale) -> Self {
        Self {
            app,
            user,
            locale,
            clients: HashMap::new(),
            users: HashMap::new(),
        }
    }

    /// The events after one moment and up to another, and how many more there are.
    async fn between(
        &mut self,
        from: AsOf,
        to: AsOf,
        limit: usize,
    ) -> Result<(Vec<Line>, usize), CliError> {
        let (mut lines, mut untold, mut after) = (Vec::new(), 0, from.position);
        loop {
            let log = &self.app.log;
            let mut page = log.read_subject(self.user.as_uuid(), after, PAGE).await?;
            page.retain(|record| record.position <= to.position);
            let is_last = page.len() < PAGE as usize;
            for record in page {
                after = record.position;
                if lines.len() == limit {
                    untold += 1;
                    continue;
                }
                let entry = Entry::read(self.app.journal.codec(), record).await?;
                lines.push(self.line(entry).await?);
            }
            if is_last {
                return Ok((lines, untold));
            }
        }
    }

    async fn line(&mut self, entry: Entry) -> Result<Line, CliError> {
        let about = match (entry.client_named(), entry.target()) {
            (Some(client), _) => Some(client),
            (None, Some(SessionRef::Oauth2(id))) => queries::oauth2_session(&self.app.reads, id)
                .await?
                .map(|session| session.client_id),
            (None, _) => None,
        };
        let client = match about {
            Some(client) => self.client(client).await?,
            None => None,
        };
        let provider = entry.provider().and_then(|id| self.app.upstream.find(id));
        let names = Names {
            client,
            provider: provider.map(|provider| provider.name()),
        };
        let used = match entry.client_used() {
            Some(client) => {
                let name = self.client(client).await?;
                Some(name.map_or_else(|| client.to_string(), |name| format!("{name} ({client})")))
            }
            None => None,
        };
        Ok(Line {
            title: entry.title(self.locale, &names),
            details: entry.details(self.locale, &names),
            by: self.by(&entry).await?,
            client: used,
            entry,
        })
    }

    async fn client(&mut self, id: ClientId) -> Result<Option<String>, CliError> {
        if let Some(known) = self.clients.get(&id) {
            return Ok(known.clone());
        }
        let found = self.app.clients.find(&self.app.reads, id).await?;
        let name = found.map(|client| client.display_name());
        self.clients.insert(id, name.clone());
        Ok(name)
    }

    /// As the log names who did it, with the name of an administrator.
    async fn by(&mut self, entry: &Entry) -> Result<String, CliError> {
        let actor = entry.metadata.actor.clone();
        let By::Administrator(id) = entry.by() else {
            return Ok(actor);
        };
        if !self.users.contains_key(&id) {
            let found = queries::user(&self.app.reads, id).await?;
            self.users.insert(id, found.map(|user| user.username));
        }
        Ok(match self.users.get(&id).cloned().flatten() {
            Some(name) => format!("{name} ({actor})"),
            None => actor,
        })
    }
}

fn as_json((from, to): (AsOf, AsOf), lines: &[Line], untold: usize, changes: &[Change]) -> Value {
    let events: Vec<Value> = lines
        .iter()
        .map(|line| {
            let (record, metadata) = (&line.entry.record, &line.entry.metadata);
            json!({
                "position": record.position,
                "time": rfc3339_z(record.recorded_at),
                "event_id": record.event_id,
                "type": record.event_type,
                "category": category(line.entry.category()),
                "title": line.title,
                "details": line.details,
                "actor": metadata.actor,
                "by": line.by,
                "client": metadata.client,
                "through": line.client,
                "session": metadata.session,
                "correlation_id": metadata.correlation_id,
            })
        })
        .collect();
    let changes: Vec<Value> = changes
        .iter()
        .map(|change| json!({"what": change.what, "before": change.before, "after": change.after}))
        .collect();
    json!({
        "from": moment_json(from),
        "to": moment_json(to),
        "events": events,
        "untold": untold,
        "changes": changes,
    })
}

/// What happened, in groups, and what came of it.
fn print((from, to): (AsOf, AsOf), lines: &[Line], untold: usize, changes: &[Change]) {
    outln!("From {from} to {to}");
    let mut groups: Vec<(Category, Vec<&Line>)> = Vec::new();
    for line in lines {
        let category = line.entry.category();
        match groups.iter_mut().find(|(known, _)| *known == category) {
            Some((_, group)) => group.push(line),
            None => groups.push((category, vec![line])),
        }
    }
    for (of, group) in groups {
        outln!("\n{}", category(of));
        output::print_table(
            ["POSITION", "TIME (UTC)", "WHAT", "BY", "THROUGH"],
            group.into_iter().map(|line| {
                let record = &line.entry.record;
                [
                    record.position.to_string(),
                    output::time(record.recorded_at),
                    match &line.details {
                        Some(details) => format!("{}: {details}", line.title),
                        None => line.title.clone(),
                    },
                    line.by.clone(),
                    line.client.clone().unwrap_or_default(),
                ]
            }),
        );
    }
    if untold > 0 {
        outln!("{untold} more");
    }
    if changes.is_empty() {
        outln!("\nNothing is different");
        return;
    }
    outln!("\nWhat is different");
    let or_nothing = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
    output::print_table(
        ["WHAT", "BEFORE", "AFTER"],
        changes.iter().map(|change| {
            [
                change.what.clone(),
                or_nothing(&change.before),
                or_nothing(&change.after),
            ]
        }),
    );
}

const fn category(category: Category) -> &'static str {
    match category {
        Category::Account => "account",
        Category::SignIn => "sign-in",
        Category::Session => "sessions",
        Category::Password => "password",
        Category::Email => "email addresses",
        Category::Profile => "profile",
        Category::Application => "applications",
        Category::Token => "personal tokens",
        Category::Server => "server",
    }
}
