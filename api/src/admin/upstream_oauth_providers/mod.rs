//! Upstream providers (contract admin-api.md 5.13).

mod get;
mod list;
mod resource;

use super::query::Paged;
use resource::UpstreamOAuthProvider;

pub type Operations = (
    Paged<list::ListUpstreamOAuthProviders, list::UpstreamOAuthProviderFilters>,
    get::GetUpstreamOAuthProvider,
);
