//! `muniment serve`: the server.

use std::{io::Write, net::SocketAddr, path::PathBuf, sync::Arc};

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};
use url::Url;

use super::{CliError, context, output, progress};
use crate::{
    app::{App, Parts},
    as_of::{Moment, Progress, look_back},
    background,
    config::{Bind, Config, Listener},
    http::{self, ServeError},
    jobs::Worker,
    settings,
};

#[derive(Debug, Args)]
pub struct Serve {
    /// Do only what requests ask for: mails and the homeserver are left to `muniment worker`
    #[arg(long)]
    no_worker: bool,
    /// Serve GraphQL and the Admin API, read-only, as they would have answered at this moment: a
    /// position, a date or a time, such as 2026-03-01T12:00:00Z. The log is replayed up to there first
    #[arg(long, value_name = "TIME|POSITION")]
    as_of: Option<Moment>,
    /// With --as-of: listen here instead of where the configuration says
    #[arg(long, value_name = "ADDRESS:PORT", requires = "as_of")]
    listen: Option<SocketAddr>,
}

impl Serve {
    pub async fn run(self, files: &[PathBuf]) -> Result<(), CliError> {
        let ambient = context::Ambient::new()?;
        let mut config = context::load(files, &ambient)?;
        if let Some(address) = self.listen {
            config.http.listeners = vec![Listener {
                binds: vec![Bind::Address(address)],
                ..Listener::default()
            }];
        }
        // Sockets first: a second server must not touch the database before it fails.
        let bound = match http::bind(&config).await {
            Err(error @ ServeError::Bind { .. }) if self.as_of.is_some() => {
                return Err(CliError::Failed(format!(
                    "{error}, or with --listen ADDRESS:PORT"
                )));
            }
            bound => bound?,
        };
        let parts = || settings::parts(&config, ambient.clock.clone(), ambient.entropy.clone());
        let app = App::start(parts()?).await?;
        if let Some(moment) = self.as_of {
            let served = Box::pin(serve_past(&app, parts()?, moment, &config, bound)).await;
            app.stop().await;
            return served;
        }
        let background = background::start(&app);
        let stop = stop_signal()?;
        let worker = (!self.no_worker).then(|| Worker::start(&app));
        let program = program();
        let next = format!("TOKEN=$({program} users register alice --admin --token)");
        greet(&config, &bound.addresses, ("next", next));
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

/// Serves what was, until told to stop.
async fn serve_past(
    present: &Arc<App>,
    parts: Parts,
    moment: Moment,
    config: &Config,
    bound: http::Bound,
) -> Result<(), CliError> {
    let stop = stop_signal()?;
    let at = moment.find(&present.database).await?;
    let bar = progress::bar();
    bar.set_length(at.position);
    let looked_back = look_back(present, parts, at, |progress| {
        let (what, position) = match progress {
            Progress::Replaying(position) => ("replaying", position),
            Progress::Indexing(position) => ("indexing", position),
        };
        bar.set_message(what);
        bar.set_position(position);
    });
    tokio::pin!(stop);
    let app = tokio::select! {
        app = looked_back => app?,
        // Nothing was kept that would have to be finished.
        () = &mut stop => return Ok(()),
    };
    bar.finish_and_clear();
    let background = background::start_looking_back(&app);
    greet(config, &bound.addresses, ("as of", at.to_string()));
    let served = http::serve(app.clone(), config, bound, stop).await;
    background.stop().await;
    app.stop().await;
    served?;
    tracing::info!("stopped");
    Ok(())
}

/// How it was called.
fn program() -> String {
    std::env::var("MUNIMENT_PROGRAM").unwrap_or_else(|_| "muniment".to_owned())
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

/// Where it listens, where the data lies, and what else there is to know.
fn greet(config: &Config, addresses: &[String], last: (&str, String)) {
    let text = format!(
        "Muniment {} is ready\n{}",
        env!("CARGO_PKG_VERSION"),
        output::facts(&[
            ("listening on", addresses.join(", ")),
            ("public address", config.http.public_base.to_string()),
            ("data", data_location(config)),
            last,
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
