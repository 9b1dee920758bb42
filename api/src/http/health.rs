//! `GET /health`: whether the process can do its work.

use std::sync::Arc;

use muniment_projections::queries::projection_states;
use muniment_store::log::{EventLog, LogError};
use poem::{EndpointExt, IntoResponse, Response, get, handler, http::StatusCode, web::Data};

use super::Routes;
use crate::app::App;

pub fn add(route: Routes, app: &Arc<App>) -> Routes {
    route.at("/health", get(health).data(app.clone()))
}

/// `ok` when the log can be read, every read model follows it, and it is sealed. `degraded`, with one
/// line for each read model that is stopped and for a log that this server refuses to seal, is an alert and yet 200: all servers have the same read models, and a
/// balancer that took them all away would turn one bad event into an outage. 500 when the database
/// does not answer (contract oauth2.md 2).
#[handler]
async fn health(Data(app): Data<&Arc<App>>) -> Response {
    match trouble(app).await {
        Ok(None) => "ok".into_response(),
        Ok(Some(trouble)) => format!("degraded\n{trouble}").into_response(),
        Err(error) => {
            tracing::error!(%error, "the health check could not read the log");
            "the database does not answer"
                .with_status(StatusCode::INTERNAL_SERVER_ERROR)
                .into_response()
        }
    }
}

async fn trouble(app: &App) -> Result<Option<String>, LogError> {
    app.log.head().await?;
    let states = projection_states(&app.database).await?;
    let lines: Vec<String> = states
        .into_iter()
        .filter(|state| app.projections.has(&state.name))
        .filter_map(|state| {
            let (name, position) = (state.name, state.stopped?.position);
            Some(format!(
                "projection {name} stopped at position {position}; run `muniment projections rebuild`"
            ))
        })
        .collect();
    let sealing = app.audit.trouble().map(|reason| {
        format!("the log is not sealed any more: {reason}; run `muniment log check`")
    });
    let lines: Vec<String> = lines.into_iter().chain(sealing).collect();
    Ok((!lines.is_empty()).then(|| lines.join("\n")))
}
