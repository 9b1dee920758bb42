//! What a page of a long list costs at its beginning and at its end, as a client of the Admin API sees it,
//! with the number of all and without; and how the database finds it.

use std::{sync::Arc, time::Duration};

use muniment_domain::{User, UserError, UserId};
use muniment_store::Batch;
use muniment_tests::{
    Backend, TestDatabase, TestServer, beside::beside, plans, register, server::configuration,
};

use crate::{
    Result,
    measure::{Measured, measure, median},
    report,
};

const LENGTH: usize = 100;
/// Measurements of each page; the median counts.
const ROUNDS: usize = 5;
/// Accounts registered by one append.
const AT_ONCE: usize = 500;

/// A page that is asked for.
struct Wanted {
    what: &'static str,
    query: String,
    /// What stands for the page's place in the statement, if anything does.
    cursor: Option<String>,
}

/// Measures on both backends, and prints the ratios and the plans.
pub async fn run(seconds: u64, users: usize) -> Result<()> {
    let time = Duration::from_secs(seconds);
    let headers = ["BACKEND", "PAGE", "COUNT", "p50 ms", "p99 ms", "TO FIRST"];
    let mut table = report::table(headers);
    let mut shown = Vec::new();
    // The statements are read off PostgreSQL, and are the same on both.
    let mut statements = Vec::new();
    for backend in [Backend::Postgres, Backend::Sqlite] {
        let database = TestDatabase::new(backend).await;
        let ids = fill(&database, users).await?;
        let pages = pages(&ids);
        // For longer than it takes.
        let lifetime = "experimental: {access_token_ttl: 3600}";
        let yaml = configuration(database.uri(), lifetime);
        let server = Arc::new(TestServer::start_quietly(&database, &yaml).await);
        let token = server.admin_token().await;
        for count in ["false", "true"] {
            // In turn, so that whatever else the machine does meets all of them.
            let mut rounds = vec![Vec::new(); pages.len()];
            for round in 1..=ROUNDS {
                report::progress(&format!("{backend:?}, count={count}, round {round}"));
                for (page, measured) in pages.iter().zip(&mut rounds) {
                    let query = format!("{}&count={count}", page.query);
                    measured.push(ask(&server, &token, &query, LENGTH, time).await?);
                }
            }
            let mut first = None;
            for (page, measured) in pages.iter().zip(rounds) {
                let measured = median(measured).ok_or("nothing was measured")?;
                let first = *first.get_or_insert(measured.p50);
                table.add_row([
                    format!("{backend:?}"),
                    page.what.to_owned(),
                    count.to_owned(),
                    report::millis(measured.p50),
                    report::millis(measured.p99),
                    format!("{:.2}", measured.p50.as_secs_f64() / first.as_secs_f64()),
                ]);
            }
        }
        let counted = ask(&server, &token, "count=only", 0, time).await?;
        table.add_row([
            format!("{backend:?}"),
            "none".to_owned(),
            "only".to_owned(),
            report::millis(counted.p50),
            report::millis(counted.p99),
            String::new(),
        ]);
        for (index, page) in pages.iter().enumerate() {
            let plan = if backend == Backend::Postgres {
                let query = format!("{}&count=false", page.query);
                ask(&server, &token, &query, LENGTH, Duration::ZERO).await?;
                let statement = plans::last_page_of(database.uri(), "users").await?;
                let cursor = page.cursor.as_deref().map(quoted).transpose()?;
                let limit = (LENGTH + 1).to_string();
                let parameters: Vec<_> = cursor.into_iter().chain([limit]).collect();
                let plan = plans::of_postgres(database.uri(), &statement, &parameters).await?;
                statements.push(statement);
                plan
            } else {
                plans::of_sqlite(database.uri(), &statements[index]).await?
            };
            let plan = plan.join("\n  ");
            shown.push(format!("\n{backend:?}, {}\n  {plan}", page.what));
        }
    }
    report::clear();
    println!("\nPages of {LENGTH} of {users} users\n{table}");
    for plan in shown {
        println!("{plan}");
    }
    Ok(())
}

/// Registers so many accounts; their ids in the list's order.
async fn fill(database: &TestDatabase, users: usize) -> Result<Vec<String>> {
    let log = beside(database).await;
    let mut ids = Vec::with_capacity(users);
    while ids.len() < users {
        let mut batch = Batch::<UserError>::new();
        for number in ids.len()..users.min(ids.len() + AT_ONCE) {
            let id = log.new_user_id();
            batch = batch.then::<User>(id.as_uuid(), register(id, &format!("person{number}")));
            ids.push(id.to_string());
        }
        log.journal.execute_all(&batch, log.execution()).await?;
        report::progress(&format!("filling: {} of {users} users", ids.len()));
    }
    // Otherwise PostgreSQL would do so at a time of its own.
    let analyze = muniment_store::sql::query("ANALYZE");
    log.database.execute(analyze).await?;
    log.close().await;
    ids.sort_unstable();
    Ok(ids)
}

fn pages(ids: &[String]) -> Vec<Wanted> {
    let after = |id: &str| format!("page[first]={LENGTH}&page[after]={id}");
    let before = |id: &str| format!("page[last]={LENGTH}&page[before]={id}");
    let end = ids.len() - 1;
    let (middle, late, early) = (&ids[end / 2], &ids[end - LENGTH], &ids[LENGTH]);
    let wanted = |what, query, cursor: Option<&String>| Wanted {
        what,
        query,
        cursor: cursor.cloned(),
    };
    vec![
        wanted("first", format!("page[first]={LENGTH}"), None),
        wanted("in the middle", after(middle), Some(middle)),
        wanted("last", after(late), Some(late)),
        wanted("last, backwards", format!("page[last]={LENGTH}"), None),
        wanted("first, backwards", before(early), Some(early)),
    ]
}

/// One client asks again and again; each answer has to have so many.
async fn ask(
    server: &Arc<TestServer>,
    token: &str,
    query: &str,
    length: usize,
    time: Duration,
) -> Result<Measured> {
    let path = format!("/api/admin/v1/users?{query}");
    let once = |_| {
        let (server, token, path) = (server.clone(), token.to_owned(), path.clone());
        move || {
            let request = server.get(&path).bearer_auth(&token);
            async move {
                let answer = request.send().await?.error_for_status()?.text().await?;
                let found = answer.matches("\"type\":\"user\"").count();
                if found == length {
                    Ok(())
                } else {
                    Err(format!("{found} users instead of {length}").into())
                }
            }
        }
    };
    // Once for what is made at the first use.
    once(0)().await?;
    measure(1, time, once).await
}

/// An id as SQL has it.
fn quoted(ulid: &str) -> Result<String> {
    let id: UserId = ulid.parse()?;
    Ok(format!("'{}'", id.as_uuid()))
}
