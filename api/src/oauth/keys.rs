//! `GET /oauth2/keys.json`: what tokens of this server are verified with (contract oauth2.md 3.2).

use std::sync::Arc;

use poem::{
    handler,
    web::{Data, Json},
};

use crate::{app::App, signing::JwkSet};

#[handler]
pub fn keys(Data(app): Data<&Arc<App>>) -> Json<JwkSet> {
    Json(app.signing.get().public().clone())
}
