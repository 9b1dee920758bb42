//! Muniment: the surfaces over the event log, and the program that serves them.

mod accounts;
mod admin;
mod ambient;
mod app;
mod auth;
pub mod cli;
pub mod config;
mod erasure;
mod graphql;
mod http;
mod logging;
mod oauth;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the logins that use the rest come next")
)]
mod passwords;
mod settings;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the endpoints that use the rest come next")
)]
mod signing;
mod site;
#[cfg_attr(
    not(test),
    expect(dead_code, unused_imports, reason = "the pages that use it come next")
)]
mod web;
