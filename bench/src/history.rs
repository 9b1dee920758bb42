//! What the history costs when it is long: the start of a server, filtered pages of the events API, the
//! room that an event takes, and what a day adds.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use muniment_domain::{ClientId, UserId};
use muniment_store::{log::EventLog, sql::query};
use muniment_tests::{Backend, TestDatabase, TestLog, TestServer, client, server::configuration};
use tokio::time::sleep;

use crate::{Result, measure::measure, report, seed};

const LENGTH: usize = 100;
/// Clients that ask at once.
const ASKERS: usize = 2;
/// People who use their accounts on the day that is measured.
const PEOPLE: u64 = 1_000;

/// Measures on both backends.
pub async fn run(seconds: u64, events: u64) -> Result<()> {
    let time = Duration::from_secs(seconds);
    let mut table = report::table(["BACKEND", "ASKED FOR", "A SECOND", "p50 ms", "p99 ms"]);
    let mut facts = Vec::new();
    for backend in [Backend::Postgres, Backend::Sqlite] {
        let database = TestDatabase::new(backend).await;
        let log = Arc::new(seed::open(&database.options()).await);
        seed::fill(&log, events).await?;
        let asked = questions(&log).await?;
        let mut people = seed::people(&log, PEOPLE).await?;
        let before = size(&log).await?;
        let head = log.head().await;
        seed::day(&mut people).await?;
        drop(people);
        let (grown, of_day) = (size(&log).await?, log.head().await - head);
        seed::close(log).await;
        #[expect(clippy::cast_precision_loss, reason = "sizes of files")]
        facts.push(format!(
            "{backend:?}: {:.0} bytes an event with read models; a day of {PEOPLE} people: \
             {of_day} events, {:.2} MiB",
            before as f64 / head as f64,
            grown.saturating_sub(before) as f64 / 1_048_576.0
        ));

        let yaml = configuration(database.uri(), "experimental: {access_token_ttl: 3600}");
        let started = Instant::now();
        let server = Arc::new(TestServer::start_quietly(&database, &yaml).await);
        let first = started.elapsed();
        indexed(&server, head).await?;
        drop(server);
        let started = Instant::now();
        let server = Arc::new(TestServer::start_quietly(&database, &yaml).await);
        facts.push(format!(
            "{backend:?}: started in {} ms, {} ms where nothing was indexed yet",
            started.elapsed().as_millis(),
            first.as_millis()
        ));
        let token = server.admin_token().await;
        for (what, question) in &asked {
            report::progress(&format!("{backend:?}, {what}"));
            let path = format!("/api/admin/v1/events?{question}&page[last]={LENGTH}");
            let once = |_| {
                let (server, token, path) = (server.clone(), token.clone(), path.clone());
                move || {
                    let request = server.get(&path).bearer_auth(&token);
                    async move {
                        request.send().await?.error_for_status()?.text().await?;
                        Ok(())
                    }
                }
            };
            once(0)().await?;
            let measured = measure(ASKERS, time, once).await?;
            table.add_row([
                format!("{backend:?}"),
                (*what).to_owned(),
                format!("{:.0}", measured.rate),
                report::millis(measured.p50),
                report::millis(measured.p99),
            ]);
        }
    }
    report::clear();
    println!("\nThe newest {LENGTH} of {events} events, {ASKERS} clients\n{table}");
    for fact in facts {
        println!("{fact}");
    }
    Ok(())
}

/// What auditors ask, from what is often to what is seldom.
async fn questions(log: &TestLog) -> Result<Vec<(&'static str, String)>> {
    let head = log.head().await;
    let middle = log.log.read_all(head / 2, 200).await?;
    let user = middle.iter().find_map(|event| event.subject);
    let user = UserId::from_uuid(user.ok_or("the log is about nobody")?);
    let client: ClientId = client(3);
    let at = format!("filter[before-position]={}", head / 2);
    Ok(vec![
        ("everything", "personal-data=false".to_owned()),
        ("one person", format!("filter[user]={user}")),
        ("one client", format!("filter[client]={client}")),
        (
            "a frequent type",
            "filter[type]=oauth2_session.started".to_owned(),
        ),
        ("a rare type", "filter[type]=user.locked".to_owned()),
        (
            "an operator's doing",
            "filter[actor]=operator:carol".to_owned(),
        ),
        (
            "a type and a client",
            format!("filter[type]=oauth2_session.started&filter[client]={client}"),
        ),
        (
            "a type and an actor who never did it",
            "filter[type]=oauth2_session.started&filter[actor]=operator:carol".to_owned(),
        ),
        (
            "a rare type, from the middle",
            format!("filter[type]=user.locked&{at}"),
        ),
        (
            "two of its types of one person",
            format!(
                "filter[user]={user}&filter[type]=browser_session.started&filter[type]=user.locked"
            ),
        ),
    ])
}

/// Waits until the index has come so far.
async fn indexed(server: &TestServer, head: u64) -> Result<()> {
    loop {
        let metrics = server.get("/metrics").send().await?.text().await?;
        let line = metrics
            .lines()
            .find_map(|line| line.strip_prefix("muniment_event_index_position "));
        let position: u64 = line.unwrap_or("0").parse()?;
        if position >= head {
            return Ok(());
        }
        report::progress(&format!("indexed: {position} of {head}"));
        sleep(Duration::from_millis(200)).await;
    }
}

/// Bytes on the disk.
async fn size(log: &TestLog) -> Result<u64> {
    let statement = match log.database.dialect() {
        muniment_store::sql::Dialect::Postgres => "SELECT pg_database_size(current_database())",
        muniment_store::sql::Dialect::Sqlite => {
            "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        }
    };
    let row = log.database.fetch_one(query(statement)).await?;
    let bytes: i64 = row.get(0)?;
    Ok(bytes.unsigned_abs())
}
