use async_graphql::{Enum, SimpleObject};

use crate::user_agent;

/// The program that a session was started with.
#[derive(Debug, Clone, PartialEq, Eq, SimpleObject)]
pub struct UserAgent {
    /// All that it said of itself.
    raw: String,
    /// Its name.
    name: Option<String>,
    /// Its version.
    version: Option<String>,
    /// The operating system.
    os: Option<String>,
    /// The version of the operating system.
    os_version: Option<String>,
    /// The model of the device.
    model: Option<String>,
    /// What kind of device it runs on.
    device_type: DeviceType,
}

/// A kind of device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum DeviceType {
    /// A computer on or under a desk, or a laptop.
    Pc,
    /// A telephone.
    Mobile,
    /// A tablet.
    Tablet,
    /// Some other or unknown kind.
    Unknown,
}

impl UserAgent {
    pub fn parse(text: &str) -> Self {
        let told = user_agent::parse(text);
        Self {
            raw: text.to_owned(),
            name: told.name,
            version: told.version,
            os: told.os,
            os_version: told.os_version,
            model: told.model,
            device_type: match told.device {
                user_agent::Device::Pc => DeviceType::Pc,
                user_agent::Device::Mobile => DeviceType::Mobile,
                user_agent::Device::Tablet => DeviceType::Tablet,
                user_agent::Device::Unknown => DeviceType::Unknown,
            },
        }
    }
}
