//! What the log costs, measured against the bare database in the same run on the same server; and what
//! a storm of logins costs everybody else, and a page of a long list or of a long history. It also makes
//! long histories.
//!
//! Run through `cargo xtask bench`, which builds this optimised and brings a PostgreSQL that waits
//! for its disk.

mod ambient;
mod append;
mod baseline;
mod bundle;
mod growth;
mod history;
mod login;
mod measure;
mod ours;
mod pages;
mod past;
mod replay;
mod report;
mod seed;

use std::{error::Error, path::PathBuf};

use clap::{Parser, Subcommand};
use mimalloc::MiMalloc;

/// The server's.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Anything that stops a bench: there is nobody to recover for.
pub type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[derive(Debug, Parser)]
struct Bench {
    /// A PostgreSQL server on which databases may be created
    #[arg(long, env = "MUNIMENT_BENCH_POSTGRES", default_value = "")]
    postgres: String,
    /// A folder on the disk to be measured, for SQLite
    #[arg(long, default_value_os_t = std::env::temp_dir())]
    folder: PathBuf,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Appends with 1, 8 and 32 writers, replay, and whether an append costs more as the log grows
    Log {
        /// How long each measurement takes
        #[arg(long, default_value_t = 3)]
        seconds: u64,
        /// Measurements of each kind, taken in turn; the median counts
        #[arg(long, default_value_t = 3)]
        rounds: usize,
        /// Events in the log for replay and growth
        #[arg(long, default_value_t = 1_000_000)]
        events: u64,
        /// Leave out replay and growth
        #[arg(long)]
        appends_only: bool,
    },
    /// GraphQL requests alone and during a storm of logins, which are checked as passwords are
    Login {
        /// How long each measurement takes
        #[arg(long, default_value_t = 10)]
        seconds: u64,
        /// Logins at once
        #[arg(long, default_value_t = 64)]
        logins: usize,
        /// Clients that ask by GraphQL meanwhile
        #[arg(long, default_value_t = 4)]
        askers: usize,
    },
    /// Replay into fresh read models, and comparing them
    Replay {
        #[arg(long, default_value_t = 1_000_000)]
        events: u64,
    },
    /// Sealing a log, handing it out as a bundle, and verifying that
    Bundle {
        /// Events in the log
        #[arg(long, default_value_t = 1_000_000)]
        events: u64,
    },
    /// Pages at the beginning and at the end of a long list, by REST
    Pages {
        /// How long each measurement takes
        #[arg(long, default_value_t = 2)]
        seconds: u64,
        /// Users in the list
        #[arg(long, default_value_t = 100_000)]
        users: usize,
    },
    /// Pages of a long history, by REST; the start of a server; the room that events take
    History {
        /// How long each measurement takes
        #[arg(long, default_value_t = 3)]
        seconds: u64,
        #[arg(long, default_value_t = 1_000_000)]
        events: u64,
    },
    /// Make a log of ordinary events, and a configuration to serve it by
    Seed {
        #[arg(long, default_value_t = 1_000_000)]
        events: u64,
        /// A database instead of one in the folder
        #[arg(long, value_name = "URI")]
        database: Option<String>,
        /// Where the configuration goes
        #[arg(value_name = "FOLDER")]
        into: PathBuf,
    },
}

#[tokio::main]
async fn main() -> Result<()> {
    let bench = Bench::parse();
    let servers = ours::Servers {
        postgres: bench.postgres,
        folder: bench.folder,
    };
    let (seconds, rounds, events, appends_only) = match bench.what {
        What::Log {
            seconds,
            rounds,
            events,
            appends_only,
        } => (seconds, rounds, events, appends_only),
        What::Login {
            seconds,
            logins,
            askers,
        } => return login::run(seconds, logins, askers).await,
        What::Pages { seconds, users } => return pages::run(seconds, users).await,
        What::History { seconds, events } => return history::run(seconds, events).await,
        What::Seed {
            events,
            database,
            into,
        } => return seed::run(&into, database, events).await,
        What::Replay { events } => return past::run(&servers, events).await,
        What::Bundle { events } => return bundle::run(&servers, events).await,
    };
    append::run(&servers, seconds, rounds).await?;
    if !appends_only {
        replay::run(&servers, events).await?;
        growth::run(&servers, events).await?;
    }
    Ok(())
}
