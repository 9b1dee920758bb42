//! Running a piece of work from several writers at once, for a while.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use tokio::task::JoinSet;

use crate::Result;

/// What one measurement found.
#[derive(Debug, Clone, Copy)]
pub struct Measured {
    /// Completed a second.
    pub rate: f64,
    pub p50: Duration,
    pub p99: Duration,
}

/// Lets `writers` repeat their work for `time`; each work function returns when one piece is done.
pub async fn measure<W, F>(
    writers: usize,
    time: Duration,
    make: impl Fn(usize) -> W,
) -> Result<Measured>
where
    W: FnMut() -> F + Send + 'static,
    F: Future<Output = Result<()>> + Send,
{
    let mut tasks = JoinSet::new();
    let started = Instant::now();
    let end = started + time;
    for writer in 0..writers {
        let mut work = make(writer);
        tasks.spawn(async move {
            let mut took = Vec::new();
            while Instant::now() < end {
                let start = Instant::now();
                work().await?;
                took.push(start.elapsed());
            }
            Result::Ok(took)
        });
    }
    let mut took = Vec::new();
    while let Some(one) = tasks.join_next().await {
        took.extend(one??);
    }
    let elapsed = started.elapsed().as_secs_f64();
    took.sort_unstable();
    let at = |part: usize| {
        took.get(took.len() * part / 100)
            .copied()
            .unwrap_or_default()
    };
    #[expect(clippy::cast_precision_loss, reason = "counts of a few seconds")]
    Ok(Measured {
        rate: took.len() as f64 / elapsed,
        p50: at(50),
        p99: at(99),
    })
}

/// The measurement whose rate is in the middle.
pub fn median(mut measured: Vec<Measured>) -> Option<Measured> {
    measured.sort_by(|a, b| a.rate.total_cmp(&b.rate));
    measured.get(measured.len() / 2).copied()
}
