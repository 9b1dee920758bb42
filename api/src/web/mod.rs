//! What pages share: cookies that only this server can read, and forms that only its own pages can
//! send.
//!
//! A route that wants them is wrapped in [`CookieManager`]; its handlers take [`Cookies`].

pub mod cookies;
mod csrf;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "signing in at other providers is to come")
)]
mod flows;
mod session;

#[cfg(test)]
mod tests;

pub use cookies::{CookieManager, CookieSettings, CookieTooLarge, Cookies, PrivateCookie};
#[cfg_attr(
    not(test),
    expect(unused_imports, reason = "signing in at other providers is to come")
)]
pub use flows::UpstreamSession;
