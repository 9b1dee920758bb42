//! Replaying a log of people into fresh read models, as `muniment audit replay` does, beside the
//! ordinary way of building them.

use std::time::Instant;

use muniment_domain::{
    AuthenticationId, AuthenticationMethod, BrowserSessionEvent, BrowserSessionId, ClientId,
    EmailAddress, EmailId, GrantType, Oauth2SessionEvent, Oauth2SessionId, PasswordId, Pii,
    SessionEnd, StoredEvent, UserEvent, UserId, Username, user::Origin,
};
use muniment_projections::{Leaves, Projections, Replay};
use muniment_store::{
    Codec,
    log::{Append, EventLog, StreamAppend, StreamId, head_within},
    sql::{Transaction, scratch},
};
use uuid::Uuid;

use crate::{
    Result,
    ours::{self, Backend, Ours, Reads, Servers, ids},
    replay::{peak_mib, reset_peak},
    report,
};

/// Streams in one append while filling.
const AT_ONCE: usize = 1000;
/// Of so many people one is deactivated.
const DEACTIVATED: usize = 100;

pub async fn run(servers: &Servers, events: u64) -> Result<()> {
    println!("\nReplay of {events} events about people into fresh read models");
    let mut table = report::table([
        "LOG IN",
        "REPLAYED A SECOND",
        "CPU s",
        "COMPARED, ROWS A SECOND",
        "ORDINARY REBUILD",
        "PEAK MEMORY MiB",
    ]);
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let place = backend.scratch(servers).await?;
        let ours = Ours::open(&place, Reads::None).await?;
        fill(&ours, events).await?;
        let projections = Projections::new(ours.codec.clone());
        report::progress(&format!("{backend:?}, rebuild"));
        let began = Instant::now();
        projections.prepare(&ours.database).await?;
        let rebuilt = rate(events, began);
        report::progress(&format!("{backend:?}, replay"));
        reset_peak();
        let mut live = Transaction::snapshot(&ours.database).await?;
        let to = head_within(&mut live).await?;
        let scratch = scratch().await?;
        let replay = Replay {
            live,
            scratch,
            to,
            leaves: Leaves::Rows,
        };
        let (began, cpu) = (Instant::now(), cpu_seconds());
        let mut replay = projections.replay(replay, |_| {}, |_| {}).await?;
        let (replayed, cpu) = (rate(to, began), cpu_seconds() - cpu);
        let peak = peak_mib();
        let began = Instant::now();
        let (mut differences, Replay { live, scratch, .. }) = (0_u64, &mut replay);
        let tables = projections
            .discrepancies(scratch, live, to, |_| differences += 1)
            .await?;
        let rows = tables.iter().map(|table| table.rows).sum();
        if differences > 0 {
            return Err(format!("{differences} differences").into());
        }
        table.add_row([
            format!("{backend:?}"),
            format!("{replayed:.0}"),
            format!("{cpu:.1}"),
            format!("{:.0}", rate(rows, began)),
            format!("{rebuilt:.0}"),
            peak.map_or_else(|| "unknown".to_owned(), |mib| mib.to_string()),
        ]);
        drop(replay);
        ours.close().await;
        place.drop().await?;
    }
    report::clear();
    println!("{table}");
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a count")]
fn rate(count: u64, since: Instant) -> f64 {
    count as f64 / since.elapsed().as_secs_f64()
}

/// What this process has used of the processors (Linux).
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks: f64 = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<f64>().ok())
        .sum();
    ticks / 100.0
}

/// Makes a log of people who register, sign in, allow an application, and sign out again.
async fn fill(ours: &Ours, events: u64) -> Result<()> {
    let (mut head, mut people) = (ours.log.head().await?, 0);
    while head < events {
        let mut batch: Append = ours::append();
        while batch.streams.len() < AT_ONCE {
            people += 1;
            batch.streams.extend(person(&ours.codec, people).await?);
        }
        head = ours.log.append(batch).await?.last_position;
        if people % 10 == 0 {
            report::progress(&format!("filling: {head} of {events} events"));
        }
    }
    Ok(())
}

async fn person(codec: &Codec, number: usize) -> Result<Vec<StreamAppend>> {
    let user_id = UserId::from_uuid(ids().ulid());
    let agent = || Some(Pii::Clear("Mozilla/5.0 (X11; Linux x86_64)".to_owned()));
    let email_id = EmailId::from_uuid(ids().ulid());
    let mut account = vec![
        UserEvent::UserRegistered {
            user_id,
            username: Pii::Clear(Username::parse(&format!("person-{number}"))?),
            origin: Origin::SelfService,
        },
        UserEvent::UserEmailAdded {
            user_id,
            email_id,
            email: Pii::Clear(EmailAddress::parse(&format!("{number}@example.com"))?),
            origin: Origin::SelfService,
        },
        UserEvent::UserPasswordSet {
            user_id,
            password_id: PasswordId::from_uuid(ids().ulid()),
            scheme_version: 1,
            origin: Origin::SelfService,
        },
    ];
    let mut streams = Vec::new();
    for _ in 0..3 {
        let session_id = BrowserSessionId::from_uuid(ids().ulid());
        let browser = vec![
            BrowserSessionEvent::BrowserSessionStarted {
                session_id,
                user_id,
                user_agent: agent(),
                ip: Some(Pii::Clear("192.0.2.7".parse()?)),
            },
            BrowserSessionEvent::BrowserSessionAuthenticated {
                session_id,
                user_id,
                authentication_id: AuthenticationId::from_uuid(ids().ulid()),
                method: AuthenticationMethod::Issued,
            },
            BrowserSessionEvent::BrowserSessionFinished {
                session_id,
                user_id,
                reason: SessionEnd::SignedOut,
            },
        ];
        streams.push(stream(codec, "browser_session", session_id.as_uuid(), browser).await?);
        let browser = Some(session_id);
        let session_id = Oauth2SessionId::from_uuid(ids().ulid());
        let application = vec![
            Oauth2SessionEvent::Oauth2SessionStarted {
                session_id,
                client_id: ClientId::from_uuid(Uuid::from_u128(1)),
                user_id: Some(user_id),
                scope: "openid urn:matrix:client:api:*".parse()?,
                grant: GrantType::AuthorizationCode,
                browser_session_id: browser,
                user_agent: agent(),
                ip: None,
            },
            Oauth2SessionEvent::Oauth2SessionFinished {
                session_id,
                user_id: Some(user_id),
                reason: SessionEnd::Revoked,
            },
        ];
        streams.push(stream(codec, "oauth2_session", session_id.as_uuid(), application).await?);
    }
    if number.is_multiple_of(DEACTIVATED) {
        account.push(UserEvent::UserDeactivated {
            user_id,
            erase_on_homeserver: false,
            shredded_emails: Vec::new(),
        });
    }
    streams.insert(0, stream(codec, "user", user_id.as_uuid(), account).await?);
    Ok(streams)
}

async fn stream<E>(
    codec: &Codec,
    aggregate_type: &str,
    id: Uuid,
    events: Vec<E>,
) -> Result<StreamAppend>
where
    E: StoredEvent + Into<muniment_domain::Event>,
{
    let mut sealed = Vec::with_capacity(events.len());
    for event in events {
        sealed.push(codec.seal(&event, ids().event_id()).await?);
    }
    Ok(StreamAppend {
        stream: StreamId::new(aggregate_type, id),
        expected_version: 0,
        events: sealed,
    })
}
