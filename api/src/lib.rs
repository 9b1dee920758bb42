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
mod homeserver;
mod http;
mod jobs;
mod logging;
mod mail;
mod oauth;
mod passwords;
mod settings;
mod site;
