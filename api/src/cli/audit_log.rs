use std::io::{IsTerminal, Write};

use clap::Args;
use muniment_domain::event_kinds;
use muniment_store::{
    index::{self, EventFilter, EventPage},
    log::{EventLog, Position, RecordedEvent},
};
use serde_json::{Value, json};

use super::{
    CliError, context,
    output::{self, Format},
};
use crate::{
    app::App,
    as_of::read_time,
    auth::Actor,
    history::{Audited, Personal, show},
    http::rfc3339_z,
};

/// Events read at once.
const PAGE: u32 = 500;

const EXAMPLES: &str = "\
Examples:
  muniment audit log alice                       everything about one account
  muniment audit log --type user.locked --since 2026-01-01
  muniment audit log --actor operator:carol --last 20
  muniment audit log --session oauth2_session:01JZ… --json
  muniment audit log --follow --cloudevents      what happens from now on, for a pipeline

Sessions are browser_session:ULID, oauth2_session:ULID, compat_session:ULID or personal_session:ULID. \
Times are RFC 3339, or a date (midnight UTC). What identifies or describes a person is withheld unless \
--personal-data is given, which is itself recorded in that person's history.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Log {
    /// Username or id of the account that it is about; everybody when absent
    user: Option<String>,
    /// Only events of this type, such as user.locked; may be given several times
    #[arg(long = "type", value_name = "TYPE", value_parser = event_type)]
    types: Vec<String>,
    /// Only what was done by: user:ULID, client:ULID, operator:NAME, system or anonymous
    #[arg(long)]
    actor: Option<String>,
    /// Only what was done through this client
    #[arg(long, value_name = "ULID", value_parser = ulid)]
    client: Option<String>,
    /// Only what was done in this session or happened to it (below)
    #[arg(long, value_name = "KIND:ULID", value_parser = session)]
    session: Option<String>,
    /// Only what happened at this time or later
    #[arg(long, value_name = "TIME", value_parser = time)]
    since: Option<i64>,
    /// Only what happened before this time
    #[arg(long, value_name = "TIME", value_parser = time)]
    until: Option<i64>,
    /// Go on after this position
    #[arg(long, value_name = "POSITION")]
    after: Option<Position>,
    /// Stop before this position
    #[arg(long, value_name = "POSITION")]
    before: Option<Position>,
    /// Print the first so many
    #[arg(long, value_name = "N", conflicts_with = "last")]
    limit: Option<u32>,
    /// Print the last so many
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    last: Option<u32>,
    /// Show personal data; a record of that goes into the history of each person concerned
    #[arg(long)]
    personal_data: bool,
    #[arg(long, help = "Print CloudEvents 1.0, one a line")]
    cloudevents: bool,
    /// Then print what happens, as it happens, until interrupted
    #[arg(long, short, conflicts_with_all = ["before", "limit", "until"])]
    follow: bool,
}

/// Prints events in one of the forms.
struct Printer<'a> {
    app: &'a App,
    form: Form,
    personal: Personal,
    actor: Actor,
    printed: usize,
}

#[derive(Clone, Copy)]
enum Form {
    Table,
    Lines,
    CloudEvents,
}

impl Log {
    pub async fn run(self, app: &App, format: Format) -> Result<(), CliError> {
        let mut printer = Printer {
            app,
            form: match format {
                _ if self.cloudevents => Form::CloudEvents,
                Format::Json => Form::Lines,
                Format::Text => Form::Table,
            },
            personal: if self.personal_data {
                Personal::Shown
            } else {
                Personal::Withheld
            },
            actor: context::operator(app),
            printed: 0,
        };
        let filter = self.filter(app).await?;
        let head = app.log.head().await?;
        // An account without any event is none.
        let unknown = filter.subject.filter(|_| self.is_whole());
        let seen = self.print_known(&filter, head, &mut printer).await?;
        if let Some(user) = unknown.filter(|_| printer.printed == 0) {
            let user = muniment_domain::UserId::from_uuid(user);
            return Err(CliError::NotFound(format!(
                "the log holds nothing about {user}"
            )));
        }
        if self.follow {
            follow(&filter, seen.max(head), &mut printer).await?;
        }
        Ok(())
    }

    async fn filter(&self, app: &App) -> Result<EventFilter, CliError> {
        let subject = match &self.user {
            Some(user) => Some(context::find_user(app, user).await?.as_uuid()),
            None => None,
        };
        Ok(EventFilter {
            subject,
            types: self.types.clone(),
            actor: self.actor.clone(),
            client: self.client.clone(),
            session: self.session.clone(),
            since: self.since,
            until: self.until,
        })
    }

    /// Whether nothing but the account narrows it.
    fn is_whole(&self) -> bool {
        self.types.is_empty()
            && self.actor.is_none()
            && self.client.is_none()
            && self.session.is_none()
            && self.since.is_none()
            && self.until.is_none()
            && self.after.is_none()
            && self.before.is_none()
    }

    /// Prints what there is up to the head; answers with the last position that was looked at.
    async fn print_known(
        &self,
        filter: &EventFilter,
        head: Position,
        printer: &mut Printer<'_>,
    ) -> Result<Position, CliError> {
        let mut page = EventPage {
            after: self.after,
            before: Some(self.before.unwrap_or(head + 1).min(head + 1)),
            backward: self.last.is_some(),
            limit: self.last.unwrap_or(PAGE),
        };
        let mut left = self.limit;
        loop {
            if let Some(left) = left {
                page.limit = page.limit.min(left);
            }
            if page.limit == 0 {
                return Ok(head);
            }
            let found = index::find(&printer.app.database, filter, page).await?;
            let count = u32::try_from(found.events.len()).unwrap_or(u32::MAX);
            let last = found.events.last().map(|event| event.position);
            printer.print(found.events).await?;
            left = left.map(|left| left - count);
            match last {
                Some(last) if found.has_more && !page.backward => page.after = Some(last),
                _ => return Ok(head),
            }
        }
    }
}

async fn follow(
    filter: &EventFilter,
    mut after: Position,
    printer: &mut Printer<'_>,
) -> Result<(), CliError> {
    let mut tail = printer.app.log.tail();
    let interrupted = tokio::signal::ctrl_c();
    tokio::pin!(interrupted);
    loop {
        let page = EventPage {
            after: Some(after),
            before: None,
            backward: false,
            limit: PAGE,
        };
        let found = index::find(&printer.app.database, filter, page).await?;
        if let Some(last) = found.events.last() {
            after = last.position;
            printer.print(found.events).await?;
            continue;
        }
        tokio::select! {
            changed = tail.changed() => if changed.is_err() { return Ok(()) },
            _ = &mut interrupted => return Ok(()),
        }
    }
}

impl Printer<'_> {
    async fn print(&mut self, records: Vec<RecordedEvent>) -> Result<(), CliError> {
        let events = Audited::read_all(self.app, &self.actor, records, self.personal).await?;
        if events.is_empty() {
            return Ok(());
        }
        self.printed += events.len();
        match self.form {
            Form::Table => output::print_table(
                [
                    "POSITION",
                    "TIME (UTC)",
                    "WHAT",
                    "ABOUT",
                    "BY",
                    "THROUGH",
                    "DETAILS",
                ],
                events.iter().map(row),
            ),
            Form::Lines => events.iter().for_each(|event| {
                output::print_json_line(&line(event));
            }),
            Form::CloudEvents => events.iter().for_each(|event| {
                let issuer = self.app.site.issuer.as_str();
                output::print_json_line(&event.cloud_event(issuer));
            }),
        }
        let mut out = std::io::stdout();
        if !out.is_terminal() {
            // Whoever reads a pipe waits for what was printed.
            out.flush()
                .map_err(|error| CliError::Failed(format!("cannot print: {error}")))?;
        }
        Ok(())
    }
}

fn line(event: &Audited) -> Value {
    let Audited {
        record, metadata, ..
    } = event;
    json!({
        "position": record.position,
        "time": rfc3339_z(record.recorded_at),
        "event_id": record.event_id,
        "type": record.event_type,
        "version": record.event_version,
        "user": event.user_id(),
        "actor": metadata.actor,
        "client": metadata.client,
        "session": metadata.session,
        "correlation_id": metadata.correlation_id,
        "details": event.fields.values,
    })
}

fn row(event: &Audited) -> [String; 7] {
    let own = |name: &str| name == "user_id";
    let details: Vec<String> = event
        .fields
        .values
        .iter()
        .filter(|(name, value)| !value.is_null() && !own(name))
        .map(|(name, value)| format!("{name}={}", show(value)))
        .collect();
    let Audited {
        record, metadata, ..
    } = event;
    [
        record.position.to_string(),
        output::time(record.recorded_at),
        record.event_type.clone(),
        event.user_id().unwrap_or_default(),
        metadata.actor.clone(),
        metadata
            .client
            .as_ref()
            .map_or_else(String::new, |client| format!("client:{client}")),
        details.join(" "),
    ]
}

fn event_type(text: &str) -> Result<String, String> {
    if event_kinds().any(|kind| kind.event_type == text) {
        return Ok(text.to_owned());
    }
    Err("there is no such type of event; docs/events.md lists them".to_owned())
}

fn ulid(text: &str) -> Result<String, String> {
    let id = muniment_domain::parse_ulid(text).map_err(|error| error.to_string())?;
    Ok(muniment_domain::ClientId::from_uuid(id).to_string())
}

fn session(text: &str) -> Result<String, String> {
    const KINDS: [&str; 4] = [
        "browser_session",
        "oauth2_session",
        "compat_session",
        "personal_session",
    ];
    let (kind, id) = text.split_once(':').unwrap_or((text, ""));
    if !KINDS.contains(&kind) {
        return Err(format!("not one of {}", KINDS.join(", ")));
    }
    Ok(format!("{kind}:{}", ulid(id)?))
}

/// Microseconds since 1970.
fn time(text: &str) -> Result<i64, String> {
    read_time(text)
        .ok_or_else(|| "neither a date (2026-01-31) nor a time (2026-01-31T12:00:00Z)".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_date_or_has_an_offset() {
        assert_eq!(time("1970-01-02"), Ok(86_400_000_000));
        assert_eq!(time("1970-01-01T01:00:01+01:00"), Ok(1_000_000));
        assert!(time("yesterday").is_err());
        assert!(time("1970-01-01T00:00:01").is_err());
    }

    #[test]
    fn a_session_names_its_kind() {
        let ulid = "01040G2081040G2081040G2081";
        let read = session(&format!("oauth2_session:{}", ulid.to_lowercase()));
        assert_eq!(read, Ok(format!("oauth2_session:{ulid}")));
        assert!(session(ulid).is_err());
        assert!(session("user:01040G2081040G2081040G2081").is_err());
    }
}
