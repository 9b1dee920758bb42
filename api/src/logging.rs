//! Structured logs on standard error: text on a terminal, JSON lines elsewhere.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Starts logging. `RUST_LOG` chooses what is logged, `MUNIMENT_LOG_FORMAT` (`text` or `json`) how.
pub fn start(quiet: bool) {
    let default = if quiet { "warn" } else { "info" };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let json = match std::env::var("MUNIMENT_LOG_FORMAT").as_deref() {
        Ok("json") => true,
        Ok("text") => false,
        _ => !quiet && !std::io::stderr().is_terminal(),
    };
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let started = if json {
        subscriber.json().flatten_event(true).try_init()
    } else {
        subscriber.with_target(false).try_init()
    };
    if let Err(error) = started {
        eprintln!("warning: logging could not be started: {error}");
    }
}
