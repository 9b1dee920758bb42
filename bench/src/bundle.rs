//! Sealing a log, handing it out and checking what was handed out.

use std::{path::Path, time::Instant};

use muniment_store::{
    bundle::{self, Part, Texts, Verify},
    sql::Transaction,
    tree,
};
use muniment_tests::{TestClock, TestEntropy, audit_signer};

use crate::{
    Result,
    growth::fill,
    ours::{Backend, Ours, Reads, Servers},
    report,
};

/// Makes a log, seals it from nothing, exports it and verifies the bundle; prints the rates, and what a
/// proof costs.
pub async fn run(servers: &Servers, events: u64) -> Result<()> {
    println!("\nA log of {events} events: sealed from nothing, exported, verified");
    let mut table = report::table([
        "BACKEND",
        "SEALED A SECOND",
        "EXPORTED A SECOND",
        "VERIFIED A SECOND",
        "PROOF ms",
    ]);
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let scratch = backend.scratch(servers).await?;
        let ours = Ours::open(&scratch, Reads::None).await?;
        fill(&ours, events).await?;
        let folder = tempfile::tempdir_in(&servers.folder)?;
        let rates = measure(&ours, &folder.path().join("bundle"), events, backend).await?;
        let mut row = vec![format!("{backend:?}")];
        row.extend(rates);
        table.add_row(row);
        ours.close().await;
        scratch.drop().await?;
    }
    report::clear();
    println!("{table}");
    Ok(())
}

async fn measure(ours: &Ours, target: &Path, events: u64, backend: Backend) -> Result<[String; 4]> {
    let signer = audit_signer();
    let clock = TestClock::at(TestClock::START);
    let ids = muniment_store::Ids::new(clock.clone(), TestEntropy::next());
    let database = &ours.database;
    let rate = |started: Instant| {
        #[expect(clippy::cast_precision_loss, reason = "a count of events")]
        let rate = events as f64 / started.elapsed().as_secs_f64();
        format!("{rate:.0}")
    };
    report::progress(&format!("{backend:?}, sealing"));
    let started = Instant::now();
    while let tree::Step::Filled { .. } = tree::advance(database, &signer, &ids, &*clock).await? {}
    let sealed = rate(started);

    report::progress(&format!("{backend:?}, proving"));
    let started = Instant::now();
    for position in [1, events / 3, events] {
        tree::inclusion(database, signer.key(), position, None).await?;
    }
    let proof = report::millis(started.elapsed() / 3);

    report::progress(&format!("{backend:?}, exporting"));
    let started = Instant::now();
    let (part, texts) = (Part::default(), Texts { catalogue: "" });
    bundle::export(database, signer.key(), target, part, texts, |_, _| {}).await?;
    let exported = rate(started);

    report::progress(&format!("{backend:?}, verifying"));
    let mut moment = Transaction::snapshot(database).await?;
    let against = tree::latest(&mut moment).await?.map(|row| row.note);
    drop(moment);
    let with = Verify {
        key: Some(signer.key().clone()),
        against,
    };
    let target = target.to_owned();
    let started = Instant::now();
    let found = tokio::task::spawn_blocking(move || bundle::verify(&target, &with, |_, _| {}));
    let found = found.await??;
    if !found.findings.is_empty() {
        return Err(format!("{:?}", found.findings.told()).into());
    }
    Ok([sealed, exported, rate(started), proof])
}
