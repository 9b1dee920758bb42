//! `GET /metrics`: what an operator watches, in the `OpenMetrics` text format.

use std::sync::Arc;

use muniment_projections::queries::projection_states;
use muniment_store::{
    log::{EventLog, LogMetrics, Position},
    outbox::Backlog,
    schedule, sql,
};
use poem::{EndpointExt, IntoResponse, Response, get, handler, http::StatusCode, web::Data};
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::{Registry, Unit},
};

use super::Routes;
use crate::{app::App, graphql::GraphqlCalls, jobs::JobMetrics, passwords::Load};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ProjectionLabels {
    projection: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PasswordLabels {
    state: &'static str,
}

/// Everything that is counted in this process.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    duration: Histogram,
    head: Gauge,
    indexed: Gauge,
    sealed: Gauge,
    password_slots: Gauge,
    password_work: Family<PasswordLabels, Gauge>,
    lag: Family<ProjectionLabels, Gauge>,
    stopped: Family<ProjectionLabels, Gauge>,
}

impl Metrics {
    pub fn new(
        log: &LogMetrics,
        jobs: &JobMetrics,
        graphql: &GraphqlCalls,
        subscriptions: Gauge,
    ) -> Self {
        let mut registry = Registry::with_prefix("muniment");
        log.register(&mut registry);
        jobs.register(&mut registry);
        graphql.register(&mut registry);
        registry.register(
            "database_statements",
            "Statements sent to the database, but for those that begin and end transactions",
            sql::statements(),
        );
        let requests = Family::default();
        registry.register(
            "http_requests",
            "Requests answered, by method and status",
            requests.clone(),
        );
        // 0.5 ms to 16 s.
        let duration = Histogram::new(exponential_buckets(0.000_5, 2.0, 16));
        registry.register_with_unit(
            "http_request_duration",
            "From the request's head until the answer's head",
            Unit::Seconds,
            duration.clone(),
        );
        let head = Gauge::default();
        registry.register("log_head", "Newest position of the log", head.clone());
        let indexed = Gauge::default();
        registry.register(
            "event_index_position",
            "Newest position of the log in the index by which events are found",
            indexed.clone(),
        );
        let sealed = Gauge::default();
        registry.register(
            "audit_sealed_position",
            "Newest position of the log that a checkpoint seals",
            sealed.clone(),
        );
        registry.register(
            "graphql_subscriptions",
            "Subscriptions that are open",
            subscriptions,
        );
        let password_slots = Gauge::default();
        registry.register(
            "password_slots",
            "How much hashing of passwords may be done at once",
            password_slots.clone(),
        );
        let password_work = Family::default();
        registry.register(
            "password_work",
            "Hashing of passwords that is being done, or waits for its turn",
            password_work.clone(),
        );
        let lag = Family::default();
        registry.register(
            "projection_lag_events",
            "Events that a read model has yet to apply",
            lag.clone(),
        );
        let stopped = Family::default();
        registry.register(
            "projection_stopped",
            "1 when a read model could not take an event and has to be rebuilt",
            stopped.clone(),
        );
        Self {
            registry,
            requests,
            duration,
            head,
            indexed,
            sealed,
            password_slots,
            password_work,
            lag,
            stopped,
        }
    }

    /// Notes how far the log is sealed.
    pub fn sealed(&self, position: Position) {
        self.sealed.set(i64::try_from(position).unwrap_or(i64::MAX));
    }

    /// Notes how far the index of events has come.
    pub fn indexed(&self, position: Position) {
        self.indexed
            .set(i64::try_from(position).unwrap_or(i64::MAX));
    }

    /// Counts an answered request. Methods that nobody serves are counted together, so that a
    /// client cannot make labels grow.
    pub fn answered(&self, method: &poem::http::Method, status: u16, seconds: f64) {
        const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"];
        let method = METHODS
            .into_iter()
            .find(|known| *known == method.as_str())
            .unwrap_or("other");
        self.requests
            .get_or_create(&RequestLabels { method, status })
            .inc();
        self.duration.observe(seconds);
    }
}

pub fn add(route: Routes, app: &Arc<App>) -> Routes {
    route.at("/metrics", get(metrics).data(app.clone()))
}

#[handler]
async fn metrics(Data(app): Data<&Arc<App>>) -> Response {
    match scrape(app).await {
        Ok(text) => text
            .with_content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
            .into_response(),
        Err(error) => {
            tracing::error!(%error, "the metrics could not be read");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

async fn scrape(app: &App) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    let head = app.log.head().await?;
    app.metrics.head.set(i64::try_from(head)?);
    for state in projection_states(&app.database).await? {
        let labels = ProjectionLabels {
            projection: state.name,
        };
        app.metrics
            .lag
            .get_or_create(&labels)
            .set(i64::try_from(head.saturating_sub(state.position))?);
        app.metrics
            .stopped
            .get_or_create(&labels)
            .set(state.stopped.is_some().into());
    }
    let Load {
        slots,
        at_work,
        waiting,
    } = app.passwords.load();
    app.metrics.password_slots.set(i64::try_from(slots)?);
    for (state, count) in [("at_work", at_work), ("waiting", waiting)] {
        app.metrics
            .password_work
            .get_or_create(&PasswordLabels { state })
            .set(i64::try_from(count)?);
    }
    app.jobs.observe(
        Backlog::read(&app.database).await?,
        schedule::states(&app.database).await?,
        app.clock.now(),
    );
    let mut text = String::new();
    encode(&mut text, &app.metrics.registry)?;
    Ok(text)
}
