//! `http`: public addresses, trusted proxies, listeners.

use std::{net::IpAddr, str::FromStr};

use ipnet::IpNet;
use serde::{Deserialize, Deserializer, Serialize, de};
use url::Url;

use super::listener::{Bind, Listener};
use crate::config::{key_path::KeyPath, report::Report, section::Section};

const MAX_REQUEST_BODY: usize = 1024 * 1024;
const SESSION_COOKIE_LIFETIME: i64 = 30 * 24 * 60 * 60;
/// An hour, and the 400 days to which browsers cut it.
const SESSION_COOKIE_LIFETIMES: std::ops::RangeInclusive<i64> = 3600..=400 * 24 * 60 * 60;

/// Peers whose `X-Forwarded-For` is believed unless told otherwise: loopback and private networks.
const TRUSTED_PROXIES: &[&str] = &[
    "192.168.0.0/16",
    "172.16.0.0/12",
    "10.0.0.0/8",
    "127.0.0.0/8",
    "fd00::/8",
    "::1/128",
];

/// Public addresses and listeners (contract/oauth2.md section 23, `http`).
#[derive(Debug, Clone, Serialize)]
pub struct Http {
    /// Base of every absolute URL; ends with `/`. Default: the first TCP bind of the first
    /// listener.
    pub public_base: Url,
    /// The OAuth 2.0 issuer. Default: `public_base`.
    pub issuer: Url,
    /// Peers whose `X-Forwarded-For` is believed. Default: loopback and private networks.
    pub trusted_proxies: Vec<IpNet>,
    /// Ours: the most a request body may hold, in bytes. Default 1 MiB.
    pub max_request_body: usize,
    /// Ours: seconds that a browser stays logged in without coming back. Default 30 days.
    pub session_cookie_lifetime: i64,
    /// At least one. Default: `web` on 127.0.0.1:8080 with every resource.
    pub listeners: Vec<Listener>,
}

/// `http` as written.
#[derive(Debug, Default, Deserialize)]
pub struct RawHttp {
    public_base: Option<Url>,
    issuer: Option<Url>,
    trusted_proxies: Option<Vec<Network>>,
    max_request_body: Option<usize>,
    session_cookie_lifetime: Option<i64>,
    listeners: Option<Vec<Listener>>,
}

impl Section for RawHttp {
    fn check(&mut self, at: &KeyPath, report: &mut Report<'_>) {
        for (key, url) in [("public_base", &self.public_base), ("issuer", &self.issuer)] {
            if let Some(problem) = url.as_ref().and_then(unfit_as_base) {
                report.problem(&at.key(key), problem);
            }
        }
        if self.max_request_body == Some(0) {
            report.problem(&at.key("max_request_body"), "must be at least 1 (bytes)");
        }
        if let Some(found) = self.session_cookie_lifetime
            && !SESSION_COOKIE_LIFETIMES.contains(&found)
        {
            report.problem(
                &at.key("session_cookie_lifetime"),
                format!(
                    "found `{found}`, expected seconds from {} to {}",
                    SESSION_COOKIE_LIFETIMES.start(),
                    SESSION_COOKIE_LIFETIMES.end()
                ),
            );
        }
        let at = at.key("listeners");
        let Some(listeners) = &mut self.listeners else {
            return;
        };
        if listeners.is_empty() {
            report.problem(
                &at,
                "must hold a listener; remove the key for the default one",
            );
        }
        let mut names: Vec<String> = Vec::new();
        for (index, listener) in listeners.iter_mut().enumerate() {
            let at = at.index(index);
            listener.check(index, &at, report);
            if names.contains(&listener.name) {
                report.problem(
                    &at.key("name"),
                    format!(
                        "`{}` names another listener too; choose another",
                        listener.name
                    ),
                );
            }
            names.push(listener.name.clone());
        }
    }
}

impl RawHttp {
    /// Fills in defaults. `None` only after a problem was reported.
    pub(in crate::config) fn resolve(self, at: &KeyPath, report: &mut Report<'_>) -> Option<Http> {
        let listeners = self.listeners.unwrap_or_else(|| vec![Listener::default()]);
        let given = self.public_base;
        let Some(mut public_base) = given.or_else(|| listeners.first().and_then(address_of)) else {
            report.problem(
                &at.key("public_base"),
                "missing, and the first listener has no TCP bind to take it from; give the URL \
                 under which users reach this server",
            );
            return None;
        };
        if !public_base.path().ends_with('/') {
            let path = format!("{}/", public_base.path());
            public_base.set_path(&path);
        }
        let trusted_proxies = self.trusted_proxies.map_or_else(
            || {
                TRUSTED_PROXIES
                    .iter()
                    .filter_map(|net| net.parse().ok())
                    .collect()
            },
            |nets| nets.into_iter().map(|net| net.0).collect(),
        );
        Some(Http {
            issuer: self.issuer.unwrap_or_else(|| public_base.clone()),
            public_base,
            trusted_proxies,
            max_request_body: self.max_request_body.unwrap_or(MAX_REQUEST_BODY),
            session_cookie_lifetime: self
                .session_cookie_lifetime
                .unwrap_or(SESSION_COOKIE_LIFETIME),
            listeners,
        })
    }
}

fn unfit_as_base(url: &Url) -> Option<&'static str> {
    if !matches!(url.scheme(), "http" | "https") {
        Some("must start with http:// or https://")
    } else if url.query().is_some() || url.fragment().is_some() {
        Some("must have no query (?…) and no fragment (#…); remove it")
    } else if !url.username().is_empty() || url.password().is_some() {
        Some("must hold no user name or password; remove it")
    } else {
        None
    }
}

/// The URL under which a client on the same machine reaches the listener.
fn address_of(listener: &Listener) -> Option<Url> {
    let scheme = if listener.tls.is_some() {
        "https"
    } else {
        "http"
    };
    let authority = listener.binds.iter().find_map(|bind| match bind {
        Bind::Address(address) if address.ip().is_unspecified() => {
            Some(format!("localhost:{}", address.port()))
        }
        Bind::Address(address) => Some(address.to_string()),
        Bind::Host { host, port } => match host.trim_matches(['[', ']']).parse::<IpAddr>() {
            Ok(ip) if ip.is_unspecified() => Some(format!("localhost:{port}")),
            Ok(IpAddr::V6(ip)) => Some(format!("[{ip}]:{port}")),
            Ok(IpAddr::V4(_)) | Err(_) => Some(format!("{host}:{port}")),
        },
        Bind::Socket { .. } | Bind::Fd { .. } => None,
    })?;
    let prefix = listener.prefix.as_deref().unwrap_or_default();
    Url::parse(&format!("{scheme}://{authority}{prefix}/")).ok()
}

/// A network, or a single address as the network of one.
#[derive(Debug)]
struct Network(IpNet);

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        IpNet::from_str(&text)
            .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
            .map(Network)
            .map_err(|_| {
                de::Error::custom(format!(
                    "found the text `{text}`, expected a network such as 10.0.0.0/8 or an address"
                ))
            })
    }
}
