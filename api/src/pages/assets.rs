//! Styles, the icon and the one script of the pages, in the binary, under `/assets/`.
//!
//! A file's name holds the hash of its content, so that it may be kept for ever; another content is
//! another name.

use std::{
    io::{Read, Write},
    sync::{LazyLock, OnceLock},
};

use flate2::{Compression, read::GzEncoder};
use poem::{
    Request, Response, ResponseBuilder,
    endpoint::make_sync,
    get,
    http::{HeaderMap, StatusCode, header},
};
use sha2::{Digest, Sha256};

use super::bundle;
use crate::http::{Routes, accepts_encoding};

/// In the source: `name`, `ending`, content type, content.
const FILES: [(&str, &str, &str, &[u8]); 3] = [
    (
        "site",
        "css",
        "text/css; charset=utf-8",
        include_bytes!("../../assets/pages/site.css"),
    ),
    (
        "submit",
        "js",
        "text/javascript; charset=utf-8",
        include_bytes!("../../assets/pages/submit.js"),
    ),
    (
        "icon",
        "svg",
        "image/svg+xml",
        include_bytes!("../../assets/pages/icon.svg"),
    ),
];

struct Asset {
    /// As templates name it: `site.css`.
    source: String,
    /// As it is served: `site-0123456789abcdef.css`.
    served: String,
    content_type: &'static str,
    plain: &'static [u8],
    /// Packed when somebody first wants it so.
    gzip: OnceLock<Vec<u8>>,
    brotli: OnceLock<Vec<u8>>,
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let asset = |(name, ending, content_type, plain): (&str, &str, &'static str, &'static [u8])| {
        let hash = hex::encode(&Sha256::digest(plain)[..8]);
        Asset {
            source: format!("{name}.{ending}"),
            served: format!("{name}-{hash}.{ending}"),
            content_type,
            plain,
            gzip: OnceLock::new(),
            brotli: OnceLock::new(),
        }
    };
    FILES.map(asset).into()
});

/// The path of a file by its name in the source.
pub fn path(source: &str) -> String {
    let asset = ASSETS.iter().find(|asset| asset.source == source);
    let served = asset.map_or(source, |asset| &asset.served);
    format!("/assets/{served}")
}

pub fn add(route: Routes) -> Routes {
    let serve = make_sync(|request: Request| {
        let name = request.uri().path().rsplit('/').next().unwrap_or_default();
        match ASSETS.iter().find(|asset| asset.served == name) {
            Some(asset) => asset.serve(request.headers()),
            None => bundle::serve(name, request.headers()).unwrap_or_else(not_found),
        }
    });
    route.at("/assets/*path", get(serve))
}

fn not_found() -> Response {
    Response::builder()
        .status(StatusCode::NOT_FOUND)
        .content_type("text/plain; charset=utf-8")
        .header(header::CACHE_CONTROL, "public, max-age=300")
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .body("There is nothing at this address.")
}

/// An answer whose name holds the hash of its content.
pub(super) fn kept_for_ever(content_type: &str) -> ResponseBuilder {
    Response::builder()
        .content_type(content_type)
        .header(header::CACHE_CONTROL, "public, max-age=31536000, immutable")
        .header(header::VARY, "accept-encoding")
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(header::CONTENT_SECURITY_POLICY, "default-src 'none'")
}

impl Asset {
    fn serve(&self, headers: &HeaderMap) -> Response {
        let response = kept_for_ever(self.content_type);
        for coding in ["br", "gzip"] {
            if !accepts_encoding(headers, coding) {
                continue;
            }
            let packed = match coding {
                "br" => self.brotli.get_or_init(|| brotli(self.plain)),
                _ => self.gzip.get_or_init(|| gzip(self.plain)),
            };
            if !packed.is_empty() {
                return response
                    .header(header::CONTENT_ENCODING, coding)
                    .body(packed.clone());
            }
        }
        response.body(self.plain)
    }
}

/// Empty if it fails: the file is then served as it is.
fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let read = GzEncoder::new(plain, Compression::best()).read_to_end(&mut packed);
    read.map(|_| packed).unwrap_or_default()
}

fn brotli(plain: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let mut writer = brotli::CompressorWriter::new(&mut packed, 4096, 11, 22);
    let written = writer.write_all(plain);
    drop(writer);
    written.map(|()| packed).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use flate2::read::GzDecoder;
    use poem::Endpoint;

    use super::*;

    async fn get(path: &str, accepting: &str) -> Response {
        let request = Request::builder()
            .uri(path.parse().unwrap())
            .header(header::ACCEPT_ENCODING, accepting)
            .finish();
        add(Routes::default()).done().0.get_response(request).await
    }

    #[tokio::test]
    async fn a_file_is_kept_for_ever_under_its_own_name() {
        let answer = get(&path("site.css"), "").await;
        assert_eq!(answer.status(), StatusCode::OK);
        let cached = &answer.headers()[header::CACHE_CONTROL];
        assert_eq!(cached, "public, max-age=31536000, immutable");
        assert_eq!(answer.content_type(), Some("text/css; charset=utf-8"));
        let text = answer.into_body().into_string().await.unwrap();
        assert_eq!(text, include_str!("../../assets/pages/site.css"));
    }

    #[tokio::test]
    async fn it_is_packed_for_who_accepts_it() {
        let plain = include_bytes!("../../assets/pages/site.css");
        for coding in ["br", "gzip"] {
            let answer = get(&path("site.css"), coding).await;
            assert_eq!(answer.headers()[header::CONTENT_ENCODING], coding);
            let packed = answer.into_body().into_vec().await.unwrap();
            assert!(packed.len() < plain.len() / 2);
            let mut unpacked = Vec::new();
            let read = if coding == "br" {
                brotli::Decompressor::new(&*packed, 4096).read_to_end(&mut unpacked)
            } else {
                GzDecoder::new(&*packed).read_to_end(&mut unpacked)
            };
            read.unwrap();
            assert_eq!(unpacked, plain);
        }
    }

    #[tokio::test]
    async fn anything_else_is_not_found_for_a_while() {
        for path in ["/assets/site.css", "/assets/nothing", "/assets/site-0.css"] {
            let answer = get(path, "br").await;
            assert_eq!(answer.status(), StatusCode::NOT_FOUND);
            let cached = &answer.headers()[header::CACHE_CONTROL];
            assert_eq!(cached, "public, max-age=300");
        }
    }

    #[test]
    fn nothing_is_loaded_from_elsewhere() {
        for asset in ASSETS.iter() {
            let text =
                String::from_utf8_lossy(asset.plain).replace("http://www.w3.org/2000/svg", "");
            assert!(!text.contains("://"), "{}", asset.source);
            assert!(!text.contains("@import"), "{}", asset.source);
        }
    }
}
