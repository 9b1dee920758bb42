//! Tokens that clients hold: rows beside the log, found by their SHA-256.
//!
//! Issuing and rotating them are no events; that a session started or ended is. A token is good while
//! its own row says so and its session goes on.

mod compat;
mod oauth2;
mod purge;
mod registration;
mod rotate;

pub use compat::{
    CompatRefreshToken, CompatRotation, NewCompatAccessToken, NewCompatRefreshToken,
    compat_refresh_token, rotate_compat,
};
pub use oauth2::{
    NewAccessToken, NewRefreshToken, RefreshToken, mark_access_token_used, refresh_token,
};
pub use purge::remove_consumed_refresh_tokens;
pub use registration::{registration_token_by_hash, registration_token_secrets};
pub use rotate::{Rotation, rotate};
