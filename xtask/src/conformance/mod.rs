//! `cargo xtask conformance`: the server's answers against recorded ones, on each backend.

mod config;
mod health;
mod server;
mod suite;

pub use suite::{Scenarios, Suite};

use std::path::Path;

use crate::{
    cli::Backend,
    failure::{Context, Failure, Result},
    postgres::OnDemand,
    workspace::{build_server, free_ports},
};

use config::Settings;
use server::Server;
use suite::Totals;

/// The database that the server gets in a cluster.
const DATABASE: &str = "conformance";

/// `cargo xtask conformance`
pub fn run(backend: Option<Backend>, all: bool, named: Vec<String>) -> Result<()> {
    let suite = Suite::find()?.ok_or_else(|| Failure::new(Suite::ABSENT).with_code(2))?;
    let scenarios = match (all, named) {
        (true, _) => Scenarios::All,
        (false, named) if named.is_empty() => Scenarios::Passing,
        (false, named) => Scenarios::Named(named),
    };
    let backends = backend.map_or_else(|| Backend::ALL.to_vec(), |one| vec![one]);
    compare(&suite, &backends, &scenarios, &mut OnDemand::default())
}

/// Runs the scenarios on each backend and fails when an answer differs on any of them.
pub fn compare(
    suite: &Suite,
    backends: &[Backend],
    scenarios: &Scenarios,
    postgres: &mut OnDemand,
) -> Result<()> {
    let program = build_server()?;
    let mut sum = Totals::default();
    for backend in backends {
        println!("\n{}", backend.name());
        sum += compare_on(*backend, &program, suite, scenarios, postgres)?;
    }
    println!("\n{sum}");
    if sum.failed == 0 {
        Ok(())
    } else {
        Err(Failure::new(
            "answers differ from the recorded ones; see above",
        ))
    }
}

fn compare_on(
    backend: Backend,
    program: &Path,
    suite: &Suite,
    scenarios: &Scenarios,
    postgres: &mut OnDemand,
) -> Result<Totals> {
    let dir = tempfile::Builder::new()
        .prefix("muniment-conformance-")
        .tempdir()
        .context("cannot make a folder for the server's data")?;
    let database_uri = match backend {
        Backend::Sqlite => format!("sqlite://{}/muniment.db", dir.path().display()),
        Backend::Postgres => {
            let cluster = postgres.get()?;
            cluster.create_database(DATABASE)?;
            cluster.uri(DATABASE)
        }
    };
    let [port, smtp_port] = free_ports()?;
    let settings = Settings {
        port,
        smtp_port,
        database_uri,
    };
    let config = settings.write(&suite.config()?, dir.path())?;

    let mut server = Server::start(program, &config, dir.path(), port)?;
    let compared = suite.run(port, smtp_port, scenarios);
    let stopped = server.stop();
    match &compared {
        Ok(totals) if totals.failed == 0 && stopped.is_ok() => {}
        _ => server.print_log_tail(),
    }
    let totals = compared?;
    println!("{}: {totals}", backend.name());
    stopped?;
    Ok(totals)
}
