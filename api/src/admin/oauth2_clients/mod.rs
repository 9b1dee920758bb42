//! OAuth 2.0 clients: those of the configuration, and those that registered themselves (contract
//! admin-api.md 5.13).

mod get;
mod list;
mod resource;

use super::query::Paged;
use resource::OAuth2Client;

pub type Operations = (
    Paged<list::ListOAuth2Clients, list::OAuth2ClientFilters>,
    get::GetOAuth2Client,
);
