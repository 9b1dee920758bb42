//! What the server tells about itself (contract admin-api.md 5.1).

mod site_config;
mod version;

pub type Operations = (site_config::GetSiteConfig, version::GetVersion);
