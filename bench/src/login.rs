//! What a storm of logins costs everybody else: GraphQL requests alone, and while more people sign in
//! than the processors can check passwords of.

use std::{sync::Arc, time::Duration};

use muniment_tests::{Backend, TestDatabase, TestServer, server::configuration};
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::{
    Result,
    measure::{Measured, measure},
    report,
};

const PASSWORD: &str = "correct horse battery staple 9";
/// Their sessions are their own, so that logins do not wait for each other.
const PEOPLE: usize = 16;

/// Measures on both backends and prints the ratios.
pub async fn run(seconds: u64, logins: usize, askers: usize) -> Result<()> {
    let time = Duration::from_secs(seconds);
    let headers = [
        "BACKEND",
        "WHAT",
        "A SECOND",
        "p50 ms",
        "p99 ms",
        "p99 TO QUIET",
    ];
    let mut table = report::table(headers);
    for backend in [Backend::Sqlite, Backend::Postgres] {
        report::progress(&format!("{backend:?}"));
        let database = TestDatabase::new(backend).await;
        let server = start(&database).await?;
        let asking = |_| {
            let server = server.clone();
            move || ask(server.clone())
        };
        let signing_in = |number: usize| {
            let server = server.clone();
            move || sign_in(server.clone(), number % PEOPLE)
        };
        // Once for whatever is made at the first use.
        measure(askers, Duration::from_secs(1), asking).await?;
        let quiet = measure(askers, time, asking).await?;
        let storm = measure(logins, time, signing_in);
        let (storm, meanwhile) = tokio::try_join!(storm, measure(askers, time, asking))?;
        let mut row = |what: String, found: Measured, ratio: String| {
            table.add_row([
                format!("{backend:?}"),
                what,
                format!("{:.0}", found.rate),
                report::millis(found.p50),
                report::millis(found.p99),
                ratio,
            ]);
        };
        let ratio = meanwhile.p99.as_secs_f64() / quiet.p99.as_secs_f64();
        row(
            format!("GraphQL, {askers} clients"),
            quiet,
            "1.00".to_owned(),
        );
        row(
            "the same in the storm".to_owned(),
            meanwhile,
            format!("{ratio:.2}"),
        );
        row(format!("logins, {logins} at once"), storm, String::new());
    }
    report::clear();
    println!("\nA storm of logins\n{table}");
    Ok(())
}

struct Server {
    server: TestServer,
    token: String,
}

async fn start(database: &TestDatabase) -> Result<Arc<Server>> {
    let resources = "        - name: compat\n        - name: oauth\n";
    let yaml = configuration(database.uri(), "");
    let yaml = yaml.replacen("        - name: oauth\n", resources, 1);
    let server = TestServer::start_quietly(database, &yaml).await;
    let token = server.admin_token().await;
    for number in 0..PEOPLE {
        let id = server.register(&token, &name(number)).await;
        let path = format!("/api/admin/v1/users/{id}/set-password");
        let request = server.post(&path).bearer_auth(&token);
        succeed(request.json(&json!({ "password": PASSWORD }))).await?;
    }
    Ok(Arc::new(Server { server, token }))
}

fn name(number: usize) -> String {
    format!("person{number}")
}

async fn ask(of: Arc<Server>) -> Result<()> {
    let query = json!({"query": "{ users(first: 10) { totalCount nodes { id username } } }"});
    let request = of.server.post("/graphql").bearer_auth(&of.token);
    let answer: Value = serde_json::from_str(&succeed(request.json(&query)).await?)?;
    if answer["data"]["users"]["totalCount"] == PEOPLE {
        Ok(())
    } else {
        Err(format!("GraphQL answers {answer}").into())
    }
}

async fn sign_in(to: Arc<Server>, number: usize) -> Result<()> {
    let body = json!({"type": "m.login.password", "password": PASSWORD,
        "identifier": {"type": "m.id.user", "user": name(number)}});
    succeed(to.server.post("/_matrix/client/v3/login").json(&body)).await?;
    Ok(())
}

async fn succeed(request: RequestBuilder) -> Result<String> {
    Ok(request.send().await?.error_for_status()?.text().await?)
}
