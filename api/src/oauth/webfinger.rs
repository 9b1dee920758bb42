//! `GET /.well-known/webfinger` (RFC 7033; contract oauth2.md 3.3): who issues tokens here.

use std::sync::Arc;

use poem::{Request, Response, handler, web::Data};
use serde_json::json;

use super::{error::OauthError, form::Form};
use crate::app::App;

const ISSUER: &str = "http://openid.net/specs/connect/1.0/issuer";

#[handler]
pub fn webfinger(Data(app): Data<&Arc<App>>, request: &Request) -> Result<Response, OauthError> {
    let query = Form::of_query(request)?;
    let resource = query.get("resource");
    let resource = resource.ok_or(OauthError::InvalidRequest("resource is missing"))?;
    let links = match query.get("rel") {
        Some(ISSUER) => vec![json!({"rel": ISSUER, "href": app.site.issuer})],
        _ => Vec::new(),
    };
    let body = json!({"subject": resource, "links": links});
    Ok(Response::builder()
        .content_type("application/jrd+json")
        .body(body.to_string()))
}
