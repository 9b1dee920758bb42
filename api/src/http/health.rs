//! `GET /health`: whether the process can do its work.

use std::sync::Arc;

use poem::{EndpointExt, IntoResponse, Response, get, handler, http::StatusCode, web::Data};

use super::Routes;
use crate::app::App;

pub fn add(route: Routes, app: &Arc<App>) -> Routes {
    route.at("/health", get(health).data(app.clone()))
}

/// `ok` when the log can be read; 500 otherwise.
#[handler]
async fn health(Data(app): Data<&Arc<App>>) -> Response {
    use muniment_store::log::EventLog;
    match app.log.head().await {
        Ok(_) => "ok".into_response(),
        Err(error) => {
            tracing::error!(%error, "the health check could not read the log");
            "the database does not answer"
                .with_status(StatusCode::INTERNAL_SERVER_ERROR)
                .into_response()
        }
    }
}
