//! What people see in a browser: pages made on the server, which work without scripts, and the shell
//! of the account pages.
//!
//! - [`views`]: one struct a page. A handler fills it in and returns it.
//! - [`PageContext`]: what every page needs to know about the request and this deployment.
//! - [`FormState`]: what was typed and what is wrong with it. The words are in the catalogue.
//! - [`PageError`]: what a handler returns when there is no page to show; [`human`] makes it one.
//! - [`Continuation`]: where a person was going when they were asked to sign in.
//! - [`assets`]: styles, the icon and the one script, under `/assets/`; with them
//!   [`bundle`], the account pages, which run in the browser.
//!
//! - [`Visit`]: the request, for a handler: app, cookies, language, who is there. [`Posted`]: its form.
//! - [`Pages`]: how a page is put under its address, with all that it needs.
//!
//! The views themselves read and write nothing.

#![allow(
    dead_code,
    unused_imports,
    reason = "some views come before their handlers"
)]

mod account;
pub mod assets;
mod bundle;
mod context;
mod continuation;
mod error;
mod failure;
mod form;
mod headers;
mod home;
mod human;
mod invitation;
mod login;
mod logout;
mod new_password;
mod page;
mod password;
mod policy;
mod posted;
mod providers;
mod recover;
mod register;
mod register_steps;
pub mod routes;
pub mod session;
mod upstream;
pub mod views;
mod visit;

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
pub use invitation::Invitation;
pub use page::Page;
pub use policy::PolicyReason;
pub use posted::Posted;
pub use routes::Pages;
pub use session::SignedIn;
pub use visit::{Visit, see_other};
