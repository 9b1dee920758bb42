//! Whether a host is one under which anybody can have a name, so that nobody in particular stands
//! behind it (contract oauth2.md 10.6).

use url::{Host, Url};

/// Whether the URL's host is a public suffix that the Public Suffix List knows. Suffixes that it does
/// not know, addresses and URLs without a host are not.
#[must_use]
pub fn is_public_suffix(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(domain)) => is_known_suffix(domain),
        Some(Host::Ipv4(_) | Host::Ipv6(_)) | None => false,
    }
}

fn is_known_suffix(host: &str) -> bool {
    let host = host.strip_prefix('.').unwrap_or(host);
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    psl::suffix(host.as_bytes())
        .is_some_and(|suffix| suffix.is_known() && suffix.as_bytes() == host.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suffixes_are_known_with_dots_around_them() {
        for url in [
            "https://.com",
            "https://.com.",
            "https://com/",
            "https://co.uk",
            "https://github.io",
            "https://GITHUB.io./x",
        ] {
            assert!(is_public_suffix(&Url::parse(url).unwrap()), "{url}");
        }
    }

    #[test]
    fn names_below_them_and_hosts_of_ones_own_are_not_suffixes() {
        for url in [
            "https://example.com",
            "https://example.com.",
            "https://x.com",
            "https://matrix-org.github.io",
            "http://localhost",
            "org.matrix:/callback",
            "http://intranet/",
            "http://127.0.0.1/",
            "http://[::1]/",
        ] {
            assert!(!is_public_suffix(&Url::parse(url).unwrap()), "{url}");
        }
    }
}
