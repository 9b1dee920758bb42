//! What the worker tells about itself, for `/metrics`.

use std::time::Duration;

use muniment_store::{outbox::Backlog, schedule::JobState};
use prometheus_client::{
    encoding::{EncodeLabelSet, EncodeLabelValue},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::{Registry, Unit},
};

/// How an item, or a run, ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub enum Ended {
    Done,
    /// To be tried again.
    Later,
    /// Given up, or for a run: until the next one.
    Failed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
enum Waits {
    Waiting,
    Failed,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ItemLabels {
    kind: String,
    outcome: Ended,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RunLabels {
    job: String,
    outcome: Ended,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct JobLabels {
    job: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabels {
    state: Waits,
}

/// Counters of one process; clones count together. Backlog and times of success are the database's,
/// and so the same in every process.
#[derive(Debug, Clone)]
pub struct JobMetrics {
    items: Family<ItemLabels, Counter>,
    backlog: Family<StateLabels, Gauge>,
    age: Gauge,
    runs: Family<RunLabels, Counter>,
    rows: Family<JobLabels, Counter>,
    succeeded: Family<JobLabels, Gauge>,
    duration: Family<JobLabels, Histogram>,
}

impl Default for JobMetrics {
    fn default() -> Self {
        Self {
            items: Family::default(),
            backlog: Family::default(),
            age: Gauge::default(),
            runs: Family::default(),
            rows: Family::default(),
            succeeded: Family::default(),
            // 1 ms to 4 min.
            duration: Family::new_with_constructor(|| {
                Histogram::new(exponential_buckets(0.001, 4.0, 10))
            }),
        }
    }
}

impl JobMetrics {
    /// Makes them part of what is scraped.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "outbox_attempts",
            "Attempts at effects outside of the database, by kind and how they ended",
            self.items.clone(),
        );
        registry.register(
            "outbox_items",
            "Effects that wait, and those that were given up in the last 90 days",
            self.backlog.clone(),
        );
        registry.register_with_unit(
            "outbox_overdue",
            "For how long the effect that waits longest has been due",
            Unit::Seconds,
            self.age.clone(),
        );
        registry.register(
            "job_runs",
            "Runs of scheduled jobs, by how they ended",
            self.runs.clone(),
        );
        registry.register(
            "job_rows",
            "Rows that scheduled jobs have dealt with",
            self.rows.clone(),
        );
        registry.register(
            "job_last_success_timestamp_seconds",
            "When a scheduled job last succeeded, in any process",
            self.succeeded.clone(),
        );
        registry.register_with_unit(
            "job_duration",
            "How long runs of scheduled jobs took",
            Unit::Seconds,
            self.duration.clone(),
        );
    }

    pub fn attempted(&self, kind: &str, outcome: Ended) {
        let kind = kind.to_owned();
        self.items
            .get_or_create(&ItemLabels { kind, outcome })
            .inc();
    }

    pub fn ran(&self, job: &str, outcome: Ended, took: Duration) {
        let job = job.to_owned();
        self.duration
            .get_or_create(&JobLabels { job: job.clone() })
            .observe(took.as_secs_f64());
        self.runs.get_or_create(&RunLabels { job, outcome }).inc();
    }

    pub fn dealt_with(&self, job: &str, rows: u64) {
        let job = job.to_owned();
        self.rows.get_or_create(&JobLabels { job }).inc_by(rows);
    }

    /// What the database says, just before it is scraped.
    pub fn observe(&self, backlog: Backlog, jobs: Vec<JobState>, now: i64) {
        for (state, count) in [
            (Waits::Waiting, backlog.waiting),
            (Waits::Failed, backlog.failed),
        ] {
            self.backlog
                .get_or_create(&StateLabels { state })
                .set(count);
        }
        let overdue = backlog.oldest_due.map_or(0, |due| (now - due).max(0));
        self.age.set(overdue / 1_000_000);
        for job in jobs {
            if let Some(at) = job.last_succeeded_at {
                let labels = JobLabels { job: job.name };
                self.succeeded.get_or_create(&labels).set(at / 1_000_000);
            }
        }
    }
}
