//! The URIs that a registered client may have: a small part of RFC 3986, so that two programs never
//! read one of them in two ways (contract oauth2.md 13.6).

/// A URI in its parts, as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlainUri<'a> {
    pub scheme: &'a str,
    /// After `//`, if there is one.
    pub host: Option<&'a str>,
}

impl<'a> PlainUri<'a> {
    /// `scheme:[//host[:port]][path][?query]`; no user, no upper case in front of the path, no
    /// fragment.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (scheme, rest) = text.split_once(':')?;
        let scheme_like =
            |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+-.".contains(&b);
        if !scheme.starts_with(|c: char| c.is_ascii_lowercase()) || !scheme.bytes().all(scheme_like)
        {
            return None;
        }
        let (before_query, query) = match rest.split_once('?') {
            Some((before, query)) => (before, Some(query)),
            None => (rest, None),
        };
        let (host, path) = match before_query.strip_prefix("//") {
            Some(authority) => {
                let end = authority.find('/').unwrap_or(authority.len());
                let (authority, path) = authority.split_at(end);
                (Some(host(authority)?), path)
            }
            None => (None, before_query),
        };
        let in_path = |b: u8| b.is_ascii_alphanumeric() || b"/._~-".contains(&b);
        let in_query = |b: u8| b.is_ascii_alphanumeric() || b"/._~-!$&'()*+,;=:@?%".contains(&b);
        let fits =
            path.bytes().all(in_path) && query.is_none_or(|query| query.bytes().all(in_query));
        fits.then_some(Self { scheme, host })
    }

    /// On the machine of whoever opens it.
    pub fn is_local(&self) -> bool {
        self.host
            .is_some_and(|host| ["localhost", "127.0.0.1", "0.0.0.0", "[::1]"].contains(&host))
    }

    /// Where a program on the user's machine listens (RFC 8252 section 7.3).
    pub fn is_loopback(&self) -> bool {
        self.host
            .is_some_and(|host| ["localhost", "127.0.0.1", "[::1]"].contains(&host))
    }
}

/// The host of `host[:port]`.
fn host(authority: &str) -> Option<&str> {
    let (host, port) = if authority.starts_with('[') {
        let (host, after) = authority.split_at(authority.find(']')? + 1);
        let inner = host.strip_prefix('[')?.strip_suffix(']')?;
        inner.parse::<std::net::Ipv6Addr>().ok()?;
        if host.bytes().any(|b| b.is_ascii_uppercase()) {
            return None;
        }
        match after.strip_prefix(':') {
            Some(port) => (host, Some(port)),
            None if after.is_empty() => (host, None),
            None => return None,
        }
    } else {
        let (host, port) = match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        };
        let label = |label: &str| {
            let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b);
            !label.is_empty() && label.bytes().all(plain)
        };
        if !host.split('.').all(label) {
            return None;
        }
        (host, port)
    };
    let is_port =
        |port: &str| port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok();
    port.is_none_or(is_port).then_some(host)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::Url;

    use super::*;

    fn parse(text: &str) -> Option<(&str, Option<&str>)> {
        PlainUri::parse(text).map(|uri| (uri.scheme, uri.host))
    }

    #[test]
    fn plain_uris_are_read() {
        for (text, scheme, host) in [
            ("https://example.com", "https", Some("example.com")),
            ("https://example.com/", "https", Some("example.com")),
            (
                "https://a-b.example.com:8443/x/y_z~.-?a=b&c=%20",
                "https",
                Some("a-b.example.com"),
            ),
            ("http://[::1]:8080/cb", "http", Some("[::1]")),
            ("http://127.0.0.1:1/", "http", Some("127.0.0.1")),
            ("com.example.app:/callback", "com.example.app", None),
            ("com.example.app:callback", "com.example.app", None),
            ("https://example.com?x=/y", "https", Some("example.com")),
        ] {
            assert_eq!(parse(text), Some((scheme, host)), "{text}");
        }
    }

    #[test]
    fn everything_else_is_not() {
        for text in [
            "",
            "example.com",
            ":",
            "://x",
            "1a://x",
            "HTTPS://example.com",
            "https://Example.com",
            "https://user@example.com",
            "https://user:pw@example.com",
            "https://",
            "https:///x",
            "https://.com",
            "https://example.com.",
            "https://a..b",
            "https://example.com/#x",
            "https://example.com/%2e",
            "https://example.com/a b",
            "https://example.com\\x",
            "https://example.com:port",
            "https://example.com:+1",
            "https://example.com:99999",
            "https://exämple.com",
            "https://[::1",
            "https://[::1]x",
            "https://[[::1]",
            "https://[::1]]",
            "https://[x]",
            "https://[::A]",
            "com.example.app:/a#b",
            "https://example.com/?a=#b",
            "https://example.com/?\"",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in ".{0,60}") {
            let _ = PlainUri::parse(&text);
        }

        /// What passes means the same to the program that will follow it.
        #[test]
        fn what_it_reads_a_browser_reads_alike(
            text in r"(https?|com\.example):(//)?[a-c:\[\]@.1-]{0,8}[/?#a%\\.]{0,6}"
        ) {
            if let (Some(plain), Ok(url)) = (PlainUri::parse(&text), Url::parse(&text)) {
                prop_assert_eq!(plain.scheme, url.scheme());
                prop_assert!(url.username().is_empty() && url.fragment().is_none());
                // A browser writes numbers as an address; everything else stays as it is.
                let numeric = |host: &str| host.rsplit('.').next().is_some_and(
                    |last| last.starts_with(|c: char| c.is_ascii_digit()));
                if let Some(host) = plain.host.filter(|host| !numeric(host)) {
                    prop_assert_eq!(Some(host), url.host_str());
                }
            }
        }
    }
}
