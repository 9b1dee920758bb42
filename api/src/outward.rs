//! Requests to the servers of others, whose addresses are somebody's choice: with the system's
//! certificate authorities, a limit to time and length, and no redirects.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use reqwest::{
    Client, Request, Response, StatusCode,
    dns::{Addrs, Name, Resolve, Resolving},
    header::HeaderMap,
    redirect,
};
use tokio::sync::OnceCell;

const TIMEOUT: Duration = Duration::from_secs(5);
const MAX_BYTES: usize = 64 * 1024;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutwardError {
    #[error("this system's certificate authorities cannot be read: {0}")]
    Tls(String),
    #[error("it cannot be reached: {0}")]
    Unreachable(String),
    #[error("its answer is larger than 64 KiB")]
    TooLarge,
    #[error("it lies in a network that strangers cannot send this server to")]
    NotPublic,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// The client, made when it is first needed.
#[derive(Debug, Default)]
pub struct Outward {
    client: OnceCell<Client>,
    reach: Reach,
}

/// Where requests may go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Reach {
    /// Operators know their networks.
    #[default]
    Anywhere,
    /// To no network that is not everybody's: strangers chose the address.
    Public,
}

impl Outward {
    /// For addresses that anybody may have chosen.
    #[must_use]
    pub fn to_public() -> Self {
        Self {
            reach: Reach::Public,
            ..Self::default()
        }
    }

    pub async fn send(&self, request: Request) -> Result<Answer, OutwardError> {
        if self.reach == Reach::Public && names_private_address(&request) {
            return Err(OutwardError::NotPublic);
        }
        let make = async || client(self.reach);
        let client = self.client.get_or_try_init(make).await?;
        let response = client.execute(request).await.map_err(unreachable)?;
        let (status, headers) = (response.status(), response.headers().clone());
        Ok(Answer {
            status,
            headers,
            body: read(response).await?,
        })
    }
}

/// With a cryptographic provider of its own: nothing has to be installed for the whole process.
fn client(reach: Reach) -> Result<Client, OutwardError> {
    let tls = |error: &dyn std::fmt::Display| OutwardError::Tls(error.to_string());
    let found = rustls_native_certs::load_native_certs();
    let mut roots = rustls::RootCertStore::empty();
    let (usable, _) = roots.add_parsable_certificates(found.certs);
    if usable == 0 {
        return Err(tls(&"none was found"));
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| tls(&error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut builder = Client::builder();
    if reach == Reach::Public {
        builder = builder.dns_resolver(Arc::new(PublicNames));
    }
    builder
        .use_preconfigured_tls(config)
        .redirect(redirect::Policy::none())
        .timeout(TIMEOUT)
        .user_agent(concat!("muniment/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| tls(&error))
}

/// Whether the request goes to an address, not a name, that is not everybody's.
fn names_private_address(request: &Request) -> bool {
    match request.url().host() {
        Some(url::Host::Ipv4(ip)) => !is_public(ip.into()),
        Some(url::Host::Ipv6(ip)) => !is_public(ip.into()),
        Some(url::Host::Domain(_)) | None => false,
    }
}

/// Finds the addresses of names that are everybody's. The connection goes to what was looked at here,
/// not to what the name stands for a moment later.
#[derive(Debug)]
struct PublicNames;

impl Resolve for PublicNames {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|found| is_public(found.ip())).collect();
            if public.is_empty() {
                return Err(OutwardError::NotPublic.into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// Whether an address belongs to a network that everybody can reach (RFC 6890 and its successors).
fn is_public(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

const fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let special = matches!(
        (a, b, c),
        (0 | 240.., ..) | (100, 64..=127, _) | (192, 0, 0) | (192, 88, 99) | (198, 18 | 19, _)
    );
    !(special
        || ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_multicast()
        || ip.is_documentation())
}

const fn is_public_v6(ip: Ipv6Addr) -> bool {
    match ip.segments() {
        // NAT64 and 6to4 lead to an address of the old kind.
        [0x64, 0xff9b, 0, 0, _, _, high, low] | [0x2002, high, low, ..] => {
            let bits = ((high as u32) << 16) | low as u32;
            is_public_v4(Ipv4Addr::from_bits(bits))
        }
        [0x2001, 0..=0x1ff | 0xdb8, ..] => false,
        // What is given out so far.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

async fn read(mut response: Response) -> Result<Vec<u8>, OutwardError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        if body.len() + chunk.len() > MAX_BYTES {
            return Err(OutwardError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// With its causes, and without the address, which the log has beside it.
fn unreachable(error: reqwest::Error) -> OutwardError {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    OutwardError::Unreachable(text)
}

#[cfg(test)]
mod tests {
    use reqwest::{Method, Url};

    use super::*;

    #[test]
    fn networks_that_are_not_everybodys_are_known() {
        for private in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.0.0.8",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "64:ff9b::10.0.0.1",
            "2002:7f00:1::",
            "2001:db8::1",
            "fe80::1",
            "fd00::1",
            "ff02::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in [
            "1.1.1.1",
            "192.1.0.1",
            "64:ff9b::1.1.1.1",
            "2606:4700::1111",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    #[tokio::test]
    async fn strangers_lead_to_no_private_network() {
        let outward = Outward::to_public();
        for url in [
            "http://127.0.0.1:1/",
            "http://[::1]:1/",
            "http://2130706433:1/",
            "http://0x7f.1:1/",
        ] {
            let request = Request::new(Method::GET, Url::parse(url).unwrap());
            let refused = outward.send(request).await.unwrap_err();
            assert_eq!(refused, OutwardError::NotPublic, "{url}");
        }
        let url = Url::parse("http://localhost:1/").unwrap();
        let refused = outward.send(Request::new(Method::GET, url)).await;
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains("in a network"), "{refused}");
    }
}
