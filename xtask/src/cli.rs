//! The command line.

use std::{ffi::OsString, path::PathBuf};

use clap::{Parser, Subcommand, ValueEnum};

use crate::test::Step;

/// Builds, runs and tests Muniment from its source tree.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
pub struct Cli {
    #[command(subcommand)]
    pub task: Task,
}

#[derive(Debug, Subcommand)]
pub enum Task {
    /// Build and start the server on embedded SQLite
    ///
    /// Data goes to ./muniment-data unless a configuration says otherwise. Ctrl-C stops the server.
    #[command(after_help = "Example:\n  cargo xtask run -- --config muniment.yaml")]
    Run {
        /// Passed on to `muniment serve`
        #[arg(last = true, value_name = "ARGS")]
        args: Vec<OsString>,
    },

    /// Check everything, on SQLite and on PostgreSQL
    ///
    /// Runs these steps in order and stops at the first that fails: fmt, clippy, deny (licences,
    /// bans and sources of the dependencies), doc (doc tests), conformance (where its scenarios are
    /// present), tests. A throw-away PostgreSQL cluster is made from the machine's own binaries;
    /// where there are none they are installed through the system's package manager, or you are
    /// told what to install. The test runner's own summary comes last.
    #[command(after_help = "Examples:\n  \
        cargo xtask test                        everything\n  \
        cargo xtask test --only fmt,clippy      two steps\n  \
        cargo xtask test locking_a_locked_user  only tests with this in their name")]
    Test {
        /// Run only these steps
        #[arg(long, value_enum, value_delimiter = ',', value_name = "STEP")]
        only: Vec<Step>,

        /// Run only tests whose name contains one of these, and no other step
        #[arg(value_name = "FILTER")]
        filters: Vec<String>,
    },

    /// Replay recorded requests against the server and compare the answers
    ///
    /// Starts the server on each backend, on an empty database, and runs conform.py against it.
    /// The scenarios are looked for in ../shared/conformance, or where the environment variable
    /// `MUNIMENT_CONFORMANCE_DIR` says. Needs Python 3.
    Conformance {
        /// Only on this backend
        #[arg(long, value_enum)]
        backend: Option<Backend>,

        /// Every scenario, also those the server is not expected to pass yet
        #[arg(long, conflicts_with = "scenarios")]
        all: bool,

        /// Scenarios to run, by name [default: those the server passes]
        #[arg(value_name = "SCENARIO")]
        scenarios: Vec<String>,
    },

    /// Measure, as ratios to the bare database in the same run
    ///
    /// Builds with optimisation, and starts a PostgreSQL that waits for its disk.
    #[command(after_help = "Examples:\n  \
        cargo xtask bench log                       appends, replay, growth\n  \
        cargo xtask bench log -- --appends-only     appends alone\n  \
        cargo xtask bench login                     others during a storm of logins")]
    Bench {
        #[arg(value_enum)]
        what: Bench,

        /// Passed on to the bench
        #[arg(last = true, value_name = "ARGS")]
        args: Vec<OsString>,
    },

    /// Make a log of ordinary events in a plausible mix, and a configuration to serve it by
    ///
    /// Without --database it is a SQLite file in the folder.
    #[command(after_help = "Example:\n  \
        cargo xtask seed --events 1000000 /tmp/million\n  \
        cargo muniment serve --config /tmp/million/config.yaml")]
    Seed {
        #[arg(long, default_value_t = 1_000_000)]
        events: u64,
        /// A database of its own on a PostgreSQL server
        #[arg(long, value_name = "URI")]
        database: Option<String>,
        folder: PathBuf,
    },

    /// Run the tests of faults in full: fifty times kill -9 under load, on each backend
    ///
    /// `cargo xtask test` runs the same tests with fewer rounds.
    Soak {
        #[arg(long, default_value_t = 50)]
        rounds: u32,
    },

    /// Start a throw-away PostgreSQL cluster and print its URI
    ///
    /// Ctrl-C stops it and deletes its data. With `MUNIMENT_TEST_POSTGRES` set to the URI, single
    /// tests can be run in another terminal by cargo test or cargo nextest.
    Postgres {
        /// Wait for the disk as a real cluster does, for measurements
        #[arg(long)]
        durable: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Bench {
    /// The event log
    Log,
    /// What a storm of logins costs everybody else
    Login,
    /// Pages at the beginning and at the end of a long list
    Pages,
    /// Pages of a long history
    History,
    /// Replay into fresh read models, and comparing them
    Replay,
    /// Sealing a log, handing it out as a bundle, and verifying that
    Bundle,
}

impl Bench {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Login => "login",
            Self::Pages => "pages",
            Self::History => "history",
            Self::Replay => "replay",
            Self::Bundle => "bundle",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Backend {
    Sqlite,
    Postgres,
}

impl Backend {
    pub const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn steps_are_given_as_a_list() {
        let cli = Cli::try_parse_from(["xtask", "test", "--only", "fmt,clippy"]).unwrap();
        assert!(matches!(
            cli.task,
            Task::Test { only, filters } if only == [Step::Fmt, Step::Clippy] && filters.is_empty()
        ));
    }

    #[test]
    fn arguments_of_the_server_come_after_two_dashes() {
        let cli = Cli::try_parse_from(["xtask", "run", "--", "--config", "a.yaml"]).unwrap();
        assert!(matches!(cli.task, Task::Run { args } if args == ["--config", "a.yaml"]));
    }
}
