//! `http.listeners[]`: where to listen, and what to serve there.

use std::{fmt, net::SocketAddr, path::PathBuf};

use serde::{Deserialize, Serialize};

use super::{
    resource::{GraphqlAccess, Resource},
    tls::Tls,
};
use crate::config::{key_path::KeyPath, report::Report};

/// One group of sockets that serve the same routes (contract/oauth2.md section 23).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Listener {
    /// Unique; for logs. Default `listener-N`, counted from 0.
    #[serde(default)]
    pub name: String,
    /// At least one.
    pub binds: Vec<Bind>,
    /// What is served; each at most once.
    pub resources: Vec<Resource>,
    /// A path such as `/auth` below which everything is served; no `/` at its end.
    #[serde(default)]
    pub prefix: Option<String>,
    /// Whether connections start with a PROXY protocol header. Default false.
    #[serde(default)]
    pub proxy_protocol: bool,
    /// Serve TLS. Default: plain.
    #[serde(default)]
    pub tls: Option<Tls>,
}

impl Default for Listener {
    fn default() -> Self {
        Self {
            name: "web".to_owned(),
            binds: vec![Bind::Address(SocketAddr::from(([127, 0, 0, 1], 8080)))],
            resources: vec![
                Resource::Discovery,
                Resource::Human,
                Resource::OAuth,
                Resource::Compat,
                Resource::Graphql(GraphqlAccess {
                    playground: true,
                    undocumented_oauth2_access: true,
                }),
                Resource::AdminApi,
                Resource::Health,
                Resource::Assets,
            ],
            prefix: None,
            proxy_protocol: false,
            tls: None,
        }
    }
}

impl Listener {
    /// How GraphQL is served here, if it is.
    #[must_use]
    pub fn graphql(&self) -> Option<GraphqlAccess> {
        self.resources.iter().find_map(|resource| match resource {
            Resource::Graphql(access) => Some(*access),
            _ => None,
        })
    }

    /// Whether this resource is served here; flags are not compared.
    #[must_use]
    pub fn serves(&self, resource: &Resource) -> bool {
        self.resources
            .iter()
            .any(|served| served.name() == resource.name())
    }

    pub(super) fn check(&mut self, index: usize, at: &KeyPath, report: &mut Report<'_>) {
        if self.name.is_empty() {
            self.name = format!("listener-{index}");
        }
        if self.binds.is_empty() {
            report.problem(
                &at.key("binds"),
                "must hold a bind such as `address: 127.0.0.1:8080`",
            );
        }
        if self.resources.is_empty() {
            report.problem(
                &at.key("resources"),
                format!("must hold a resource; known are {}", Resource::names()),
            );
        }
        for (position, resource) in self.resources.iter().enumerate() {
            let earlier = self.resources.iter().take(position);
            if earlier
                .into_iter()
                .any(|other| other.name() == resource.name())
            {
                report.problem(
                    &at.key("resources").index(position),
                    format!("`{}` is listed twice; remove one", resource.name()),
                );
            }
        }
        self.warn_unserved(at, report);
        self.check_prefix(&at.key("prefix"), report);
        if let Some(tls) = &mut self.tls {
            tls.check(&at.key("tls"), report);
        }
    }

    /// What a server refuses to start with.
    fn warn_unserved(&self, at: &KeyPath, report: &mut Report<'_>) {
        const WHY: &str = "is not served by this version, which refuses to start with it";
        if self.tls.is_some() {
            report.warn(&at.key("tls"), WHY);
        }
        if self.proxy_protocol {
            report.warn(&at.key("proxy_protocol"), WHY);
        }
        for (index, bind) in self.binds.iter().enumerate() {
            if matches!(bind, Bind::Fd { .. }) {
                report.warn(&at.key("binds").index(index).key("fd"), WHY);
            }
        }
    }

    fn check_prefix(&mut self, at: &KeyPath, report: &mut Report<'_>) {
        let Some(prefix) = self.prefix.take() else {
            return;
        };
        let trimmed = prefix.trim_end_matches('/');
        // An empty rest means the root, which is no prefix.
        if trimmed.is_empty() {
            return;
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || "/-._~".contains(c);
        if !trimmed.starts_with('/') || trimmed.contains("//") || !trimmed.chars().all(plain) {
            report.problem(
                at,
                format!(
                    "found the text `{prefix}`, expected a path such as /auth of letters, digits \
                     and - . _ ~"
                ),
            );
            return;
        }
        self.prefix = Some(trimmed.to_owned());
    }
}

/// One socket to listen on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawBind", into = "RawBind")]
pub enum Bind {
    /// A TCP address; port 0 takes any free one.
    Address(SocketAddr),
    /// A host name or address, looked up at start, and a TCP port.
    Host { host: String, port: u16 },
    /// A Unix socket made at start, with these permissions if given.
    Socket { path: PathBuf, mode: Option<u32> },
    /// A socket passed in by the supervisor, counted from 0 after the standard descriptors.
    Fd { fd: u32, kind: FdKind },
}

impl fmt::Display for Bind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Host { host, port } if host.contains(':') && !host.starts_with('[') => {
                write!(f, "[{host}]:{port}")
            }
            Self::Host { host, port } => write!(f, "{host}:{port}"),
            Self::Socket { path, .. } => write!(f, "unix:{}", path.display()),
            Self::Fd { fd, .. } => write!(f, "fd:{fd}"),
        }
    }
}

/// What a passed socket is. Default tcp.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FdKind {
    #[default]
    Tcp,
    Unix,
}

/// A bind as written: one of four ways.
#[derive(Default, Serialize, Deserialize)]
struct RawBind {
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    socket: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<Mode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fd: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<FdKind>,
}

/// Permissions in octal digits, whether YAML took them for a text or a number.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Mode {
    Number(u32),
    Text(String),
}

impl Mode {
    fn bits(&self) -> Option<u32> {
        let digits = match self {
            Self::Number(digits) => digits.to_string(),
            Self::Text(digits) => digits.clone(),
        };
        let digits = digits.trim_start_matches("0o");
        u32::from_str_radix(digits, 8)
            .ok()
            .filter(|bits| *bits <= 0o777)
    }
}

const WAYS: &str = "give exactly one of `address: 127.0.0.1:8080`, `host` with `port`, \
                    `socket: /path`, or `fd`";

impl TryFrom<RawBind> for Bind {
    type Error = String;

    fn try_from(raw: RawBind) -> Result<Self, String> {
        if raw.mode.is_some() && raw.socket.is_none() {
            return Err("`mode` belongs to a `socket`".to_owned());
        }
        if raw.kind.is_some() && raw.fd.is_none() {
            return Err("`kind` belongs to an `fd`".to_owned());
        }
        match (raw.address, raw.host, raw.port, raw.socket, raw.fd) {
            (Some(text), None, None, None, None) => text.parse().map(Self::Address).map_err(|_| {
                format!(
                    "address: found the text `{text}`, expected IP:PORT such as 127.0.0.1:8080 or \
                     [::]:8080; for a name, use `host` and `port`"
                )
            }),
            (None, Some(host), Some(port), None, None) if !host.is_empty() => {
                Ok(Self::Host { host, port })
            }
            (None, None, None, Some(path), None) => match raw.mode.map(|mode| mode.bits()) {
                Some(None) => Err("mode: expected octal permissions such as \"660\"".to_owned()),
                Some(mode) => Ok(Self::Socket { path, mode }),
                None => Ok(Self::Socket { path, mode: None }),
            },
            (None, None, None, None, Some(fd)) => Ok(Self::Fd {
                fd,
                kind: raw.kind.unwrap_or_default(),
            }),
            _ => Err(WAYS.to_owned()),
        }
    }
}

impl From<Bind> for RawBind {
    fn from(bind: Bind) -> Self {
        match bind {
            Bind::Address(address) => Self {
                address: Some(address.to_string()),
                ..Self::default()
            },
            Bind::Host { host, port } => Self {
                host: Some(host),
                port: Some(port),
                ..Self::default()
            },
            Bind::Socket { path, mode } => Self {
                socket: Some(path),
                mode: mode.map(|bits| Mode::Text(format!("{bits:o}"))),
                ..Self::default()
            },
            Bind::Fd { fd, kind } => Self {
                fd: Some(fd),
                kind: Some(kind),
                ..Self::default()
            },
        }
    }
}
