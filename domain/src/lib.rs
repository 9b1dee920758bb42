//! What an account is and what may happen to it.
//!
//! Aggregates take commands and answer with events or a business error. Nothing here reads a clock,
//! draws a random number, touches a database or knows about HTTP: whoever issues a command brings
//! the ids and the facts it needs.

mod catalogue;
mod claim;
mod email_address;
mod event;
mod id;
mod oauth2_session;
mod pii;
mod policy_data;
mod scope;
mod upcast;
pub mod user;
mod username;

pub use catalogue::{EventField, EventKind, event_kinds};
pub use claim::{Claim, ClaimKind};
pub use email_address::{EmailAddress, InvalidEmailAddress};
pub use event::{Event, EventDecodeError, StoredEvent, decode_as};
pub use id::{
    ClientId, EmailId, IdParseError, Oauth2SessionId, PasswordId, PolicyDataId, TokenId, UserId,
    parse_ulid,
};
pub use oauth2_session::{
    GrantType, Oauth2Session, Oauth2SessionCommand, Oauth2SessionError, Oauth2SessionEvent,
};
pub use pii::Pii;
pub use policy_data::{PolicyData, PolicyDataCommand, PolicyDataError, PolicyDataEvent};
pub use scope::{InvalidScope, Scope};
pub use upcast::{UpcastError, upcast};
pub use user::{User, UserCommand, UserError, UserEvent};
pub use username::{InvalidUsername, Username};
