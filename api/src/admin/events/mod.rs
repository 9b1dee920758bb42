//! The history of everybody and everything, for auditors (ours): a page of it, all of it, and what is
//! new as it happens.

mod filter;
mod form;
mod get;
mod lines;
mod list;
mod read;
mod resource;
mod tail;

use super::query::Paged;
pub use resource::Event;

pub type Operations = (
    Paged<list::ListEvents, filter::EventFilters, filter::EventOrder>,
    get::GetEvent,
);
