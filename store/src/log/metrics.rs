//! What the log tells about itself, for `/metrics`.

use std::time::Duration;

use prometheus_client::{
    encoding::{EncodeLabelSet, EncodeLabelValue},
    metrics::{
        counter::Counter,
        family::Family,
        histogram::{Histogram, exponential_buckets},
    },
    registry::{Registry, Unit},
};

use super::{AppendError, Receipt};

/// How an append ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
enum Outcome {
    Committed,
    Repeated,
    Conflict,
    ClaimTaken,
    Refused,
    Unavailable,
    Failed,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AppendLabels {
    outcome: Outcome,
}

/// Counters and histograms of one process; clones count together.
#[derive(Debug, Clone)]
pub struct LogMetrics {
    appends: Family<AppendLabels, Counter>,
    duration: Histogram,
    batch: Histogram,
}

impl Default for LogMetrics {
    fn default() -> Self {
        Self {
            appends: Family::default(),
            // 0.25 ms to 8 s.
            duration: Histogram::new(exponential_buckets(0.000_25, 2.0, 16)),
            batch: Histogram::new(exponential_buckets(1.0, 2.0, 11)),
        }
    }
}

impl LogMetrics {
    /// Makes them part of what is scraped.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "log_appends",
            "Appends, by how they ended",
            self.appends.clone(),
        );
        registry.register_with_unit(
            "log_append_duration",
            "From the request to append until it was answered",
            Unit::Seconds,
            self.duration.clone(),
        );
        registry.register(
            "log_batch_appends",
            "Appends that shared one transaction",
            self.batch.clone(),
        );
    }

    pub(super) fn answered(&self, took: Duration, answer: &Result<Receipt, AppendError>) {
        let outcome = match answer {
            Ok(receipt) if receipt.repeated => Outcome::Repeated,
            Ok(_) => Outcome::Committed,
            Err(AppendError::Conflict { .. }) => Outcome::Conflict,
            Err(AppendError::ClaimTaken { .. }) => Outcome::ClaimTaken,
            Err(AppendError::IdempotencyMismatch | AppendError::Empty) => Outcome::Refused,
            Err(AppendError::Unavailable(_) | AppendError::Closed) => Outcome::Unavailable,
            Err(AppendError::Failed(_)) => Outcome::Failed,
        };
        self.appends.get_or_create(&AppendLabels { outcome }).inc();
        self.duration.observe(took.as_secs_f64());
    }

    pub(super) fn batch(&self, appends: usize) {
        // A batch is far smaller than what a float holds exactly.
        self.batch
            .observe(u32::try_from(appends).map_or(f64::MAX, f64::from));
    }
}

#[cfg(test)]
mod tests {
    use muniment_domain::ClaimKind;
    use prometheus_client::encoding::text::encode;

    use super::*;

    #[test]
    fn a_lost_race_for_a_claim_is_told_from_a_lost_race_for_a_stream() {
        let metrics = LogMetrics::default();
        let kind = ClaimKind::Username;
        metrics.answered(Duration::ZERO, &Err(AppendError::ClaimTaken { kind }));
        metrics.answered(Duration::ZERO, &Err(AppendError::Closed));
        let mut registry = Registry::default();
        metrics.register(&mut registry);
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        for line in [
            "log_appends_total{outcome=\"ClaimTaken\"} 1",
            "log_appends_total{outcome=\"Unavailable\"} 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in {text}");
        }
        assert!(!text.contains("Conflict"));
    }
}
