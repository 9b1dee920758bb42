use async_graphql::Object;

use crate::graphql::types::SiteConfig;

#[derive(Debug, Default)]
pub struct SiteQueries;

#[Object]
impl SiteQueries {
    /// What this server allows; everybody may see it.
    async fn site_config(&self) -> SiteConfig {
        SiteConfig
    }
}
