//! The few pages that any request may end on.

use poem::{IntoResponse, Response, http::StatusCode, web::Html};

pub fn not_found() -> Response {
    page(
        StatusCode::NOT_FOUND,
        "Page not found",
        "There is nothing at this address.",
    )
}

pub fn internal_error(id: &str) -> Response {
    page(
        StatusCode::INTERNAL_SERVER_ERROR,
        "Something went wrong",
        &format!("Please try again later. If it keeps happening, tell the operator this id: {id}"),
    )
}

fn page(status: StatusCode, title: &str, text: &str) -> Response {
    let body = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title></head>\
         <body><h1>{title}</h1><p>{text}</p></body></html>"
    );
    Html(body)
        .with_status(status)
        .with_header("content-security-policy", "default-src 'none'")
        .into_response()
}
