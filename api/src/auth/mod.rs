//! Who is asking, and what they may do: decided here and nowhere else.

pub mod assertion;
mod bearer;
pub mod client_auth;
pub mod clients;
pub mod jwks;
mod requester;
pub mod token;

pub use bearer::{
    BearerError, NotBearer, Refusal, authenticate, bearer_token, check, check_compat,
    check_compat_session, check_personal, mark_used, oauth2_session, session_has_ended,
};
pub use client_auth::{ClientAuthError, Credentials};
pub use clients::{Client, Clients};
pub use requester::{Actor, Requester, Terms};
