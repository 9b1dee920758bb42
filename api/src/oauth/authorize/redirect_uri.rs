//! Where an answer goes (contract oauth2.md 5.3): to an address that the client has registered, or
//! nowhere.

use url::Url;

/// The registered address that is meant. A program on the user's own machine may listen on any port
/// (RFC 8252 section 7.3), if it registered the address without one.
pub fn resolve(registered: &[Url], given: Option<&str>) -> Option<Url> {
    let Some(given) = given else {
        return match registered {
            [only] => Some(only.clone()),
            _ => None,
        };
    };
    let given: Url = given.parse().ok()?;
    if given.fragment().is_some() {
        return None;
    }
    if registered.contains(&given) {
        return Some(given);
    }
    if !matches!(given.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")) {
        return None;
    }
    let mut any_port = given.clone();
    any_port.set_port(None).ok()?;
    registered.contains(&any_port).then_some(given)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(registered: &[&str], given: Option<&str>) -> Option<String> {
        let registered: Vec<Url> = registered.iter().map(|uri| uri.parse().unwrap()).collect();
        resolve(&registered, given).map(String::from)
    }

    const REGISTERED: [&str; 2] = ["http://127.0.0.1", "https://example.org"];

    #[test]
    fn addresses_match_as_they_were_registered() {
        let is_good = |uri| resolved(&REGISTERED, Some(uri)).is_some();
        assert!(is_good("https://example.org"));
        assert!(is_good("http://127.0.0.1"));
        assert!(is_good("http://127.0.0.1:8080"));
        for uri in [
            "https://example.org:8080",
            "http://example.org",
            "https://example.org/other",
            "https://example.org?x=1",
            "https://example.org#x",
            "https://example.org.evil.example",
            "https://user@example.org",
            "http://localhost",
            "http://localhost:8080",
            "http://127.0.0.1:8080/path",
            "https://127.0.0.1:8080",
            "//example.org",
            "javascript:alert(1)",
            "",
        ] {
            assert!(!is_good(uri), "{uri}");
        }
    }

    #[test]
    fn a_port_that_was_registered_is_the_only_one() {
        let registered = ["http://localhost:7999/cb"];
        assert!(resolved(&registered, Some("http://localhost:7999/cb")).is_some());
        assert!(resolved(&registered, Some("http://localhost:8000/cb")).is_none());
    }

    #[test]
    fn it_may_be_left_out_where_there_is_one() {
        let one = resolved(&["https://example.org/cb"], None);
        assert_eq!(one.as_deref(), Some("https://example.org/cb"));
        assert_eq!(resolved(&REGISTERED, None), None);
        assert_eq!(resolved(&[], None), None);
    }
}
