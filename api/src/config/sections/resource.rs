//! `http.listeners[].resources[]`: groups of routes (contract/oauth2.md section 2).

use serde::{Deserialize, Serialize};

/// How GraphQL is served on one listener (contract/graphql.md section 1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GraphqlAccess {
    /// Serve the playground page. Default false.
    pub playground: bool,
    /// Accept bearer tokens besides the session cookie. Default true, unlike the reference.
    pub undocumented_oauth2_access: bool,
}

/// A group of routes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawResource", into = "RawResource")]
pub enum Resource {
    Discovery,
    Human,
    OAuth,
    Compat,
    Graphql(GraphqlAccess),
    AdminApi,
    Health,
    Assets,
    Prometheus,
    ConnectionInfo,
}

const NAMES: &[&str] = &[
    "discovery",
    "human",
    "oauth",
    "compat",
    "graphql",
    "adminapi",
    "health",
    "assets",
    "prometheus",
    "connection-info",
];

impl Resource {
    /// The name used in the configuration.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Discovery => "discovery",
            Self::Human => "human",
            Self::OAuth => "oauth",
            Self::Compat => "compat",
            Self::Graphql(_) => "graphql",
            Self::AdminApi => "adminapi",
            Self::Health => "health",
            Self::Assets => "assets",
            Self::Prometheus => "prometheus",
            Self::ConnectionInfo => "connection-info",
        }
    }

    pub(super) fn names() -> String {
        NAMES.join(", ")
    }
}

#[derive(Serialize, Deserialize)]
struct RawResource {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    playground: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    undocumented_oauth2_access: Option<bool>,
}

impl TryFrom<RawResource> for Resource {
    type Error = String;

    fn try_from(raw: RawResource) -> Result<Self, String> {
        let flags = raw.playground.is_some() || raw.undocumented_oauth2_access.is_some();
        if flags && raw.name != "graphql" {
            return Err(format!(
                "`playground` and `undocumented_oauth2_access` belong to `name: graphql`, not to `{}`",
                raw.name
            ));
        }
        Ok(match raw.name.as_str() {
            "discovery" => Self::Discovery,
            "human" => Self::Human,
            "oauth" => Self::OAuth,
            "compat" => Self::Compat,
            "graphql" => Self::Graphql(GraphqlAccess {
                playground: raw.playground.unwrap_or(false),
                undocumented_oauth2_access: raw.undocumented_oauth2_access.unwrap_or(true),
            }),
            "adminapi" => Self::AdminApi,
            "health" => Self::Health,
            "assets" => Self::Assets,
            "prometheus" => Self::Prometheus,
            "connection-info" => Self::ConnectionInfo,
            other => {
                return Err(format!(
                    "found the name `{other}`, expected one of {}",
                    Self::names()
                ));
            }
        })
    }
}

impl From<Resource> for RawResource {
    fn from(resource: Resource) -> Self {
        let access = match &resource {
            Resource::Graphql(access) => Some(*access),
            _ => None,
        };
        Self {
            name: resource.name().to_owned(),
            playground: access.map(|access| access.playground),
            undocumented_oauth2_access: access.map(|access| access.undocumented_oauth2_access),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back() {
        for name in NAMES {
            let raw = RawResource {
                name: (*name).to_owned(),
                playground: None,
                undocumented_oauth2_access: None,
            };
            assert_eq!(Resource::try_from(raw).unwrap().name(), *name);
        }
    }
}
