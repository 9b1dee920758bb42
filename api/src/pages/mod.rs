//! What people see in a browser: pages made on the server, which work without scripts.
//!
//! - [`views`]: one struct a page. A handler fills it in and returns it.
//! - [`PageContext`]: what every page needs to know about the request and this deployment.
//! - [`FormState`]: what was typed and what is wrong with it. The words are in the catalogue.
//! - [`PageError`]: what a handler returns when there is no page to show; [`human`] makes it one.
//! - [`Continuation`]: where a person was going when they were asked to sign in.
//! - [`assets`]: styles, the icon and the one script, under `/assets/`.
//!
//! Nothing here reads or writes the database.

#![allow(
    dead_code,
    unused_imports,
    reason = "the views come before their handlers"
)]

pub mod assets;
mod context;
mod continuation;
mod error;
mod form;
mod headers;
mod human;
mod page;
mod policy;
pub mod views;

#[cfg(test)]
mod gallery;
#[cfg(test)]
mod tests;

pub use context::{Brand, PageContext};
pub use continuation::{Continuation, with_query};
pub use error::PageError;
pub use form::{FormState, Input, Problem};
pub use headers::ContentPolicy;
pub use human::human;
pub use page::Page;
pub use policy::PolicyReason;
