//! Muniment: the surfaces over the event log, and the program that serves them.

pub mod accounts;
mod activity;
mod admin;
mod ambient;
pub mod app;
pub mod auth;
mod background;
mod captcha;
pub mod cli;
pub mod config;
mod erasure;
mod graphql;
mod homeserver;
mod http;
mod jobs;
mod limits;
mod locale;
mod logging;
mod mail;
mod oauth;
mod pages;
mod passwords;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "logins, registration and consent are to come")
)]
mod policy;
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
