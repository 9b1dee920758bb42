//! Muniment: the surfaces over the event log, and the program that serves them.

mod accounts;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the job that cleans up is to come")
)]
mod activity;
mod admin;
mod ambient;
mod app;
mod auth;
mod background;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the registration form is to come")
)]
mod captcha;
pub mod cli;
pub mod config;
mod erasure;
mod graphql;
mod http;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the pages that send codes and mails are to come")
)]
mod limits;
mod logging;
mod oauth;
mod passwords;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "logins, registration and consent are to come")
)]
mod policy;
mod settings;
mod site;
