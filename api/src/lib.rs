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
mod policy;
mod settings;
mod signing;
mod site;
mod web;
