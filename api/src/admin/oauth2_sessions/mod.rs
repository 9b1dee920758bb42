//! Sessions of OAuth 2.0 clients (contract admin-api.md 5.8).

mod finish;
mod get;
mod list;
mod resource;

use super::query::{Dated, Paged};
use resource::OAuth2Session;

pub type Operations = (
    Paged<Dated<list::ListOAuth2Sessions>, list::OAuth2SessionFilters>,
    Dated<get::GetOAuth2Session>,
    finish::FinishOAuth2Session,
);
