//! Reading the whole log, as a rebuild and an auditor do.

use std::time::Instant;

use muniment_store::log::EventLog;

use crate::{
    Result,
    growth::fill,
    ours::{Backend, Ours, Reads, Servers},
    report,
};

const PAGE: u32 = 5000;

/// Reads every event page by page and decodes it; prints the rate and the peak of memory.
pub async fn run(servers: &Servers, events: u64) -> Result<()> {
    println!("\nReplay of {events} events, read and decoded");
    let mut table = report::table(["BACKEND", "EVENTS A SECOND", "PEAK MEMORY MiB"]);
    for backend in [Backend::Postgres, Backend::Sqlite] {
        let scratch = backend.scratch(servers).await?;
        let ours = Ours::open(&scratch, Reads::None).await?;
        fill(&ours, events).await?;
        report::progress(&format!("{backend:?}, replay"));
        reset_peak();
        let started = Instant::now();
        let mut position = 0;
        loop {
            let page = ours.log.read_all(position, PAGE).await?;
            let Some(last) = page.last() else { break };
            position = last.position;
            for record in &page {
                std::hint::black_box(ours.codec.open(record).await?);
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "a count of events")]
        let rate = position as f64 / started.elapsed().as_secs_f64();
        table.add_row([
            format!("{backend:?}"),
            format!("{rate:.0}"),
            peak_mib().map_or_else(|| "unknown".to_owned(), |mib| mib.to_string()),
        ]);
        ours.close().await;
        scratch.drop().await?;
    }
    report::clear();
    println!("{table}");
    Ok(())
}

/// Forgets the peak so far (Linux).
pub fn reset_peak() {
    // Where it cannot be reset, the peak includes the filling.
    drop(std::fs::write("/proc/self/clear_refs", "5"));
}

pub fn peak_mib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024)
}
