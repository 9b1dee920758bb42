//! GraphiQL, from the binary: a page to try the API out. The addresses in it are relative, so that
//! they hold under any prefix.

use std::io::Read;

use flate2::read::GzDecoder;
use poem::{
    Request, Response,
    endpoint::make_sync,
    get,
    http::{HeaderMap, StatusCode, header},
};

use crate::http::{Routes, accepts_encoding};

/// Scripts, styles and requests go to this server alone. GraphiQL sets styles from its scripts.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; \
    style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

struct Asset {
    path: &'static str,
    content_type: &'static str,
    content: Content,
}

#[derive(Clone, Copy)]
enum Content {
    Plain(&'static [u8]),
    Gzip(&'static [u8]),
}

macro_rules! asset {
    ($path:literal, $content_type:ident, $content:ident($file:literal)) => {
        Asset {
            path: concat!("/graphql/playground", $path),
            content_type: $content_type,
            content: Content::$content(include_bytes!(concat!("../../assets/graphiql/", $file))),
        }
    };
}

static ASSETS: [Asset; 7] = [
    asset!("", HTML, Plain("playground.html")),
    asset!("/start.css", CSS, Plain("start.css")),
    asset!("/start.js", JAVASCRIPT, Plain("start.js")),
    asset!("/graphiql.min.css", CSS, Gzip("graphiql.min.css.gz")),
    asset!("/graphiql.min.js", JAVASCRIPT, Gzip("graphiql.min.js.gz")),
    asset!(
        "/react.production.min.js",
        JAVASCRIPT,
        Gzip("react.production.min.js.gz")
    ),
    asset!(
        "/react-dom.production.min.js",
        JAVASCRIPT,
        Gzip("react-dom.production.min.js.gz")
    ),
];

/// The page and its files. None of them knows who is asking.
pub fn add(route: Routes) -> Routes {
    ASSETS.iter().fold(route, |route, asset| {
        let serve = make_sync(move |request: Request| asset.serve(request.headers()));
        route.at(asset.path, get(serve))
    })
}

impl Asset {
    fn serve(&self, headers: &HeaderMap) -> Response {
        let response = Response::builder()
            .content_type(self.content_type)
            .header("content-security-policy", CONTENT_SECURITY_POLICY)
            .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
            .header(header::REFERRER_POLICY, "no-referrer")
            .header(header::CACHE_CONTROL, "public, max-age=3600");
        let packed = match self.content {
            Content::Plain(bytes) => return response.body(bytes),
            Content::Gzip(packed) => packed,
        };
        let response = response.header(header::VARY, "accept-encoding");
        if accepts_encoding(headers, "gzip") {
            return response
                .header(header::CONTENT_ENCODING, "gzip")
                .body(packed);
        }
        let mut bytes = Vec::new();
        match GzDecoder::new(packed).read_to_end(&mut bytes) {
            Ok(_) => response.body(bytes),
            Err(error) => {
                tracing::error!(%error, asset.path = self.path, "a file in the binary is broken");
                Response::builder()
                    .status(StatusCode::INTERNAL_SERVER_ERROR)
                    .finish()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn everybody_else_gets_the_same_file_unpacked() {
        for asset in &ASSETS {
            let plain = asset.serve(&HeaderMap::new());
            assert!(plain.headers().get(header::CONTENT_ENCODING).is_none());
            let text = plain.into_body().into_string().await.unwrap();
            assert!(!text.contains("sourceMappingURL"), "{}", asset.path);
            assert!(!text.contains("@font-face"), "{}", asset.path);
        }
    }

    #[test]
    fn the_page_names_only_files_that_are_served() {
        let page = include_str!("../../assets/graphiql/playground.html");
        let named: Vec<&str> = page
            .split(['"', '\''])
            .filter(|text| text.starts_with("playground/"))
            .collect();
        assert_eq!(named.len(), ASSETS.len() - 1);
        for name in named {
            let path = format!("/graphql/{name}");
            assert!(ASSETS.iter().any(|asset| asset.path == path), "{name}");
        }
        assert!(!page.contains("://"));
    }
}
