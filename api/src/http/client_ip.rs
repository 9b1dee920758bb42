//! Where a request comes from (contract oauth2.md 19.3), and with which program.
//!
//! `X-Forwarded-For` is believed of trusted proxies alone: a peer that is none is the client.

use std::net::IpAddr;

use ipnet::IpNet;
use poem::{
    Addr, FromRequest, Request, RequestBody, Result,
    http::{HeaderMap, header},
    web::RemoteAddr,
};

const FORWARDED: &str = "x-forwarded-for";
/// The most of a user agent that is kept.
const LONGEST_USER_AGENT: usize = 1024;

/// The client's address, if it is known: through a Unix socket only a header can tell it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ClientIp(pub Option<IpAddr>);

impl std::fmt::Debug for ClientIp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClientIp(***)")
    }
}

impl ClientIp {
    /// Reads it off a request. Done once a request, around all handlers.
    pub fn of(request: &Request, trusted: &[IpNet]) -> Self {
        let RemoteAddr(peer) = request.remote_addr();
        let peer = match peer {
            Addr::SocketAddr(address) => Peer::Ip(address.ip().to_canonical()),
            // Whoever may open the socket's file was let in by the operator.
            Addr::Unix(_) => Peer::Trusted,
            Addr::Custom(..) => Peer::Unknown,
        };
        Self(client(peer, request.headers(), trusted))
    }
}

impl<'a> FromRequest<'a> for ClientIp {
    async fn from_request(request: &'a Request, _body: &mut RequestBody) -> Result<Self> {
        Ok(Self::known(request))
    }
}

impl ClientIp {
    /// What was read off the request when it came in.
    pub fn known(request: &Request) -> Self {
        request.extensions().get().copied().unwrap_or(Self(None))
    }
}

#[derive(Debug, Clone, Copy)]
enum Peer {
    Ip(IpAddr),
    /// Without an address, but trusted.
    Trusted,
    Unknown,
}

/// Goes back from the peer through what proxies have noted: the first that is no trusted proxy is the
/// client. Behind trusted ones alone, it is the peer, or else whoever came first. An entry that is no
/// address ends the way back, as nothing vouches for those before it.
fn client(peer: Peer, headers: &HeaderMap, trusted: &[IpNet]) -> Option<IpAddr> {
    let is_trusted = |ip: IpAddr| trusted.iter().any(|network| network.contains(&ip));
    let peer = match peer {
        Peer::Ip(ip) if is_trusted(ip) => Some(ip),
        Peer::Ip(ip) => return Some(ip),
        Peer::Trusted => None,
        Peer::Unknown => return None,
    };
    let entries = headers
        .get_all(FORWARDED)
        .iter()
        .flat_map(|value| value.to_str().unwrap_or("?").split(','))
        .map(|entry| address(entry.trim()));
    let entries: Vec<Option<IpAddr>> = entries.collect();
    let mut first = None;
    for ip in entries.into_iter().rev().map_while(|entry| entry) {
        if !is_trusted(ip) {
            return Some(ip);
        }
        first = Some(ip);
    }
    peer.or(first)
}

/// An address, or one with a port, as some proxies write it.
fn address(entry: &str) -> Option<IpAddr> {
    let bare = entry.parse::<IpAddr>();
    let with_port = || {
        entry
            .parse::<std::net::SocketAddr>()
            .map(|address| address.ip())
    };
    bare.or_else(|_| with_port())
        .ok()
        .map(|ip| ip.to_canonical())
}

/// What the client's program calls itself, without control characters, and not without end.
#[derive(Clone, PartialEq, Eq)]
pub struct UserAgent(pub Option<String>);

impl std::fmt::Debug for UserAgent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("UserAgent(***)")
    }
}

impl UserAgent {
    pub fn of(headers: &HeaderMap) -> Self {
        let Some(value) = headers.get(header::USER_AGENT) else {
            return Self(None);
        };
        let text = String::from_utf8_lossy(value.as_bytes());
        let kept = text.chars().filter(|c| !c.is_control());
        let kept: String = kept.take(LONGEST_USER_AGENT).collect();
        let kept = kept.trim();
        Self((!kept.is_empty()).then(|| kept.to_owned()))
    }
}

impl<'a> FromRequest<'a> for UserAgent {
    async fn from_request(request: &'a Request, _body: &mut RequestBody) -> Result<Self> {
        Ok(Self::of(request.headers()))
    }
}

#[cfg(test)]
mod tests {
    use poem::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    const SPOOFED: &str = "198.51.100.66";

    fn find(peer: Peer, forwarded: &[&str]) -> Option<String> {
        let trusted = ["10.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()];
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(FORWARDED, HeaderValue::from_str(value).unwrap());
        }
        client(peer, &headers, &trusted).map(|ip| ip.to_string())
    }

    fn from(peer: &str, forwarded: &[&str]) -> String {
        let peer = peer.parse::<IpAddr>().unwrap().to_canonical();
        find(Peer::Ip(peer), forwarded).unwrap()
    }

    #[test]
    fn a_peer_that_is_no_proxy_is_the_client_whatever_it_says() {
        assert_eq!(from("192.0.2.1", &[]), "192.0.2.1");
        assert_eq!(from("192.0.2.1", &[SPOOFED, "10.0.0.1"]), "192.0.2.1");
        assert_eq!(from("::ffff:192.0.2.1", &[SPOOFED]), "192.0.2.1");
    }

    #[test]
    fn behind_proxies_the_last_who_is_none_is_the_client() {
        assert_eq!(from("10.0.0.1", &["192.0.2.1"]), "192.0.2.1");
        assert_eq!(
            from("10.0.0.1", &["198.51.100.66, 192.0.2.1,10.0.0.2"]),
            "192.0.2.1"
        );
        assert_eq!(from("10.0.0.1", &[SPOOFED, " 192.0.2.1 "]), "192.0.2.1");
        assert_eq!(from("::1", &["::ffff:192.0.2.1"]), "192.0.2.1");
        assert_eq!(from("::ffff:10.0.0.1", &["2001:db8::1"]), "2001:db8::1");
        assert_eq!(from("10.0.0.1", &["192.0.2.1:4711"]), "192.0.2.1");
        assert_eq!(from("10.0.0.1", &["[2001:db8::1]:4711"]), "2001:db8::1");
    }

    #[test]
    fn among_proxies_alone_it_is_the_peer() {
        assert_eq!(from("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(from("10.0.0.1", &["10.0.0.3, 10.0.0.2"]), "10.0.0.1");
    }

    #[test]
    fn nothing_vouches_for_what_stands_before_a_broken_entry() {
        for broken in ["unknown", "", "_hidden", "1.2.3"] {
            let header = format!("{SPOOFED}, {broken}, 10.0.0.2");
            assert_eq!(from("10.0.0.1", &[&header]), "10.0.0.1");
        }
    }

    #[test]
    fn through_a_unix_socket_only_the_header_tells() {
        assert_eq!(find(Peer::Trusted, &[]), None);
        assert_eq!(
            find(Peer::Trusted, &["192.0.2.1"]).as_deref(),
            Some("192.0.2.1")
        );
        let proxies = ["10.0.0.3, 10.0.0.2"];
        assert_eq!(find(Peer::Trusted, &proxies).as_deref(), Some("10.0.0.3"));
        assert_eq!(find(Peer::Unknown, &["192.0.2.1"]), None);
    }

    fn agent(value: &[u8]) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(header::USER_AGENT, HeaderValue::from_bytes(value).unwrap());
        UserAgent::of(&headers).0
    }

    #[test]
    fn a_user_agent_is_cut_and_cleaned() {
        assert_eq!(UserAgent::of(&HeaderMap::new()).0, None);
        assert_eq!(agent(b"  "), None);
        assert_eq!(agent(b"Firefox/1\t(x)").as_deref(), Some("Firefox/1(x)"));
        assert_eq!(agent(b"caf\xc3\xa9\xff").as_deref(), Some("café\u{fffd}"));
        assert_eq!(
            agent("é".repeat(2000).as_bytes()).unwrap().chars().count(),
            1024
        );
    }

    proptest! {
        #[test]
        fn no_header_breaks_it(header in "[ -~]{0,60}") {
            let headers = [header.as_str()];
            let _ = find(Peer::Trusted, &headers);
            prop_assert_eq!(from("192.0.2.1", &headers), "192.0.2.1");
        }
    }
}
