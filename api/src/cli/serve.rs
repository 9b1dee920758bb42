//! `muniment serve`: the server.

use std::{io::Write, path::PathBuf};

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};
use url::Url;

use super::{CliError, context, output};
use crate::{app::App, background, config::Config, http, jobs::Worker, settings};

#[derive(Debug, Args)]
pub struct Serve {
    /// Do only what requests ask for: mails and the homeserver are left to `muniment worker`
    #[arg(long)]
    no_worker: bool,
}

impl Serve {
    pub async fn run(self, files: &[PathBuf]) -> Result<(), CliError> {
        let ambient = context::Ambient::new()?;
        let config = context::load(files, &ambient)?;
        // Sockets first: a second server must not touch the database before it fails.
        let bound = http::bind(&config).await?;
        let parts = settings::parts(&config, ambient.clock, ambient.entropy)?;
        let app = App::start(parts).await?;
        let background = background::start(&app);
        let stop = stop_signal()?;
        let worker = (!self.no_worker).then(|| Worker::start(&app));
        greet(&config, &bound.addresses);
        let served = http::serve(app.clone(), &config, bound, stop).await;
        if let Some(worker) = worker {
            worker.stop().await;
        }
        background.stop().await;
        app.stop().await;
        served?;
        tracing::info!("stopped");
        Ok(())
    }
}

/// Resolves at SIGTERM or Ctrl-C.
pub(super) fn stop_signal() -> Result<impl Future<Output = ()>, CliError> {
    let failed = |error| CliError::Failed(format!("cannot listen for signals: {error}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Where it listens, where the data lies, and what to do next.
fn greet(config: &Config, addresses: &[String]) {
    let program = std::env::var("MUNIMENT_PROGRAM").unwrap_or_else(|_| "muniment".to_owned());
    let text = format!(
        "Muniment {} is ready\n{}",
        env!("CARGO_PKG_VERSION"),
        output::facts(&[
            ("listening on", addresses.join(", ")),
            ("public address", config.http.public_base.to_string()),
            ("data", data_location(config)),
            (
                "next",
                format!("TOKEN=$({program} users register alice --admin --token)"),
            ),
        ])
    );
    let mut out = std::io::stdout().lock();
    // A closed standard output is no reason not to serve.
    drop(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
}

fn data_location(config: &Config) -> String {
    let uri = config.database.connection_uri();
    match Url::parse(uri.expose()) {
        Ok(mut url) if url.scheme().starts_with("postgres") => {
            // Setting fails only for URLs that cannot have a password, which then have none.
            let _ = url.set_password(None);
            url.set_query(None);
            url.to_string()
        }
        _ => uri
            .expose()
            .trim_start_matches("sqlite://")
            .split('?')
            .next()
            .unwrap_or_default()
            .to_owned(),
    }
}
