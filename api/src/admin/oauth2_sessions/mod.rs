//! Sessions of OAuth 2.0 clients (contract admin-api.md 5.8).

mod finish;
mod get;
mod list;
mod resource;

use super::query::Paged;
use resource::OAuth2Session;

pub type Operations = (
    Paged<list::ListOAuth2Sessions, list::OAuth2SessionFilters>,
    get::GetOAuth2Session,
    finish::FinishOAuth2Session,
);
