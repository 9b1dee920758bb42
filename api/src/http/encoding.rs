//! Which content codings a request accepts.

use poem::http::{HeaderMap, header};

/// Whether `Accept-Encoding` names the coding, and not in order to exclude it.
pub fn accepts_encoding(headers: &HeaderMap, coding: &str) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|named| {
            let mut parts = named.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default();
            let excluded = parts.any(|parameter| {
                parameter
                    .strip_prefix("q=")
                    .is_some_and(|weight| weight.parse() == Ok(0.0))
            });
            name.eq_ignore_ascii_case(coding) && !excluded
        })
}

#[cfg(test)]
mod tests {
    use poem::http::HeaderValue;

    use super::*;

    fn accepting(value: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(value));
        headers
    }

    #[test]
    fn what_is_named_is_accepted() {
        let headers = accepting("deflate, gzip;q=0.5, br");
        assert!(accepts_encoding(&headers, "gzip"));
        assert!(accepts_encoding(&headers, "br"));
        for value in ["", "br", "gzip;q=0", "gzip; q=0.0, br", "x-gzipped"] {
            assert!(!accepts_encoding(&accepting(value), "gzip"), "{value}");
        }
        assert!(!accepts_encoding(&HeaderMap::new(), "gzip"));
    }
}
