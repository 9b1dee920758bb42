//! What pages share: cookies that only this server can read, and forms that only its own pages can
//! send.
//!
//! A route that wants them is wrapped in [`CookieManager`]; its handlers take [`Cookies`].

pub mod cookies;
mod csrf;
mod flows;
mod session;

#[cfg(test)]
mod tests;

pub use cookies::{CookieManager, CookieSettings, CookieTooLarge, Cookies, PrivateCookie};
pub use csrf::CsrfError;
pub use flows::UpstreamSession;
pub use session::SessionCookie;
