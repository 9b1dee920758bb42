//! Appends a second, beside what the bare database does.

use std::time::Duration;

use crate::{
    Result, baseline,
    measure::{Measured, median},
    ours::{self, Backend, Reads, Servers},
    report::{self, Line},
};

const WRITERS: [usize; 3] = [1, 8, 32];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bare,
    PostgresEs,
    Log,
    LogAndReads,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare insert",
            Self::PostgresEs => "postgres-es",
            Self::Log => "log",
            Self::LogAndReads => "log + read models",
        }
    }

    async fn measure(
        self,
        servers: &Servers,
        backend: Backend,
        writers: usize,
        time: Duration,
    ) -> Result<Measured> {
        match (self, backend) {
            (Self::Bare, Backend::Postgres) => baseline::postgres(servers, writers, time).await,
            (Self::Bare, Backend::Sqlite) => baseline::sqlite(servers, writers, time).await,
            (Self::PostgresEs, _) => baseline::postgres_es(servers, writers, time).await,
            (Self::Log, _) => ours::appends(servers, backend, Reads::None, writers, time).await,
            (Self::LogAndReads, _) => {
                ours::appends(servers, backend, Reads::Projections, writers, time).await
            }
        }
    }
}

/// Measures every kind with every number of writers, in turn, and prints the medians.
pub async fn run(servers: &Servers, seconds: u64, rounds: usize) -> Result<()> {
    let time = Duration::from_secs(seconds);
    for (backend, kinds) in [
        (
            Backend::Postgres,
            &[Kind::Bare, Kind::PostgresEs, Kind::Log, Kind::LogAndReads][..],
        ),
        (
            Backend::Sqlite,
            &[Kind::Bare, Kind::Log, Kind::LogAndReads][..],
        ),
    ] {
        let mut lines = Vec::new();
        for writers in WRITERS {
            let mut measured = vec![Vec::new(); kinds.len()];
            for round in 0..rounds {
                for (kind, into) in kinds.iter().zip(&mut measured) {
                    report::progress(&format!(
                        "{backend:?}, {writers} writers, {}, round {}",
                        kind.name(),
                        round + 1
                    ));
                    into.push(kind.measure(servers, backend, writers, time).await?);
                }
            }
            let medians: Vec<Measured> = measured.into_iter().filter_map(median).collect();
            let bare = medians.first().map_or(f64::NAN, |bare| bare.rate);
            lines.extend(kinds.iter().zip(medians).map(|(kind, measured)| Line {
                writers,
                what: kind.name(),
                measured,
                ratio: measured.rate / bare,
            }));
        }
        report::appends(backend, &lines);
    }
    Ok(())
}
