//! Links between users and their identities at upstream providers (contract admin-api.md 5.13).

mod add;
mod delete;
mod get;
mod list;
mod resource;

use super::query::Paged;
use resource::UpstreamOAuthLink;

pub type Operations = (
    Paged<list::ListUpstreamOAuthLinks, list::UpstreamOAuthLinkFilters>,
    add::AddUpstreamOAuthLink,
    get::GetUpstreamOAuthLink,
    delete::DeleteUpstreamOAuthLink,
);
