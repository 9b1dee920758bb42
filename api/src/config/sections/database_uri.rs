//! Database URIs: made, recognised, and shown without their passwords.

use std::path::Path;

use url::Url;

use crate::config::secret::MASK;

/// The URI of an embedded database's file; `None` when the path is not UTF-8.
pub(in crate::config) fn sqlite_uri(path: &Path) -> Option<String> {
    let mut uri = String::from("sqlite://");
    for c in path.to_str()?.chars() {
        match c {
            '%' => uri.push_str("%25"),
            '?' => uri.push_str("%3F"),
            '#' => uri.push_str("%23"),
            c => uri.push(c),
        }
    }
    Some(uri)
}

/// Whether the scheme is one of libpq's.
pub(super) fn is_postgres(uri: &str) -> bool {
    uri.starts_with("postgres://") || uri.starts_with("postgresql://")
}

/// The URI without its passwords, for showing.
pub(super) fn mask_password(uri: &str) -> String {
    if uri.starts_with("sqlite:") {
        return uri.to_owned();
    }
    let Ok(mut url) = Url::parse(uri) else {
        return MASK.to_owned();
    };
    if url.password().is_some() && url.set_password(Some(MASK)).is_err() {
        return MASK.to_owned();
    }
    if url.query_pairs().any(|(key, _)| key.contains("password")) {
        let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let mut query = url.query_pairs_mut();
        query.clear();
        for (key, value) in &pairs {
            let shown = if key.contains("password") {
                MASK
            } else {
                value
            };
            query.append_pair(key, shown);
        }
    }
    url.to_string()
}
