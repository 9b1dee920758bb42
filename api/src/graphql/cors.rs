//! Scripts of any origin may use the API, but never with the user's cookies (contract graphql.md
//! 1.7): there is no `Access-Control-Allow-Credentials`.

use poem::{
    Response,
    http::{HeaderValue, StatusCode, header},
};

const HEADERS: HeaderValue =
    HeaderValue::from_static("authorization,accept,accept-language,content-language,content-type");

/// The answer to a browser that asks before it sends.
pub fn preflight() -> Response {
    Response::builder()
        .status(StatusCode::OK)
        .header(header::ACCESS_CONTROL_ALLOW_METHODS, "*")
        .header(header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS)
        .finish()
}

pub fn allow_any_origin(response: &mut Response) {
    response.headers_mut().insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
}
