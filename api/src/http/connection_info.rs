//! `GET /connection-info`: what the server makes of a connection, for whoever sets up proxies.

use poem::{
    IntoResponse, Request, Response, get, handler,
    http::{HeaderMap, header},
    web::{LocalAddr, RemoteAddr},
};

use super::{ClientIp, Routes};

/// Headers by which proxies tell where a request comes from. Nothing else of a request is told back.
const TOLD: [&str; 6] = [
    "host",
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
];

pub fn add(route: Routes) -> Routes {
    route.at("/connection-info", get(connection_info))
}

#[handler]
fn connection_info(
    request: &Request,
    remote: &RemoteAddr,
    local: &LocalAddr,
    ClientIp(ip): ClientIp,
) -> Response {
    let client = ip.map_or_else(|| "not known".to_owned(), |ip| ip.to_string());
    let mut lines = vec![
        format!("version: {:?}", request.version()),
        format!("scheme: {}", request.scheme()),
        format!("peer: {remote}"),
        format!("local: {local}"),
        format!("client: {client}"),
    ];
    lines.extend(told(request.headers()).map(|(name, value)| format!("{name}: {value}")));
    lines.push(String::new());
    lines
        .join("\n")
        .with_content_type("text/plain; charset=utf-8")
        .with_header(header::CACHE_CONTROL, "no-store")
        .into_response()
}

fn told(headers: &HeaderMap) -> impl Iterator<Item = (&'static str, String)> {
    TOLD.into_iter().flat_map(|name| {
        let values = headers.get_all(name).iter();
        values.map(move |value| (name, String::from_utf8_lossy(value.as_bytes()).into_owned()))
    })
}
