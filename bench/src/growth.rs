//! Whether an append costs more as the log grows.

use std::{sync::Arc, time::Duration};

use muniment_store::log::{Append, EventLog};

use crate::{
    Result,
    ours::{self, Backend, Ours, Reads, Servers},
    report,
};

const SMALL: u64 = 10_000;
const WRITERS: usize = 32;
const TIME: Duration = Duration::from_secs(5);
/// Streams in one append while filling.
const AT_ONCE: u64 = 1000;

/// Makes a log of `events` events.
pub async fn fill(ours: &Ours, events: u64) -> Result<()> {
    let log = Arc::clone(&ours.log);
    let mut head = log.head().await?;
    while head < events {
        let mut batch: Append = ours::append();
        for _ in 1..AT_ONCE.min(events - head) {
            batch.streams.extend(ours::append().streams);
        }
        head = log.append(batch).await?.last_position;
        if head % 50_000 == 0 {
            report::progress(&format!("filling: {head} of {events} events"));
        }
    }
    Ok(())
}

/// Measures appends on a small log and on a large one.
pub async fn run(servers: &Servers, events: u64) -> Result<()> {
    println!("\nAppends with {WRITERS} writers and read models, by size of the log");
    let mut table = report::table([
        "BACKEND", "EVENTS", "A SECOND", "p50 ms", "p99 ms", "TO SMALL",
    ]);
    for backend in [Backend::Postgres, Backend::Sqlite] {
        let scratch = backend.scratch(servers).await?;
        let ours = Ours::open(&scratch, Reads::Projections).await?;
        let mut small = f64::NAN;
        for size in [SMALL, events] {
            fill(&ours, size).await?;
            report::progress(&format!("{backend:?}, appends at {size} events"));
            let measured = ours.measure(WRITERS, TIME).await?;
            if size == SMALL {
                small = measured.rate;
            }
            table.add_row([
                format!("{backend:?}"),
                size.to_string(),
                format!("{:.0}", measured.rate),
                report::millis(measured.p50),
                report::millis(measured.p99),
                format!("{:.2}", measured.rate / small),
            ]);
        }
        ours.close().await;
        scratch.drop().await?;
    }
    report::clear();
    println!("{table}");
    Ok(())
}
